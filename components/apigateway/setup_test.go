package apigateway_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/apigateway"
	"fargate-cd/components/environment"
	"fargate-cd/internal/enginetest"
)

// setup is what a test registers: an environment and its API.
type setup struct {
	environment environment.Spec
	balancers   []string         // by default both
	api         *apigateway.Args // without its environment
}

func (s setup) program(ctx *pulumi.Context) error {
	balancers := s.balancers
	if balancers == nil {
		balancers = []string{environment.LoadBalancerPublic, environment.LoadBalancerInternal}
	}
	env, err := environment.New(ctx, enginetest.Stack, &environment.Args{
		Spec: s.environment, ClusterName: "fargate-cd-test", LoadBalancers: balancers,
	})
	if err != nil {
		return err
	}
	args := *s.api
	args.Environment = env
	_, err = apigateway.New(ctx, enginetest.Stack, &args)
	return err
}

// object and list are short for what a registered input is made of.
type (
	object = map[string]any
	list   = []any
)
