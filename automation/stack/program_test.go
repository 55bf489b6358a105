package stack

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"fargate-cd/automation/sandbox"
	"fargate-cd/automation/sandbox/sandboxtest"
	"fargate-cd/internal/stackfiles"
	"fargate-cd/program"
)

// These tests run the project's own program through the real engine.

// repository is the project's directory.
const repository = "../.."

// retained lists the types of the resources that remain after destroy, by stack name.
// S1's description requires that the repository of its images remains.
var retained = map[string][]string{
	"s1": {"aws-ecr-lifecyclePolicy-LifecyclePolicy", "aws-ecr-repository-Repository"},
}

// stackFiles returns the paths of all stack files of the repository by stack name.
func stackFiles(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, file := range stackfiles.In(t, repository) {
		name := stackfiles.Stack(file)
		require.NotContains(t, found, name, "two stack files of one name")
		found[name] = file
	}
	return found
}

// ofRepository returns the options for a stack of the repository, with its own state.
func ofRepository(t *testing.T, name string) Options {
	t.Helper()
	file, known := stackFiles(t)[name]
	require.True(t, known, "no stack file for %s", name)
	return Options{
		Dir: repository, Stack: name, ConfigFile: file, Program: program.Run, Validate: program.Validate,
		Place: Sandbox, StateDir: t.TempDir(),
	}
}

func TestEveryStackFile(t *testing.T) {
	t.Parallel()
	names := slices.Sorted(maps.Keys(stackFiles(t)))
	require.Subset(t, names, []string{"test", "prod", "s0", "s1", "s2", "s3", "s4"})
	for _, name := range names {
		if strings.Contains(stackFiles(t)[name], "shared-environment") {
			continue // see TestSharedEnvironment
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := ofRepository(t, name)
			s := open(t, o)

			preview, err := s.Preview(t.Context())
			require.NoError(t, err)
			require.Equal(t, Changes{Create: preview.Changes.Any()}, preview.Changes)
			accountIsEmpty(t, o.StateDir)

			up, err := s.Up(t.Context())
			require.NoError(t, err)
			require.Equal(t, preview.Changes, up.Changes, "up does what preview said")
			require.Contains(t, up.Outputs, "serviceUrls")
			for output, value := range up.Outputs {
				require.NotEmpty(t, value, "output %s must rather be absent", output)
			}
			requireSubnets(t, o.StateDir)
			requireShortChain(t, s)
			requireNoChange(t, s)

			destroy, err := s.Destroy(t.Context())
			require.NoError(t, err)
			require.Equal(t, up.Changes.Create, destroy.Changes.Delete)
			// The program never deregisters a task definition.
			require.Equal(t, append(retained[name], "aws-ecs-taskDefinition-TaskDefinition"), accountTypes(t, o.StateDir))
		})
	}
}

// requireSubnets requires that a created network is in the region's first two availability zones, although AWS lists a
// local zone first, and that no subnet assigns public addresses on launch. The golden graphs do not show the subnets,
// because awsx's component registers them.
func requireSubnets(t *testing.T, stateDir string) {
	t.Helper()
	subnets := held(t, stateDir, "aws-ec2-subnet-Subnet")
	require.Len(t, subnets, 4*len(held(t, stateDir, "aws-ec2-vpc-Vpc")), "a created network has two subnets in each of two zones")
	for _, subnet := range subnets {
		require.Contains(t, []any{"eu-central-1a", "eu-central-1b"}, subnet["availabilityZone"], subnet["cidrBlock"])
		require.Equal(t, false, subnet["mapPublicIpOnLaunch"], subnet["cidrBlock"])
	}
}

// held returns the properties of the sandbox's resources of a type.
func held(t *testing.T, stateDir, kind string) []map[string]any {
	t.Helper()
	var all []map[string]any
	for _, file := range accountFiles(t, stateDir) {
		if !strings.HasPrefix(filepath.Base(file), kind+".") {
			continue
		}
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		var item struct{ Properties map[string]any }
		require.NoError(t, json.Unmarshal(content, &item))
		all = append(all, item.Properties)
	}
	return all
}

// requireNoChange requires that neither the state nor the resources differ from the
// program.
func requireNoChange(t *testing.T, s *Stack) {
	t.Helper()
	for _, command := range []func(*Stack, context.Context) (Result, error){(*Stack).Up, (*Stack).Refresh, (*Stack).Preview} {
		got, err := command(s, t.Context())
		require.NoError(t, err)
		require.Zero(t, got.Changes.Any(), "%s: %v %v", got.Command, got.Changes, got.Steps)
	}
}

// requireSettled requires that up changes nothing.
func requireSettled(t *testing.T, s *Stack) {
	t.Helper()
	got, err := s.Up(t.Context())
	require.NoError(t, err)
	require.Zero(t, got.Changes.Any(), "%v %v", got.Changes, got.Steps)
}

// accountTypes returns the types of the sandbox's resources, each once, sorted.
func accountTypes(t *testing.T, stateDir string) []string {
	t.Helper()
	var types []string
	for _, file := range accountFiles(t, stateDir) {
		kind, _, _ := strings.Cut(filepath.Base(file), ".")
		types = append(types, kind)
	}
	slices.Sort(types)
	return slices.Compact(types)
}

// services returns the services of a stack file, for tests that override them.
func services(t *testing.T, o Options) []map[string]any {
	t.Helper()
	content, err := os.ReadFile(o.ConfigFile)
	require.NoError(t, err)
	var file struct {
		Config struct {
			Services []map[string]any `yaml:"fargate-cd:services"`
		}
	}
	require.NoError(t, yaml.Unmarshal(content, &file))
	require.NotEmpty(t, file.Config.Services)
	return file.Config.Services
}

// withService returns the options with a changed first service.
func withService(t *testing.T, o Options, change map[string]any) Options {
	t.Helper()
	list := services(t, o)
	maps.Copy(list[0], change)
	o.Config = map[string]any{"services": list}
	return o
}

// opsOn returns the operations on resources of a type, in order.
func opsOn(steps []Step, kind string) []string {
	var ops []string
	for _, step := range steps {
		if step.Type == kind {
			ops = append(ops, step.Op)
		}
	}
	return ops
}

const (
	taskDefinitionType = "aws:ecs/taskDefinition:TaskDefinition"
	targetGroupType    = "aws:lb/targetGroup:TargetGroup"
)

// replaced lists the operations of a replacement that creates the new resource first.
var replaced = []string{"create-replacement", "replace", "delete-replaced"}

// A change of a rolling service's CPU creates a new revision and updates the service.
func TestCPUChangeOfARollingService(t *testing.T) {
	t.Parallel()
	o := ofRepository(t, "test")
	_, err := open(t, o).Up(t.Context())
	require.NoError(t, err)

	s := open(t, withService(t, o, map[string]any{"cpu": 512, "memory": 1024}))
	got, err := s.Up(t.Context())

	require.NoError(t, err)
	require.Equal(t, replaced, opsOn(got.Steps, taskDefinitionType))
	require.Equal(t, []string{"update"}, opsOn(got.Steps, serviceType))
	requireSettled(t, s)
}

// The port of a target group is only a default. Changing it would replace the group,
// and the rule would forward to a group without tasks.
func TestPortChangeKeepsTheTargetGroup(t *testing.T) {
	t.Parallel()
	o := ofRepository(t, "test")
	_, err := open(t, o).Up(t.Context())
	require.NoError(t, err)

	s := open(t, withService(t, o, map[string]any{"containerPort": 5001}))
	got, err := s.Up(t.Context())

	require.NoError(t, err)
	require.Empty(t, opsOn(got.Steps, targetGroupType))
	require.Equal(t, []string{"create", "delete"}, opsOn(got.Steps, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"),
		"the new port opens before the old one closes")
	requireSettled(t, s)
	_, err = s.Destroy(t.Context())
	require.NoError(t, err)
	accountIsEmpty(t, o.StateDir)
}

// A service that becomes reachable only through the API moves to the internal load
// balancer with its target groups, because two load balancers cannot share a target
// group. The public load balancer is deleted.
func TestServiceLeavesThePublicListener(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"test", "prod"} { // rolling and blue/green
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := ofRepository(t, name)
			public := withService(t, o, map[string]any{"api": map[string]any{"publicListener": true}})
			if name == "prod" {
				public.Config["testIngressCidrBlocks"] = []any{"203.0.113.0/24"}
				public.Config["wafRateLimit"] = 20_000
			}
			s := open(t, public)
			before, err := s.Up(t.Context())
			require.NoError(t, err)

			moved := withService(t, o, map[string]any{"api": map[string]any{"scopes": []any{"web/read"}}})
			moved.Config["apiDomainPrefix"] = "another" // a user pool has only one domain
			s = open(t, moved)
			after, err := s.Up(t.Context())
			require.NoError(t, err)
			require.Equal(t, "delete-replaced", opsOn(after.Steps, "aws:lb/listenerRule:ListenerRule")[0])
			want := []string{"create", "delete"}
			if name == "prod" { // another service already uses the internal load balancer
				want = []string{"delete"}
			}
			require.Equal(t, want, opsOn(after.Steps, "aws:lb/loadBalancer:LoadBalancer"))
			require.Equal(t, []string{"delete-replaced", "replace", "create-replacement"}, opsOn(after.Steps, "aws:cognito/userPoolDomain:UserPoolDomain"))
			require.NotContains(t, opsOn(after.Steps, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"), "update",
				"tasks admit the new load balancer before they refuse the old one")
			for _, kept := range []string{serviceType, targetGroupType, "aws:cognito/userPool:UserPool"} {
				require.Empty(t, opsOn(after.Steps, kept), kept)
			}
			was, is := before.Outputs["serviceUrls"].(map[string]any), after.Outputs["serviceUrls"].(map[string]any)
			first := services(t, o)[0]["name"].(string)
			require.NotEqual(t, was[first], is[first])
			for _, url := range is {
				require.Contains(t, url, after.Outputs["apiUrl"])
			}
			require.Equal(t, "[secret]", after.Outputs["machineClientSecret"])
			requireNoChange(t, s)
			_, err = s.Destroy(t.Context())
			require.NoError(t, err)
		})
	}
}

// All problems are reported at once, before anything is created.
func TestInvalidConfigurationIsRefused(t *testing.T) {
	t.Parallel()
	o := ofRepository(t, "test")
	first := services(t, o)[0]
	second := maps.Clone(first)
	first["colour"] = "blue"
	first["containerPort"] = "eighty"
	first["cpu"], first["memory"], first["priority"] = 256, 8192, 7
	second["name"], second["priority"] = "second", 7
	// Pulumi.yaml declares the type of logRetentionDays. Without Validate, Pulumi
	// would report only this problem.
	o.Config = map[string]any{"services": []any{first, second}, "logRetentionDays": "a week"}
	s := open(t, o)

	for _, command := range []func(*Stack, context.Context) (Result, error){(*Stack).Preview, (*Stack).Up} {
		got, err := command(s, t.Context())

		require.Equal(t, Failed, got.Result)
		for _, want := range []string{
			"services[0].colour", "services[0].containerPort", "eighty", "services[0].memory", "8192", "services[1].priority",
			"logRetentionDays", "a week",
		} {
			require.ErrorContains(t, err, want)
		}
		accountIsEmpty(t, o.StateDir)
	}
}

// A deployment by a pipeline does not count as drift, with any deployment strategy.
func TestDeploymentIsNoDrift(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"test", "prod"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := ofRepository(t, name)
			s := open(t, o)
			up, err := s.Up(t.Context())
			require.NoError(t, err)
			for _, image := range []string{"example.com/app:1", "example.com/app:2"} {
				cluster := up.Outputs["clusterName"].(string)
				for service := range up.Outputs["serviceUrls"].(map[string]any) {
					sandboxtest.Deploy(t, filepath.Join(o.StateDir, "account"), cluster, service, image)
				}
				preview, err := s.Preview(t.Context())
				require.NoError(t, err)
				require.Zero(t, preview.Changes.Any(), "as recorded before: %v", preview.Steps)
				_, err = s.Refresh(t.Context()) // Records the deployment.
				require.NoError(t, err)
				requireSettled(t, s)
			}
		})
	}
}

// The run after a cancelled run completes the stack.
func TestCancelledStackContinues(t *testing.T) {
	t.Parallel()
	o := ofRepository(t, "prod")
	slow := o
	slow.Faults = []sandbox.Fault{{Operation: "create", Type: serviceType, Delay: 2 * time.Second}}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	slow.Progress = onText{"aws:ecs:Service web creating", cancel}
	got, err := open(t, slow).Up(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, Cancelled, got.Result)

	s := open(t, o)
	got, err = s.Up(t.Context())

	require.NoError(t, err)
	require.Positive(t, got.Changes.Create)
	require.Zero(t, got.Changes.Delete+got.Changes.Replace)
	requireSettled(t, s)
	_, err = s.Destroy(t.Context())
	require.NoError(t, err)
	accountIsEmpty(t, o.StateDir)
}

// The run after a failed call completes the stack.
func TestFailedStackContinues(t *testing.T) {
	t.Parallel()
	o := ofRepository(t, "test")
	failing := o
	failing.Faults = []sandbox.Fault{{Operation: "create", Type: "aws:lb/listener:Listener", Error: "ThrottlingException: Rate exceeded", Count: 1}}
	_, err := open(t, failing).Up(t.Context())
	require.ErrorContains(t, err, "ThrottlingException: Rate exceeded")

	s := open(t, o)
	_, err = s.Up(t.Context())
	require.NoError(t, err)
	requireSettled(t, s)
}

// S3 refuses to delete a bucket with artifacts. The bucket's key must stay too: KMS
// would delete it after a week, and then nothing could read the artifacts.
func TestBucketThatStaysKeepsItsKey(t *testing.T) {
	t.Parallel()
	o := ofRepository(t, "s2")
	_, err := open(t, o).Up(t.Context())
	require.NoError(t, err)
	refusing := o
	refusing.Faults = []sandbox.Fault{{
		Operation: "delete", Type: "aws:s3/bucketV2:BucketV2", Delay: time.Second, // enough time to delete the key
		Error: "BucketNotEmpty: The bucket you tried to delete is not empty",
	}}

	got, err := open(t, refusing).Destroy(t.Context())

	require.ErrorContains(t, err, "BucketNotEmpty")
	require.Equal(t, Failed, got.Result)
	require.Empty(t, opsOn(got.Steps, "aws:kms/key:Key"))
	require.Subset(t, accountTypes(t, o.StateDir), []string{"aws-kms-key-Key", "aws-s3-bucketV2-BucketV2"})

	s := open(t, o)
	_, err = s.Up(t.Context())
	require.NoError(t, err)
	requireSettled(t, s)
	_, err = s.Destroy(t.Context())
	require.NoError(t, err)
	accountIsEmpty(t, o.StateDir)
}
