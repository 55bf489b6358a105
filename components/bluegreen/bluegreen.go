// Package bluegreen creates blue/green deployments with CodeDeploy: canary and linear
// traffic shifts, alarms and rollback.
package bluegreen

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codedeploy"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/defaults"
	"fargate-cd/internal/problems"
)

const typeToken = "fargate-cd:components:BlueGreen"

// Args are the inputs of a BlueGreen.
type Args struct {
	// Strategy is the traffic shift of a deployment, one of Strategies. Required.
	Strategy string
	Spec
	// Rollback holds the alarms that make CodeDeploy roll a deployment back.
	Rollback fargateservice.RollbackSpec
	// Service is the service to deploy. Required. It must have been created with BlueGreen: true.
	Service *fargateservice.FargateService
}

// BlueGreen deploys a service with CodeDeploy. A deployment starts new tasks beside the
// old ones and shows them on the test listener. Then it shifts the production traffic
// to them and stops the old tasks. If the deployment fails, CodeDeploy rolls it back.
type BlueGreen struct {
	pulumi.ResourceState

	// ApplicationName and ApplicationArn identify the CodeDeploy application.
	ApplicationName pulumi.StringOutput `pulumi:"applicationName"`
	ApplicationArn  pulumi.StringOutput `pulumi:"applicationArn"`
	// DeploymentGroupName and DeploymentGroupArn identify the deployment group of the service.
	DeploymentGroupName pulumi.StringOutput `pulumi:"deploymentGroupName"`
	DeploymentGroupArn  pulumi.StringOutput `pulumi:"deploymentGroupArn"`
	// RoleName is the name of the role with which CodeDeploy changes tasks and traffic.
	RoleName pulumi.StringOutput `pulumi:"roleName"`

	service *fargateservice.FargateService
}

// Service returns the service that the BlueGreen deploys.
func (b *BlueGreen) Service() *fargateservice.FargateService { return b.service }

// New registers a BlueGreen. It fails before registering anything
// when the arguments are not valid.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*BlueGreen, error) {
	if args == nil || args.Service == nil {
		return nil, errors.New("the service of BlueGreen " + name + " is missing")
	}
	given := *args
	defaults.Set(&given)
	var found problems.List
	fargateservice.ValidateName("name", name, &found)
	found.OneOf("strategy", given.Strategy, strategies...)
	given.Spec.Validate("", &found)
	given.Rollback.Validate(fargateservice.RollbackPrefix, &found) // a service with BlueGreen: true receives requests
	if !given.Service.BlueGreen() {
		found.Add("service", given.Service.Name(), "a service that was created with BlueGreen: true")
	}
	if err := found.Err(); err != nil {
		return nil, err
	}

	b := &BlueGreen{service: given.Service}
	if err := ctx.RegisterComponentResource(typeToken, name, b, opts...); err != nil {
		return nil, fmt.Errorf("registering blue/green deployment of %s: %w", name, err)
	}
	application, err := codedeploy.NewApplication(ctx, name, &codedeploy.ApplicationArgs{
		ComputePlatform: pulumi.String("ECS"),
	}, pulumi.Parent(b))
	if err != nil {
		return nil, fmt.Errorf("creating CodeDeploy application of %s: %w", name, err)
	}
	role, err := b.newRole(ctx, name, &given, application.Name)
	if err != nil {
		return nil, err
	}
	alarmNames, err := given.Service.NewRollbackAlarms(ctx, &given.Rollback, b)
	if err != nil {
		return nil, err
	}
	group, err := codedeploy.NewDeploymentGroup(ctx, name, deploymentGroupArgs(name, &given, alarmNames, application, role),
		pulumi.Parent(b), pulumi.DependsOn(role.Ready()))
	if err != nil {
		return nil, fmt.Errorf("creating CodeDeploy deployment group of %s: %w", name, err)
	}
	b.ApplicationName, b.ApplicationArn = application.Name, application.Arn
	b.DeploymentGroupName, b.DeploymentGroupArn = group.DeploymentGroupName, group.Arn
	b.RoleName = role.Name
	return b, ctx.RegisterResourceOutputs(b, pulumi.Map{
		"applicationName": b.ApplicationName, "applicationArn": b.ApplicationArn,
		"deploymentGroupName": b.DeploymentGroupName, "deploymentGroupArn": b.DeploymentGroupArn,
		"roleName": b.RoleName,
	})
}
