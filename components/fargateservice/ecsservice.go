package fargateservice

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func (s *FargateService) newService(
	ctx *pulumi.Context, revision *ecs.TaskDefinition, blue *lb.TargetGroup, dependencies []pulumi.Resource,
) error {
	count, keepsCount := s.taskCount()
	args := &ecs.ServiceArgs{
		Name:                          pulumi.String(s.name),
		Cluster:                       s.environment.ClusterArn,
		TaskDefinition:                revision.Arn,
		LaunchType:                    pulumi.String(launchType),
		PlatformVersion:               pulumi.String("LATEST"),
		DesiredCount:                  pulumi.Int(count),
		HealthCheckGracePeriodSeconds: pulumi.Int(*s.spec.HealthCheck.GracePeriodSeconds),
		EnableEcsManagedTags:          pulumi.Bool(true),
		PropagateTags:                 pulumi.String("SERVICE"),
		NetworkConfiguration: ecs.ServiceNetworkConfigurationArgs{
			Subnets:        s.environment.TaskSubnetIDs,
			SecurityGroups: pulumi.StringArray{s.SecurityGroupID},
			AssignPublicIp: pulumi.Bool(s.environment.AssignPublicIP()),
		},
		LoadBalancers: ecs.ServiceLoadBalancerArray{ecs.ServiceLoadBalancerArgs{
			TargetGroupArn: blue.Arn,
			ContainerName:  pulumi.String(s.name),
			ContainerPort:  pulumi.Int(s.spec.ContainerPort),
		}},
	}
	var ignored []string
	if s.keepsRevision() {
		ignored = []string{"taskDefinition"}
	}
	if keepsCount {
		ignored = append(ignored, "desiredCount")
	}
	if s.blueGreen {
		args.DeploymentController = ecs.ServiceDeploymentControllerArgs{Type: pulumi.String(controllerCodeDeploy)}
		// ecs:UpdateService refuses changes of these properties on a CodeDeploy service. A deployment changes them by
		// taskdef.json and appspec.yaml.
		ignored = append(ignored, "loadBalancers", "networkConfiguration", "platformVersion")
	} else {
		args.DeploymentMinimumHealthyPercent = pulumi.Int(100)
		args.DeploymentMaximumPercent = pulumi.Int(200)
		args.DeploymentCircuitBreaker = ecs.ServiceDeploymentCircuitBreakerArgs{
			Enable: pulumi.Bool(true), Rollback: pulumi.Bool(true),
		}
	}
	options := []pulumi.ResourceOption{pulumi.Parent(s), pulumi.DependsOn(dependencies), pulumi.IgnoreChanges(ignored)}
	if s.replacesService() {
		options = append(options, pulumi.ReplaceOnChanges([]string{"taskDefinition"}), pulumi.DeleteBeforeReplace(true))
	}
	service, err := ecs.NewService(ctx, s.name, args, options...)
	if err != nil {
		return fmt.Errorf("creating service: %w", err)
	}
	s.ServiceName = service.Name
	s.TaskDefinitionArn = s.steadyRevision(ctx, service, revision)
	return s.newScaling(ctx, service, blue)
}
