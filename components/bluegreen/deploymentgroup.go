package bluegreen

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codedeploy"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/policy"
	"fargate-cd/internal/problems"
)

// deploymentGroupArgs returns the settings of the deployment group.
func deploymentGroupArgs(
	name string, args *Args, alarmNames pulumi.StringArrayInput, application *codedeploy.Application, role *policy.Role,
) *codedeploy.DeploymentGroupArgs {
	ready := codedeploy.DeploymentGroupBlueGreenDeploymentConfigDeploymentReadyOptionArgs{
		ActionOnTimeout: pulumi.String("CONTINUE_DEPLOYMENT"),
	}
	if args.ReadyWaitMinutes > 0 {
		ready.ActionOnTimeout = pulumi.String("STOP_DEPLOYMENT")
		ready.WaitTimeInMinutes = pulumi.Int(args.ReadyWaitMinutes)
	}
	group := &codedeploy.DeploymentGroupArgs{
		AppName:              application.Name,
		DeploymentGroupName:  pulumi.String(name),
		DeploymentConfigName: pulumi.String("CodeDeployDefault." + args.Strategy),
		ServiceRoleArn:       role.Arn,
		DeploymentStyle: codedeploy.DeploymentGroupDeploymentStyleArgs{
			DeploymentType: pulumi.String("BLUE_GREEN"), DeploymentOption: pulumi.String("WITH_TRAFFIC_CONTROL"),
		},
		EcsService: codedeploy.DeploymentGroupEcsServiceArgs{
			ClusterName: args.Service.Environment().ClusterName, ServiceName: args.Service.ServiceName,
		},
		LoadBalancerInfo: codedeploy.DeploymentGroupLoadBalancerInfoArgs{TargetGroupPairInfo: targetGroupPair(args)},
		BlueGreenDeploymentConfig: codedeploy.DeploymentGroupBlueGreenDeploymentConfigArgs{
			DeploymentReadyOption: ready,
			TerminateBlueInstancesOnDeploymentSuccess: codedeploy.DeploymentGroupBlueGreenDeploymentConfigTerminateBlueInstancesOnDeploymentSuccessArgs{
				Action: pulumi.String("TERMINATE"), TerminationWaitTimeInMinutes: pulumi.Int(*args.TerminationWaitMinutes),
			},
		},
		AutoRollbackConfiguration: codedeploy.DeploymentGroupAutoRollbackConfigurationArgs{
			Enabled: pulumi.Bool(true),
			Events: pulumi.ToStringArray([]string{
				"DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST",
			}),
		},
	}
	if problems.GivenList(alarmNames) {
		group.AlarmConfiguration = codedeploy.DeploymentGroupAlarmConfigurationArgs{
			Enabled: pulumi.Bool(true), Alarms: alarmNames,
		}
	}
	return group
}

func targetGroupPair(args *Args) codedeploy.DeploymentGroupLoadBalancerInfoTargetGroupPairInfoArgs {
	pair := codedeploy.DeploymentGroupLoadBalancerInfoTargetGroupPairInfoArgs{
		TargetGroups: codedeploy.DeploymentGroupLoadBalancerInfoTargetGroupPairInfoTargetGroupArray{
			codedeploy.DeploymentGroupLoadBalancerInfoTargetGroupPairInfoTargetGroupArgs{Name: args.Service.BlueTargetGroupName},
			codedeploy.DeploymentGroupLoadBalancerInfoTargetGroupPairInfoTargetGroupArgs{Name: args.Service.GreenTargetGroupName},
		},
		ProdTrafficRoute: codedeploy.DeploymentGroupLoadBalancerInfoTargetGroupPairInfoProdTrafficRouteArgs{
			ListenerArns: pulumi.StringArray{args.Service.LoadBalancer().ListenerArn},
		},
	}
	if args.Service.LoadBalancer().HasTestListener() {
		pair.TestTrafficRoute = codedeploy.DeploymentGroupLoadBalancerInfoTargetGroupPairInfoTestTrafficRouteArgs{
			ListenerArns: pulumi.StringArray{args.Service.LoadBalancer().TestListenerArn},
		}
	}
	return pair
}
