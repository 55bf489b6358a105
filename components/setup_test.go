package components_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components"
	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

// setup is what a test registers: an environment and, for each further part
// that is given, the service web with that part. References between the
// components are filled in.
type setup struct {
	environment environment.Spec
	balancers   []string // by default those that the other parts need
	service     *fargateservice.Args
	deployment  *components.DeploymentSpec // makes the service blue/green
	pipeline    *components.BuildPipelineArgs
	api         *components.ApiGatewayArgs
}

var (
	someService   = &fargateservice.Args{}
	allAtOnce     = &components.DeploymentSpec{Strategy: "ECSAllAtOnce"}
	testListening = environment.Spec{TestListenerPort: 8080, TestIngressCidrBlocks: []string{"203.0.113.0/24"}}
)

const clusterName = "fargate-cd-test"

func (s setup) program(ctx *pulumi.Context) error {
	balancers := s.balancers
	if balancers == nil && s.api != nil {
		balancers = []string{environment.LoadBalancerPublic, environment.LoadBalancerInternal}
	}
	env, err := environment.New(ctx, enginetest.Stack, &environment.Args{
		Spec: s.environment, ClusterName: clusterName, LoadBalancers: balancers,
	})
	if err != nil {
		return err
	}
	if s.api != nil {
		args := *s.api
		args.Environment = env
		if _, err := components.NewApiGateway(ctx, enginetest.Stack, &args); err != nil {
			return err
		}
	}
	if s.service == nil {
		return nil
	}
	serviceArgs := *s.service
	serviceArgs.Environment, serviceArgs.BlueGreen = env, s.deployment != nil
	service, err := fargateservice.New(ctx, "web", &serviceArgs)
	if err != nil {
		return err
	}
	var blueGreen *components.BlueGreen
	if s.deployment != nil {
		blueGreen, err = components.NewBlueGreen(ctx, "web", &components.BlueGreenArgs{
			DeploymentSpec: *s.deployment, Environment: env, Service: service,
		})
		if err != nil {
			return err
		}
	}
	if s.pipeline == nil {
		return nil
	}
	pipelineArgs := *s.pipeline
	pipelineArgs.Environment, pipelineArgs.Service, pipelineArgs.BlueGreen = env, service, blueGreen
	_, err = components.NewBuildPipeline(ctx, "web", &pipelineArgs)
	return err
}

// object and list are short for what a recorded input is made of.
type (
	object = map[string]any
	list   = []any
)
