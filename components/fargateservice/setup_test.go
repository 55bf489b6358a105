package fargateservice_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

const clusterName = "fargate-cd-test"

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
