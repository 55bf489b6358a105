package fargateservice

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newService creates the ECS service, whose tasks run the revision. blue is its target group, or nil for a worker.
// additional are the registrations of the additional ports.
func (s *FargateService) newService(
	ctx *pulumi.Context, revision *ecs.TaskDefinition, blue *lb.TargetGroup, additional ecs.ServiceLoadBalancerArray,
	dependencies []pulumi.Resource,
) error {
	count, keepsCount := s.taskCount()
	args := &ecs.ServiceArgs{
		Name:                 pulumi.String(s.name),
		Cluster:              s.environment.ClusterArn,
		TaskDefinition:       revision.Arn,
		PlatformVersion:      pulumi.String("LATEST"),
		DesiredCount:         pulumi.Int(count),
		EnableEcsManagedTags: pulumi.Bool(true),
		PropagateTags:        pulumi.String("SERVICE"),
		NetworkConfiguration: ecs.ServiceNetworkConfigurationArgs{
			Subnets:        s.environment.TaskSubnetIDs,
			SecurityGroups: pulumi.StringArray{s.SecurityGroupID},
			AssignPublicIp: pulumi.Bool(s.environment.AssignPublicIP()),
		},
	}
	if blue != nil {
		args.HealthCheckGracePeriodSeconds = pulumi.Int(*s.spec.HealthCheck.GracePeriodSeconds)
		registrations := append(ecs.ServiceLoadBalancerArray{s.registration(blue, s.spec.ContainerPort)}, additional...)
		args.LoadBalancers = registrations
		if s.gainsBalancer() && !ctx.DryRun() {
			args.TaskDefinition = s.addBalancer(ctx, revision, registrations)
		}
	}
	if s.spec.Exec {
		args.EnableExecuteCommand = pulumi.Bool(true)
	}
	args.ServiceConnectConfiguration = s.connectArgs()
	ignored := s.setCapacity(args)
	if s.keepsRevision() {
		ignored = append(ignored, "taskDefinition")
	}
	if keepsCount {
		ignored = append(ignored, "desiredCount")
	}
	if s.blueGreen {
		args.DeploymentController = ecs.ServiceDeploymentControllerArgs{Type: pulumi.String(controllerCodeDeploy)}
		// ecs:UpdateService refuses changes of these properties on a CodeDeploy service. A deployment changes them
		// through taskdef.json and appspec.yaml.
		ignored = append(ignored, "loadBalancers", "networkConfiguration", "platformVersion")
	} else {
		args.DeploymentMinimumHealthyPercent = pulumi.Int(*s.rolling.MinimumHealthyPercent)
		args.DeploymentMaximumPercent = pulumi.Int(s.rolling.MaximumPercent)
		args.Alarms = s.deploymentAlarms()
		args.DeploymentCircuitBreaker = ecs.ServiceDeploymentCircuitBreakerArgs{
			Enable: pulumi.Bool(true), Rollback: pulumi.Bool(true),
		}
	}
	if err := s.announceCapacityMove(ctx); err != nil {
		return err
	}
	dependencies = append(slices.Clone(dependencies), s.environment.Capacity()...)
	options := []pulumi.ResourceOption{pulumi.Parent(s), pulumi.DependsOn(dependencies), pulumi.IgnoreChanges(ignored)}
	if s.replacesService() {
		options = append(options, pulumi.ReplaceOnChanges([]string{"taskDefinition"}), pulumi.DeleteBeforeReplace(true))
	}
	service, err := ecs.NewService(ctx, s.name, args, options...)
	if err != nil {
		return fmt.Errorf("creating service: %w", err)
	}
	s.ServiceName, s.service = service.Name, service
	s.TaskDefinitionArn = s.steadyRevision(ctx, service, revision)
	return nil
}
