package components

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codedeploy"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const blueGreenType = "fargate-cd:components:BlueGreen"

// StrategyRolling lets ECS itself replace the tasks; every other strategy is a
// predefined deployment configuration of CodeDeploy.
const StrategyRolling = "Rolling"

// blueGreenStrategies are CodeDeploy's predefined deployment configurations for
// Amazon ECS, without their common prefix ("Working with deployment
// configurations", CodeDeploy User Guide).
var blueGreenStrategies = []string{
	"ECSAllAtOnce",
	"ECSCanary10Percent5Minutes",
	"ECSCanary10Percent15Minutes",
	"ECSLinear10PercentEvery1Minutes",
	"ECSLinear10PercentEvery3Minutes",
}

// DeploymentSpec is how a new version takes over, as plain configuration.
type DeploymentSpec struct {
	// Strategy is Rolling, where ECS replaces the tasks step by step, or how CodeDeploy shifts the traffic in a
	// blue/green deployment.
	Strategy string `json:"strategy" default:"Rolling"`
	// ReadyWaitMinutes is how long a blue/green deployment waits for a person to reroute the traffic, in minutes; then
	// it stops. While it waits, the new version answers on the test listener. 0 reroutes at once.
	ReadyWaitMinutes int `json:"readyWaitMinutes"`
	// TerminationWaitMinutes is how long a blue/green deployment keeps the old tasks for an instant rollback, in
	// minutes.
	TerminationWaitMinutes *int `json:"terminationWaitMinutes" default:"5"`
	// AlarmNames are existing CloudWatch alarms, at most ten, that roll a blue/green deployment back when they fire
	// during it.
	AlarmNames []string `json:"alarmNames"`
	// Max5xxPerMinute creates an alarm that rolls a blue/green deployment back when the tasks answer more requests
	// than this with 5xx in a minute. 0 creates none. Together with alarmNames there are at most ten alarms.
	Max5xxPerMinute int `json:"max5xxPerMinute"`
}

// BlueGreen tells whether CodeDeploy deploys the service.
func (d *DeploymentSpec) BlueGreen() bool { return d.Strategy != StrategyRolling }

// Validate notes what AWS would refuse, under keys that begin with the prefix.
func (d *DeploymentSpec) Validate(prefix string, faults *Faults) {
	faults.oneOf(prefix+"strategy", d.Strategy, append([]string{StrategyRolling}, blueGreenStrategies...)...)
	faults.between(prefix+"readyWaitMinutes", d.ReadyWaitMinutes, 0, 2880)
	faults.between(prefix+"terminationWaitMinutes", *d.TerminationWaitMinutes, 0, 2880)
	faults.between(prefix+"max5xxPerMinute", d.Max5xxPerMinute, 0, 1_000_000)
	// CodeDeploy takes ten ("AlarmConfiguration", AWS CodeDeploy API Reference).
	switch most := 10; {
	case d.Max5xxPerMinute != 0 && len(d.AlarmNames) > most-1:
		faults.Add(prefix+"alarmNames", len(d.AlarmNames), "%d alarms or fewer beside that of max5xxPerMinute", most-1)
	case len(d.AlarmNames) > most:
		faults.Add(prefix+"alarmNames", len(d.AlarmNames), "%d alarms or fewer", most)
	}
	for i, alarm := range d.AlarmNames {
		if alarm == "" || slices.Contains(d.AlarmNames[:i], alarm) {
			faults.Add(prefix+indexed("alarmNames", i), alarm, "the name of an alarm, named once")
		}
	}
	if d.Strategy == StrategyRolling && d.ReadyWaitMinutes != 0 {
		faults.Add(prefix+"readyWaitMinutes", d.ReadyWaitMinutes, "0 with the strategy Rolling, which has no traffic to reroute")
	}
	if d.Strategy == StrategyRolling && len(d.AlarmNames) > 0 {
		faults.Add(prefix+"alarmNames", d.AlarmNames, "none with the strategy Rolling")
	}
	if d.Strategy == StrategyRolling && d.Max5xxPerMinute != 0 {
		faults.Add(prefix+"max5xxPerMinute", d.Max5xxPerMinute, "0 with the strategy Rolling")
	}
}

// BlueGreenArgs are the inputs of a BlueGreen.
type BlueGreenArgs struct {
	DeploymentSpec
	// Environment is where the service runs. Required.
	Environment *Environment
	// Service is a service made with BlueGreen. Required.
	Service *FargateService
}

// BlueGreen deploys a service by CodeDeploy: new tasks beside the old ones,
// reachable on the test listener first, then the traffic, then the end of the
// old tasks; and back again when something fails.
type BlueGreen struct {
	pulumi.ResourceState

	ApplicationName     pulumi.StringOutput `pulumi:"applicationName"`
	ApplicationArn      pulumi.StringOutput `pulumi:"applicationArn"`
	DeploymentGroupName pulumi.StringOutput `pulumi:"deploymentGroupName"`
	DeploymentGroupArn  pulumi.StringOutput `pulumi:"deploymentGroupArn"`
}

// NewBlueGreen registers a BlueGreen. It fails before registering anything
// when the arguments are not valid.
func NewBlueGreen(
	ctx *pulumi.Context, name string, args *BlueGreenArgs, opts ...pulumi.ResourceOption,
) (*BlueGreen, error) {
	if args == nil || args.Environment == nil || args.Service == nil {
		return nil, errors.New("the environment or the service of BlueGreen " + name + " is missing")
	}
	spec := args.DeploymentSpec
	SetDefaults(&spec)
	var faults Faults
	ValidateServiceName("name", name, &faults)
	spec.Validate("", &faults)
	if !spec.BlueGreen() || !args.Service.blueGreen {
		faults.Add("strategy", spec.Strategy, "a strategy of CodeDeploy, for a service that is made for it")
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}

	b := &BlueGreen{}
	if err := ctx.RegisterComponentResource(blueGreenType, name, b, opts...); err != nil {
		return nil, fmt.Errorf("registering blue/green deployment of %s: %w", name, err)
	}
	application, err := codedeploy.NewApplication(ctx, name, &codedeploy.ApplicationArgs{
		ComputePlatform: pulumi.String("ECS"),
	}, pulumi.Parent(b))
	if err != nil {
		return nil, fmt.Errorf("creating CodeDeploy application of %s: %w", name, err)
	}
	role, err := b.newRole(ctx, name, args, application.Name)
	if err != nil {
		return nil, err
	}
	alarms := pulumi.ToStringArray(spec.AlarmNames)
	if spec.Max5xxPerMinute > 0 {
		alarm, err := b.newErrorAlarm(ctx, name, args, spec.Max5xxPerMinute)
		if err != nil {
			return nil, err
		}
		alarms = append(alarms, alarm.Name)
	}
	group, err := codedeploy.NewDeploymentGroup(ctx, name, deploymentGroup(name, args, &spec, alarms, application, role),
		pulumi.Parent(b), pulumi.DependsOn(role.ready()))
	if err != nil {
		return nil, fmt.Errorf("creating CodeDeploy deployment group of %s: %w", name, err)
	}
	b.ApplicationName, b.ApplicationArn = application.Name, application.Arn
	b.DeploymentGroupName, b.DeploymentGroupArn = group.DeploymentGroupName, group.Arn
	return b, ctx.RegisterResourceOutputs(b, pulumi.Map{
		"applicationName": b.ApplicationName, "applicationArn": b.ApplicationArn,
		"deploymentGroupName": b.DeploymentGroupName, "deploymentGroupArn": b.DeploymentGroupArn,
	})
}

func deploymentGroup(
	name string, args *BlueGreenArgs, spec *DeploymentSpec, alarms pulumi.StringArray,
	application *codedeploy.Application, role *role,
) *codedeploy.DeploymentGroupArgs {
	ready := codedeploy.DeploymentGroupBlueGreenDeploymentConfigDeploymentReadyOptionArgs{
		ActionOnTimeout: pulumi.String("CONTINUE_DEPLOYMENT"),
	}
	if spec.ReadyWaitMinutes > 0 {
		ready.ActionOnTimeout = pulumi.String("STOP_DEPLOYMENT")
		ready.WaitTimeInMinutes = pulumi.Int(spec.ReadyWaitMinutes)
	}
	group := &codedeploy.DeploymentGroupArgs{
		AppName:              application.Name,
		DeploymentGroupName:  pulumi.String(name),
		DeploymentConfigName: pulumi.String("CodeDeployDefault." + spec.Strategy),
		ServiceRoleArn:       role.Arn,
		DeploymentStyle: codedeploy.DeploymentGroupDeploymentStyleArgs{
			DeploymentType: pulumi.String("BLUE_GREEN"), DeploymentOption: pulumi.String("WITH_TRAFFIC_CONTROL"),
		},
		EcsService: codedeploy.DeploymentGroupEcsServiceArgs{
			ClusterName: args.Environment.ClusterName, ServiceName: args.Service.ServiceName,
		},
		LoadBalancerInfo: codedeploy.DeploymentGroupLoadBalancerInfoArgs{TargetGroupPairInfo: targetGroupPair(args)},
		BlueGreenDeploymentConfig: codedeploy.DeploymentGroupBlueGreenDeploymentConfigArgs{
			DeploymentReadyOption: ready,
			TerminateBlueInstancesOnDeploymentSuccess: codedeploy.DeploymentGroupBlueGreenDeploymentConfigTerminateBlueInstancesOnDeploymentSuccessArgs{
				Action: pulumi.String("TERMINATE"), TerminationWaitTimeInMinutes: pulumi.Int(*spec.TerminationWaitMinutes),
			},
		},
		AutoRollbackConfiguration: codedeploy.DeploymentGroupAutoRollbackConfigurationArgs{
			Enabled: pulumi.Bool(true),
			Events: pulumi.ToStringArray([]string{
				"DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST",
			}),
		},
	}
	if len(alarms) > 0 {
		group.AlarmConfiguration = codedeploy.DeploymentGroupAlarmConfigurationArgs{
			Enabled: pulumi.Bool(true), Alarms: alarms,
		}
	}
	return group
}

func targetGroupPair(args *BlueGreenArgs) codedeploy.DeploymentGroupLoadBalancerInfoTargetGroupPairInfoArgs {
	pair := codedeploy.DeploymentGroupLoadBalancerInfoTargetGroupPairInfoArgs{
		TargetGroups: codedeploy.DeploymentGroupLoadBalancerInfoTargetGroupPairInfoTargetGroupArray{
			codedeploy.DeploymentGroupLoadBalancerInfoTargetGroupPairInfoTargetGroupArgs{Name: args.Service.BlueTargetGroupName},
			codedeploy.DeploymentGroupLoadBalancerInfoTargetGroupPairInfoTargetGroupArgs{Name: args.Service.GreenTargetGroupName},
		},
		ProdTrafficRoute: codedeploy.DeploymentGroupLoadBalancerInfoTargetGroupPairInfoProdTrafficRouteArgs{
			ListenerArns: pulumi.StringArray{args.Service.balancer.ListenerArn},
		},
	}
	if args.Service.balancer.HasTestListener() {
		pair.TestTrafficRoute = codedeploy.DeploymentGroupLoadBalancerInfoTargetGroupPairInfoTestTrafficRouteArgs{
			ListenerArns: pulumi.StringArray{args.Service.balancer.TestListenerArn},
		}
	}
	return pair
}

// newRole makes the role with which CodeDeploy moves this service's tasks and
// traffic; AWS's managed policy would let it move every service's.
func (b *BlueGreen) newRole(
	ctx *pulumi.Context, name string, args *BlueGreenArgs, application pulumi.StringOutput,
) (*role, error) {
	account, service := args.Environment.account, args.Service
	traffic := pulumi.StringArray{}
	listeners := []pulumi.StringOutput{args.Service.balancer.ListenerArn}
	if args.Service.balancer.HasTestListener() {
		listeners = append(listeners, args.Service.balancer.TestListenerArn)
	}
	for _, listener := range listeners {
		traffic = append(traffic, listener, rulesOf(listener))
	}
	assume := trust("codedeploy.amazonaws.com",
		sourceAccount(account.id),
		condition{"ArnLike", "aws:SourceArn", account.arn("codedeploy", "deploymentgroup:%s/*", application)},
	)
	statements := []statement{
		{sid: "Tasks",
			actions: []string{"ecs:DescribeServices", "ecs:CreateTaskSet", "ecs:UpdateServicePrimaryTaskSet", "ecs:DeleteTaskSet"},
			resources: pulumi.StringArray{
				service.arn(),
				account.arn("ecs", "task-set/%s/%s/*", service.environment.clusterName, service.name),
			}},
		// These have no resource types ("Actions, resources, and condition keys for AWS Elastic Load Balancing V2").
		{sid: "Look", resources: pulumi.StringArray{pulumi.String("*")}, actions: []string{
			"elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeListeners",
			"elasticloadbalancing:DescribeRules",
		}},
		{sid: "Traffic", resources: traffic,
			actions: []string{"elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyRule"}},
		passRole(args.Service),
	}
	if len(args.AlarmNames) > 0 {
		// All alarms of the account and region: a narrower resource hides composite alarms ("Amazon CloudWatch
		// permissions reference", Amazon CloudWatch User Guide).
		statements = append(statements, statement{sid: "Alarms", actions: []string{"cloudwatch:DescribeAlarms"},
			resources: pulumi.StringArray{account.arn("cloudwatch", "alarm:*")}})
	}
	return newRole(ctx, name+"-codedeploy", "Deploys "+name, assume, b, statements...)
}

// rulesOf is the ARN of all rules of a listener.
func rulesOf(listener pulumi.StringOutput) pulumi.StringOutput {
	return listener.ApplyT(func(arn string) string {
		return strings.Replace(arn, ":listener/", ":listener-rule/", 1) + "/*"
	}).(pulumi.StringOutput)
}

// passRole lets a role hand exactly the two roles of a service to ECS tasks.
func passRole(service *FargateService) statement {
	return statement{
		sid:       "PassRole",
		actions:   []string{"iam:PassRole"},
		resources: pulumi.StringArray{service.ExecutionRoleArn, service.TaskRoleArn},
		conditions: []condition{
			{"StringEquals", "iam:PassedToService", pulumi.String("ecs-tasks.amazonaws.com")},
		},
	}
}
