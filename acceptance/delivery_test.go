//go:build acceptance

package acceptance

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/stretchr/testify/require"
)

// patience bounds each wait for what AWS does by itself.
const patience = 3 * time.Minute

// eventually waits until nothing is missing any more. The function may use the
// test, unlike the condition of require.Eventually.
func eventually(t *testing.T, missing func() string) {
	t.Helper()
	end := time.Now().Add(patience)
	for text := missing(); text != ""; text = missing() {
		require.True(t, time.Now().Before(end), "after %s: %s", patience, text)
		time.Sleep(100 * time.Millisecond)
	}
}

// delivery follows the pushes to one service's repository.
type delivery struct {
	*deployed
	service, repository string
	files               map[string]string // of the newest push
	meanwhile           func()            // a person's part in a deployment; nil = none
}

// follow begins with the sample application's files.
func follow(d *deployed, service, repository string) *delivery {
	return &delivery{deployed: d, service: service, repository: repository, files: sample(d.t)}
}

// sample are the files of the sample application.
func sample(t *testing.T) map[string]string {
	t.Helper()
	folder := filepath.Join(root, "examples", "app")
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	files := map[string]string{}
	for _, entry := range entries {
		if entry.Type().IsRegular() {
			text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
			require.NoError(t, err)
			files[entry.Name()] = string(text)
		}
	}
	return files
}

// push pushes the files, which must start the pipeline. It returns the commit and the execution.
func (d *delivery) push() (commit, execution string) {
	d.t.Helper()
	answer := emulator.push(d.t, push{Region: d.region, Repository: d.repository, Files: d.files})
	require.Len(d.t, answer.Pipelines, 1, "the push must reach the pipeline")
	require.NotEmpty(d.t, answer.Pipelines[0].PipelineExecutionID, "the pipeline does not start: %s", answer.Pipelines[0].Why)
	return answer.Commit, answer.Pipelines[0].PipelineExecutionID
}

// arrives pushes, and requires that the service runs the image of that commit in
// the end, with all its tasks, and has all the traffic. It returns the image.
func (d *delivery) arrives() string {
	d.t.Helper()
	commit, execution := d.push()
	if d.meanwhile != nil {
		d.meanwhile()
	}
	d.ends(execution, types.PipelineExecutionStatusSucceeded)
	image := d.image(commit)
	d.runs(image)
	return image
}

// fails pushes a version that must fail at an action, and requires that the
// service runs what it ran and that its traffic goes where it went.
func (d *delivery) fails(stage, action, reason string) {
	d.t.Helper()
	image, traffic := d.running(), d.traffic(80)
	_, execution := d.push()
	d.ends(execution, types.PipelineExecutionStatusFailed, stage+"/"+action+": ", reason)
	d.runs(image)
	require.Equal(d.t, traffic, d.traffic(80), "traffic after the failure")
}

// ends waits for the end of an execution; what its failed action tells contains each of the texts.
func (d *delivery) ends(execution string, status types.PipelineExecutionStatus, why ...string) {
	d.t.Helper()
	name := d.pipeline()
	var last types.PipelineExecutionStatus
	eventually(d.t, func() string {
		last = ask(d.t, d.codepipeline.GetPipelineExecution, &codepipeline.GetPipelineExecutionInput{
			PipelineName: &name, PipelineExecutionId: &execution,
		}).PipelineExecution.Status
		if last != types.PipelineExecutionStatusInProgress {
			return ""
		}
		return fmt.Sprintf("execution %s of pipeline %s goes on", execution, name)
	})
	failures := d.failures(name, execution)
	require.Equal(d.t, status, last, "execution %s of pipeline %s: %s", execution, name, failures)
	for _, text := range why {
		require.Contains(d.t, failures, text, "why execution %s has failed", execution)
	}
}

// failures tell which actions of an execution have failed, and why.
func (d *delivery) failures(pipeline, execution string) string {
	d.t.Helper()
	var texts []string
	for _, action := range ask(d.t, d.codepipeline.ListActionExecutions, &codepipeline.ListActionExecutionsInput{
		PipelineName: &pipeline, Filter: &types.ActionExecutionFilter{PipelineExecutionId: &execution},
	}).ActionExecutionDetails {
		if action.Status != types.ActionExecutionStatusFailed {
			continue
		}
		text := fmt.Sprintf("%s/%s: ", aws.ToString(action.StageName), aws.ToString(action.ActionName))
		if result := action.Output.ExecutionResult; result != nil && result.ErrorDetails != nil {
			text += aws.ToString(result.ErrorDetails.Message)
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, "; ")
}

// pipeline is the name of the service's pipeline.
func (d *delivery) pipeline() string {
	d.t.Helper()
	all := ask(d.t, d.codepipeline.ListPipelines, &codepipeline.ListPipelinesInput{}).Pipelines
	i := slices.IndexFunc(all, func(p types.PipelineSummary) bool { return suffix.ReplaceAllString(*p.Name, "") == d.service })
	require.GreaterOrEqual(d.t, i, 0, "pipelines in %s", d.region)
	return *all[i].Name
}

// image is the image of a commit, by digest, as the registry tells it.
func (d *delivery) image(commit string) string {
	d.t.Helper()
	for _, each := range ask(d.t, d.ecr.DescribeRepositories, &ecr.DescribeRepositoriesInput{}).Repositories {
		if suffix.ReplaceAllString(*each.RepositoryName, "") == d.service {
			images := ask(d.t, d.ecr.DescribeImages, &ecr.DescribeImagesInput{
				RepositoryName: each.RepositoryName, ImageIds: []ecrtypes.ImageIdentifier{{ImageTag: &commit}},
			}).ImageDetails
			require.Len(d.t, images, 1, "images of commit %s", commit)
			return *each.RepositoryUri + "@" + *images[0].ImageDigest
		}
	}
	require.FailNow(d.t, "no repository", "%s has no repository in %s", d.service, d.region)
	return ""
}

// now is the service as ECS tells it.
func (d *delivery) now() ecstypes.Service {
	d.t.Helper()
	found := ask(d.t, d.ecs.DescribeServices, &ecs.DescribeServicesInput{Cluster: d.cluster(), Services: []string{d.service}, Include: withTags}).Services
	require.Len(d.t, found, 1, "services %s in cluster %s", d.service, *d.cluster())
	return found[0]
}

// revision is what the service's tasks are made of: of the primary task set, if
// CodeDeploy keeps such sets.
func (d *delivery) revision() *ecstypes.TaskDefinition {
	d.t.Helper()
	now := d.now()
	for _, set := range now.TaskSets {
		if aws.ToString(set.Status) == "PRIMARY" {
			now.TaskDefinition = set.TaskDefinition
		}
	}
	return taskDefinition(d.t, d.deployed, now)
}

// running is the image that the service runs.
func (d *delivery) running() string {
	d.t.Helper()
	return aws.ToString(d.revision().ContainerDefinitions[0].Image)
}

// runs requires that the service runs an image with all its tasks, that nothing
// else of it runs, and that all of them are healthy targets of the traffic.
func (d *delivery) runs(image string) {
	d.t.Helper()
	require.Equal(d.t, image, d.running(), "image that %s runs", d.service)
	eventually(d.t, func() string {
		now, healthy := d.now(), d.healthy()
		if now.RunningCount == now.DesiredCount && len(now.Deployments) <= 1 && len(now.TaskSets) <= 1 && healthy == int(now.DesiredCount) {
			return ""
		}
		return fmt.Sprintf("%s does not come to rest: %d of %d tasks, %d deployments, %d task sets, %d healthy targets",
			d.service, now.RunningCount, now.DesiredCount, len(now.Deployments), len(now.TaskSets), healthy)
	})
}

// healthy counts the healthy targets of the group that has the production traffic.
func (d *delivery) healthy() int { d.t.Helper(); return len(d.targets()) }

// traffic is where a listener's rules lead, with the share of each target group.
func (d *delivery) traffic(port int32) string {
	d.t.Helper()
	balancers := ask(d.t, d.elb.DescribeLoadBalancers, &elasticloadbalancingv2.DescribeLoadBalancersInput{}).LoadBalancers
	require.Len(d.t, balancers, 1, "balancers in %s", d.region)
	for _, listener := range ask(d.t, d.elb.DescribeListeners, &elasticloadbalancingv2.DescribeListenersInput{
		LoadBalancerArn: balancers[0].LoadBalancerArn,
	}).Listeners {
		if *listener.Port == port {
			return strings.Join(rulesOf(d.t, d.deployed, listener.ListenerArn), "\n")
		}
	}
	require.FailNow(d.t, "no listener", "on port %d in %s", port, d.region)
	return ""
}

// nextRevision is the family and number of the task definition that is registered next.
func (d *delivery) nextRevision() string {
	d.t.Helper()
	family := aws.ToString(d.revision().Family)
	newest := ask(d.t, d.ecs.DescribeTaskDefinition, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &family}).TaskDefinition
	return fmt.Sprintf("%s:%d", family, newest.Revision+1)
}

// setPort changes the container's port in the configuration, and tells the application.
func (d *delivery) setPort(port int) {
	d.t.Helper()
	service := d.services()[0].(map[string]any)
	service["containerPort"] = port
	environment, ok := service["environment"].(map[string]any)
	if !ok {
		environment = map[string]any{}
		service["environment"] = environment
	}
	environment["PORT"] = fmt.Sprint(port)
}

// openPorts are the ports on which the service's tasks admit the balancer.
func (d *delivery) openPorts() []int32 {
	d.t.Helper()
	var ports []int32
	for _, group := range ask(d.t, d.ec2.DescribeSecurityGroups, &ec2.DescribeSecurityGroupsInput{}).SecurityGroups {
		if suffix.ReplaceAllString(*group.GroupName, "") == d.service+"-tasks" {
			for _, rule := range group.IpPermissions {
				ports = append(ports, *rule.FromPort)
			}
		}
	}
	return ports
}

// targets are the healthy targets of the production traffic, as address:port.
func (d *delivery) targets() []string {
	d.t.Helper()
	var found []string
	traffic := d.traffic(80)
	for _, group := range ask(d.t, d.elb.DescribeTargetGroups, &elasticloadbalancingv2.DescribeTargetGroupsInput{}).TargetGroups {
		if !strings.HasPrefix(*group.TargetGroupName, d.service+"-") || !strings.Contains(traffic, *group.TargetGroupArn+" 100 %") {
			continue
		}
		health := ask(d.t, d.elb.DescribeTargetHealth, &elasticloadbalancingv2.DescribeTargetHealthInput{TargetGroupArn: group.TargetGroupArn})
		for _, target := range health.TargetHealthDescriptions {
			if target.TargetHealth.State == "healthy" {
				found = append(found, fmt.Sprintf("%s:%d", *target.Target.Id, *target.Target.Port))
			}
		}
	}
	return found
}
