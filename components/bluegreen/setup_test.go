package bluegreen_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/bluegreen"
	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

const clusterName = "fargate-cd-test"

var (
	someService   = &fargateservice.Args{}
	allAtOnce     = &bluegreen.Args{Strategy: "ECSAllAtOnce"}
	testListening = environment.Spec{TestListenerPort: 8080, TestIngressCidrBlocks: []string{"203.0.113.0/24"}}
)

// setup describes the environment, the service web and its deployment that a test registers.
type setup struct {
	environment environment.Spec
	balancers   []string             // by default the public load balancer
	service     *fargateservice.Args // without its environment
	deployment  *bluegreen.Args      // without its service
}

func (s setup) program(ctx *pulumi.Context) error {
	env, err := environment.New(ctx, enginetest.Stack, &environment.Args{
		Spec: s.environment, ClusterName: clusterName, LoadBalancers: s.balancers,
	})
	if err != nil {
		return err
	}
	args := *s.service
	args.Environment, args.BlueGreen = env, true
	service, err := fargateservice.New(ctx, "web", &args)
	if err != nil {
		return err
	}
	deployment := *s.deployment
	deployment.Service = service
	_, err = bluegreen.New(ctx, "web", &deployment)
	return err
}

// object and list abbreviate the types of a registered resource's inputs.
type (
	object = map[string]any
	list   = []any
)
