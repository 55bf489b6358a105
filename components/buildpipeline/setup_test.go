package buildpipeline_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/bluegreen"
	"fargate-cd/components/buildpipeline"
	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

const clusterName = "fargate-cd-test"

var (
	someService = &fargateservice.Args{}
	allAtOnce   = &bluegreen.Spec{Strategy: "ECSAllAtOnce"}
)

// setup describes the environment, the service web and its pipeline that a test registers.
type setup struct {
	environment environment.Spec
	service     *fargateservice.Args // without its environment
	deployment  *bluegreen.Spec      // makes the service blue/green
	pipeline    *buildpipeline.Args  // without its service
}

func (s setup) program(ctx *pulumi.Context) error {
	env, err := environment.New(ctx, enginetest.Stack, &environment.Args{Spec: s.environment, ClusterName: clusterName})
	if err != nil {
		return err
	}
	serviceArgs := *s.service
	serviceArgs.Environment, serviceArgs.BlueGreen = env, s.deployment != nil
	service, err := fargateservice.New(ctx, "web", &serviceArgs)
	if err != nil {
		return err
	}
	args := *s.pipeline
	if s.deployment == nil {
		args.Service = service
	}
	if s.deployment != nil {
		args.BlueGreen, err = bluegreen.New(ctx, "web", &bluegreen.Args{Spec: *s.deployment, Service: service})
		if err != nil {
			return err
		}
	}
	_, err = buildpipeline.New(ctx, "web", &args)
	return err
}

// object and list abbreviate the types of a registered resource's inputs.
type (
	object = map[string]any
	list   = []any
)
