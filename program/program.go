// Package program is the whole Pulumi program as functions that a script can
// run in its own process.
package program

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components"
	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
)

// Run loads the stack's configuration, registers what it asks for, and exports
// the outputs. It fails before registering anything when the configuration is
// not valid, with one error that tells all its faults.
func Run(ctx *pulumi.Context) error {
	config, err := Load(ctx)
	if err != nil {
		return err
	}
	outputs, err := Deploy(ctx, config)
	if err != nil {
		return err
	}
	for name, value := range outputs {
		ctx.Export(name, value)
	}
	return nil
}

// Deploy registers the environment and the services of a configuration that
// Load or Parse returned, and returns the stack's outputs.
func Deploy(ctx *pulumi.Context, config *Config) (pulumi.Map, error) {
	if err := tag(ctx); err != nil {
		return nil, fmt.Errorf("registering tags: %w", err)
	}
	environment, err := environment.New(ctx, ctx.Stack(), &environment.Args{
		Spec:          config.EnvironmentSpec,
		ClusterName:   ctx.Project() + "-" + ctx.Stack(),
		LoadBalancers: config.loadBalancers(),
	})
	if err != nil {
		return nil, err
	}
	out := newOutputs(environment, config)
	for i := range config.Services {
		service := &config.Services[i]
		if err := deployService(ctx, config, service, environment, out); err != nil {
			return nil, err
		}
	}
	if apis := config.apiServices(); len(apis) > 0 {
		api, err := components.NewApiGateway(ctx, ctx.Stack(), &components.ApiGatewayArgs{
			ApiGatewaySpec:   config.ApiGatewaySpec,
			Environment:      environment,
			Services:         apis,
			ForceDestroy:     config.ForceDestroy,
			LogRetentionDays: config.LogRetentionDays,
		})
		if err != nil {
			return nil, err
		}
		out.addAPI(api)
	}
	return out.all(), nil
}

func deployService(
	ctx *pulumi.Context, config *Config, service *Service, environment *environment.Environment, out *outputs,
) error {
	spec := service.Spec
	spec.Architecture = service.Build.Architecture
	runs, err := fargateservice.New(ctx, service.Name, &fargateservice.Args{
		Spec:             spec,
		Environment:      environment,
		BlueGreen:        service.Deployment.BlueGreen(),
		Internal:         service.internal(),
		LogRetentionDays: config.LogRetentionDays,

		SteadyTimeoutMinutes: config.SteadyTimeoutMinutes,
	})
	if err != nil {
		return err
	}
	var blueGreen *components.BlueGreen
	if service.Deployment.BlueGreen() {
		blueGreen, err = components.NewBlueGreen(ctx, service.Name, &components.BlueGreenArgs{
			DeploymentSpec: service.Deployment,
			Environment:    environment,
			Service:        runs,
		})
		if err != nil {
			return err
		}
	}
	pipeline, err := components.NewBuildPipeline(ctx, service.Name, &components.BuildPipelineArgs{
		Source:           service.Source,
		Build:            service.Build,
		Environment:      environment,
		Service:          runs,
		BlueGreen:        blueGreen,
		ForceDestroy:     config.ForceDestroy,
		RetainRepository: config.RetainRepositories,
		LogRetentionDays: config.LogRetentionDays,
	})
	if err != nil {
		return fmt.Errorf("service %s: %w", service.Name, err)
	}
	out.addService(service, pipeline)
	return nil
}
