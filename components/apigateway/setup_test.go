package apigateway_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/apigateway"
	"fargate-cd/components/environment"
	"fargate-cd/internal/enginetest"
)

// setup describes the environment and its API that a test registers.
type setup struct {
	environment environment.Spec
	balancers   []string         // by default both load balancers
	api         *apigateway.Args // without its environment
}

func (s setup) program(ctx *pulumi.Context) error {
	_, err := s.register(ctx)
	return err
}

func (s setup) register(ctx *pulumi.Context) (*apigateway.ApiGateway, error) {
	balancers := s.balancers
	if balancers == nil {
		balancers = []string{environment.LoadBalancerPublic, environment.LoadBalancerInternal}
	}
	env, err := environment.New(ctx, enginetest.Stack, &environment.Args{
		Spec: s.environment, ClusterName: "fargate-cd-test", LoadBalancers: balancers,
	})
	if err != nil {
		return nil, err
	}
	args := *s.api
	args.Environment = env
	return apigateway.New(ctx, enginetest.Stack, &args)
}

// object and list abbreviate the types of a registered resource's inputs.
type (
	object = map[string]any
	list   = []any
)
