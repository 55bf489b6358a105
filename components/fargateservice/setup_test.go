package fargateservice_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

const clusterName = "fargate-cd-test"

// Revisions of the service web. The program registers madeRevision. The others are
// from earlier updates or from the pipeline.
const (
	family        = "arn:aws:ecs:eu-central-1:111122223333:task-definition/fargate-cd-test-web:"
	revision      = family + "7"
	otherRevision = family + "8"
	madeRevision  = family + "9"
	laterRevision = family + "10"
	otherPort     = family + "6"
	bootstrap     = "docker.io/traefik/whoami:v1.11.0"
	image         = "ecr.example/web@sha256:1"
	otherImage    = "ecr.example/web@sha256:2"
)

// smaller and larger are two services, whose tasks have different shapes.
var (
	smaller = &fargateservice.Args{Spec: fargateservice.Spec{Environment: map[string]string{"A": "1"}}}
	larger  = &fargateservice.Args{Spec: fargateservice.Spec{Cpu: 512, Memory: 1024}}
)

// setup describes the environment and the service web that a test registers.
type setup struct {
	environment environment.Spec
	balancers   []string             // by default the public load balancer
	service     *fargateservice.Args // without its environment
	blueGreen   bool
}

func (s setup) program(ctx *pulumi.Context) error {
	_, err := s.register(ctx)
	return err
}

func (s setup) register(ctx *pulumi.Context) (*fargateservice.FargateService, error) {
	env, err := environment.New(ctx, enginetest.Stack, &environment.Args{
		Spec: s.environment, ClusterName: clusterName, LoadBalancers: s.balancers,
	})
	if err != nil {
		return nil, err
	}
	args := *s.service
	args.Environment, args.BlueGreen = env, s.blueGreen
	return fargateservice.New(ctx, "web", &args)
}

// object and list abbreviate the types of a registered resource's inputs.
type (
	object = map[string]any
	list   = []any
)

// withHTTPS has an own certificate, so the load balancer accepts requests in all protocols and for all hosts.
var withHTTPS = environment.Spec{
	CertificateArn: pulumi.String("arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"),
}

// existing returns an environment of resources that exist already.
func existing(ctx *pulumi.Context) (*environment.Environment, error) {
	return environment.Existing(ctx, &environment.ExistingArgs{
		ClusterName: clusterName, VpcID: pulumi.String("vpc-0123456789abcdef0"), TaskSubnetIDs: pulumi.ToStringArray([]string{"subnet-00000001"}),
		Public: &environment.ExistingLoadBalancer{
			ListenerArn:     pulumi.String("arn:aws:elasticloadbalancing:eu-central-1:111122223333:listener/app/existing/50dc6c495c0c9188/f2f7dc8efc522ab2"),
			SecurityGroupID: pulumi.String("sg-0123456789abcdef0"),
		},
	})
}

// labels returns the docker labels of the revision that the program registers for the arguments.
func labels(t *testing.T, args *fargateservice.Args, blueGreen bool) map[string]string {
	t.Helper()
	r := &enginetest.Engine{}
	r.MustRun(t, setup{environment: withHTTPS, service: args, blueGreen: blueGreen}.program)
	out := map[string]string{}
	for key, value := range r.One(t, "ecs.TaskDefinition", "web").Container(t)["dockerLabels"].(object) {
		out[key] = value.(string)
	}
	return out
}

// requireKept runs the program while a revision with the given labels and ports runs. It requires that the program
// keeps the revision if kept is true, and registers another one otherwise. In both cases the image must stay.
func requireKept(t *testing.T, kept bool, args *fargateservice.Args, labels map[string]string, ports ...int32) {
	t.Helper()
	running := container(image, labels, ports...)
	r := &enginetest.Engine{Before: enginetest.Runs(revision), Revisions: map[string]types.ContainerDefinition{
		revision: running, "fargate-cd-test-web": running,
	}}
	r.MustRun(t, setup{service: args}.program)
	definition := r.One(t, "ecs.TaskDefinition", "web")
	require.Equal(t, kept, len(definition.IgnoreChanges) > 0, "the running revision is kept")
	require.Equal(t, image, definition.Container(t)["image"])
}

// container returns the container web of a revision, by default with port 8080.
func container(image string, labels map[string]string, ports ...int32) types.ContainerDefinition {
	c := types.ContainerDefinition{Name: aws.String("web"), Image: &image, DockerLabels: labels}
	for _, port := range append(ports, 8080)[:max(1, len(ports))] {
		c.PortMappings = append(c.PortMappings, types.PortMapping{ContainerPort: aws.Int32(port)})
	}
	return c
}

// rollout sets the state of the primary deployment and the number of running tasks.
func rollout(state types.DeploymentRolloutState, running int32) func(*types.Service) {
	return func(s *types.Service) {
		s.Deployments[0].RolloutState, s.Deployments[0].RunningCount, s.RunningCount = state, running, running
	}
}

// said adds an event that is newer than the existing ones.
func said(id, message string) func(*types.Service) {
	return func(s *types.Service) {
		s.Events = append([]types.ServiceEvent{{Id: &id, Message: &message}}, s.Events...)
	}
}

// besides adds an older deployment, which ECS is replacing.
func besides(revision string) func(*types.Service) {
	return func(s *types.Service) {
		s.Deployments = append(s.Deployments, types.Deployment{Status: aws.String("ACTIVE"), TaskDefinition: &revision})
	}
}

// taskSets changes the service to a CodeDeploy service with a task set for each revision. The first one is primary.
func taskSets(revisions ...string) func(*types.Service) {
	return func(s *types.Service) {
		s.Deployments = nil
		for i, revision := range revisions {
			status := []string{"PRIMARY", "ACTIVE"}[min(i, 1)]
			s.TaskSets = append(s.TaskSets, types.TaskSet{
				Status: &status, TaskDefinition: &revision, ComputedDesiredCount: 1, RunningCount: 1,
				StabilityStatus: types.StabilityStatusSteadyState,
			})
		}
	}
}

var (
	someService   = &fargateservice.Args{}
	testListening = environment.Spec{TestListenerPort: 8080, TestIngressCidrBlocks: []string{"203.0.113.0/24"}}
)
