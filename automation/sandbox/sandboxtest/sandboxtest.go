// Package sandboxtest simulates deployments in the sandbox, which builds no images. Like another process, it changes the
// files of the account.
package sandboxtest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/lockedfile"
	"github.com/stretchr/testify/require"
)

// Deploy simulates the deployment of an image by a pipeline. It registers a revision of the running task definition that
// has the image in the service's container, and makes the service run it. With CodeDeploy, it also swaps the two target
// groups of the service, in the service, in the listeners and in their rules. dir is the directory of the account, and
// the cluster is a name or an ARN.
func Deploy(t *testing.T, dir, cluster, service, image string) {
	t.Helper()
	// A sandbox reads its files again when the lock file has another content.
	require.NoError(t, lockedfile.Transform(filepath.Join(dir, ".lock"), func([]byte) ([]byte, error) {
		deploy(t, dir, cluster, service, image)
		return []byte(rand.Text()), nil
	}))
}

func deploy(t *testing.T, dir, cluster, name, image string) {
	t.Helper()
	service := one(t, read(t, dir, "ecs-service-Service"), func(p *properties) bool { return p.runs(cluster, name) })
	swap := []string{service.Properties.TaskDefinition, register(t, dir, service, image)}
	files := []resource{service}
	if service.Properties.DeploymentController.Type == "CODE_DEPLOY" {
		group := one(t, read(t, dir, "codedeploy-deploymentGroup-DeploymentGroup"), func(p *properties) bool {
			return p.EcsService.ServiceName == name && path.Base(p.EcsService.ClusterName) == path.Base(cluster)
		})
		pair := group.Properties.LoadBalancerInfo.TargetGroupPairInfo
		var arns []string
		for _, target := range pair.TargetGroups {
			arns = append(arns, one(t, read(t, dir, "lb-targetGroup-TargetGroup"), func(p *properties) bool { return p.Name == target.Name }).ID)
		}
		require.Len(t, arns, 2)
		swap = append(swap, arns[0], arns[1], arns[1], arns[0])
		listeners := append(pair.ProdTrafficRoute.ListenerArns, pair.TestTrafficRoute.ListenerArns...)
		for _, each := range append(read(t, dir, "lb-listener-Listener"), read(t, dir, "lb-listenerRule-ListenerRule")...) {
			if slices.Contains(listeners, each.ID) || slices.Contains(listeners, each.Properties.ListenerArn) {
				files = append(files, each)
			}
		}
	}
	for i := range swap {
		swap[i] = fmt.Sprintf("%q", swap[i]) // the whole value: one revision can be the beginning of another
	}
	for _, each := range files {
		require.NoError(t, os.WriteFile(each.path, []byte(strings.NewReplacer(swap...).Replace(each.text)), 0o600))
	}
}

// register writes a new revision of the task definition that a service runs, with the image in the service's container.
// It returns the ARN of the revision.
func register(t *testing.T, dir string, service resource, image string) string {
	t.Helper()
	all := read(t, dir, "ecs-taskDefinition-TaskDefinition")
	running := one(t, all, func(p *properties) bool { return p.Arn == service.Properties.TaskDefinition })
	family, last := running.Properties.ArnWithoutRevision, 0
	for _, each := range all {
		if each.Properties.ArnWithoutRevision == family {
			last = max(last, each.Properties.Revision)
		}
	}
	var containers []map[string]any
	require.NoError(t, json.Unmarshal([]byte(running.Properties.ContainerDefinitions), &containers))
	at := slices.IndexFunc(containers, func(c map[string]any) bool { return c["name"] == service.Properties.Name })
	require.GreaterOrEqual(t, at, 0, "the container of the service")
	containers[at]["image"] = image

	var file map[string]any
	require.NoError(t, json.Unmarshal([]byte(running.text), &file))
	arn, next := fmt.Sprintf("%s:%d", family, last+1), file["properties"].(map[string]any)
	file["urn"] = "" // no resource of the stack
	next["arn"], next["revision"], next["containerDefinitions"] = arn, last+1, text(t, containers)
	sum := sha256.Sum256([]byte(running.Region + " " + arn))
	name := fmt.Sprintf("aws-ecs-taskDefinition-TaskDefinition.%s.json", hex.EncodeToString(sum[:8]))
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text(t, file)), 0o600))
	return arn
}

func text(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	require.NoError(t, err)
	return string(data)
}

// resource is the file of a resource.
type resource struct {
	path, text string
	ID, Region string
	Properties properties
}

// properties holds the properties of a resource that Deploy needs.
type properties struct {
	Name, Arn, ArnWithoutRevision, Cluster, TaskDefinition, ContainerDefinitions, ListenerArn string

	Revision             int
	DeploymentController struct{ Type string }
	EcsService           struct{ ClusterName, ServiceName string }
	LoadBalancerInfo     struct {
		TargetGroupPairInfo struct {
			TargetGroups                       []struct{ Name string }
			ProdTrafficRoute, TestTrafficRoute struct{ ListenerArns []string }
		}
	}
}

// runs reports whether these are the properties of an ECS service.
func (p *properties) runs(cluster, service string) bool {
	return p.Name == service && path.Base(p.Cluster) == path.Base(cluster)
}

// read returns the resources of a type.
func read(t *testing.T, dir, typ string) []resource {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "aws-"+typ+".*.json"))
	require.NoError(t, err)
	var all []resource
	for _, path := range paths {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		each := resource{path: path, text: string(data)}
		require.NoError(t, json.Unmarshal(data, &each), path)
		all = append(all, each)
	}
	return all
}

// one returns the only resource whose properties match.
func one(t *testing.T, all []resource, match func(*properties) bool) resource {
	t.Helper()
	found := slices.DeleteFunc(slices.Clone(all), func(each resource) bool { return !match(&each.Properties) })
	require.Len(t, found, 1)
	return found[0]
}
