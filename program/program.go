// Package program is the Pulumi program. Its functions can also run inside another
// process, through the Automation API.
package program

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/apigateway"
	"fargate-cd/components/bluegreen"
	"fargate-cd/components/buildpipeline"
	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
)

// Run loads the stack's configuration, registers its resources and exports the outputs.
// If the configuration is not valid, it fails before it registers anything, with one
// error that lists all problems.
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

// Deploy registers the resources of a configuration that Load or Parse has returned.
// It returns the stack's outputs.
func Deploy(ctx *pulumi.Context, config *Config) (pulumi.Map, error) {
	if err := tag(ctx); err != nil {
		return nil, fmt.Errorf("registering tags: %w", err)
	}
	if err := limitRoles(ctx, config.PermissionsBoundaryArn); err != nil {
		return nil, fmt.Errorf("registering permissions boundary: %w", err)
	}
	env, states, err := newEnvironment(ctx, config)
	if err != nil {
		return nil, err
	}
	connected, err := newConnections(ctx, config.Services, env)
	if err != nil {
		return nil, err
	}
	out := newOutputs(env, config)
	out.addConnections(connected)
	var api *apigateway.ApiGateway
	if apis := config.apiServices(); len(apis) > 0 {
		api, err = apigateway.New(ctx, ctx.Stack(), &apigateway.Args{
			Spec:             config.ApiGatewaySpec,
			Environment:      env,
			Services:         apis,
			ForceDestroy:     config.ForceDestroy,
			LogRetentionDays: config.LogRetentionDays,
		})
		if err != nil {
			return nil, err
		}
		out.addAPI(api)
	}
	var keyArn pulumi.StringInput
	if len(config.Services) > 0 { // the environment of other stacks may have no services of its own
		key, err := buildpipeline.NewArtifactKey(ctx, ctx.Stack(), env.Account, pulumi.Parent(env))
		if err != nil {
			return nil, err
		}
		keyArn = key.Arn
	}
	services := make([]*fargateservice.FargateService, len(config.Services))
	var registered []*fargateservice.FargateService
	for _, i := range config.serversFirst() {
		if services[i], err = deployService(ctx, config, &config.Services[i], states[i], registered, env, keyArn, out); err != nil {
			return nil, err
		}
		registered = append(registered, services[i])
	}
	if err := env.NotifyOf(ctx, out.deliveries); err != nil {
		return nil, err
	}
	if err := monitor(ctx, config, env, services, api, out); err != nil {
		return nil, err
	}
	return out.all(), nil
}

func deployService(
	ctx *pulumi.Context, config *Config, service *Service, state *fargateservice.State, registered []*fargateservice.FargateService,
	env *environment.Environment, keyArn pulumi.StringInput, out *outputs,
) (*fargateservice.FargateService, error) {
	spec := service.Spec
	spec.Architecture = service.Build.Architecture
	deployment := &service.Deployment
	var rollback fargateservice.RollbackSpec
	if !deployment.BlueGreen() { // otherwise the BlueGreen has the alarms
		rollback = deployment.RollbackSpec
	}
	fargateService, err := fargateservice.New(ctx, service.Name, &fargateservice.Args{
		Spec:             spec,
		Environment:      env,
		BlueGreen:        deployment.BlueGreen(),
		Internal:         service.Internal(),
		LogRetentionDays: config.LogRetentionDays,

		Rolling:              deployment.RollingSpec,
		Rollback:             rollback,
		SteadyTimeoutMinutes: config.SteadyTimeoutMinutes,
		State:                state,
		Servers:              registered,
	})
	if err != nil {
		return nil, err
	}
	pipelineArgs := service.pipelineArgs()
	if deployment.BlueGreen() {
		pipelineArgs.BlueGreen, err = bluegreen.New(ctx, service.Name, &bluegreen.Args{
			Strategy: deployment.Strategy,
			Spec:     deployment.BlueGreenSpec,
			Rollback: deployment.RollbackSpec,
			Service:  fargateService,
		})
		if err != nil {
			return nil, err
		}
	} else {
		pipelineArgs.Service = fargateService
	}
	pipelineArgs.ArtifactKeyArn = keyArn
	pipelineArgs.ForceDestroy, pipelineArgs.RetainRepository = config.ForceDestroy, config.RetainRepositories
	pipelineArgs.LogRetentionDays = config.LogRetentionDays
	pipelineArgs.ServiceURL, pipelineArgs.Connection = out.serviceURL(service), out.connections.of(service)
	pipeline, err := buildpipeline.New(ctx, service.Name, pipelineArgs)
	if err != nil {
		return nil, fmt.Errorf("service %s: %w", service.Name, err)
	}
	out.addService(service, fargateService, pipeline)
	return fargateService, nil
}
