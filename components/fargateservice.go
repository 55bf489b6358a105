package components

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const fargateServiceType = "fargate-cd:components:FargateService"

// FargateServiceArgs are the inputs of a FargateService.
type FargateServiceArgs struct {
	ServiceSpec
	// Environment is where the service runs. Required.
	Environment *Environment
	// BlueGreen hands the deployments of the service to CodeDeploy. By default ECS itself replaces the tasks.
	BlueGreen bool
	// LogRetentionDays is how long the log of the containers is kept. By default 30.
	LogRetentionDays int `default:"30"`
}

// FargateService is a service on Fargate behind the load balancer of an
// Environment.
//
// The program owns the shape of its tasks and never their image: a deployment
// by the pipeline is no drift, and a change of shape keeps the running image.
type FargateService struct {
	pulumi.ResourceState

	ServiceName       pulumi.StringOutput `pulumi:"serviceName"`
	LogGroupName      pulumi.StringOutput `pulumi:"logGroupName"`
	ExecutionRoleArn  pulumi.StringOutput `pulumi:"executionRoleArn"`
	ExecutionRoleName pulumi.StringOutput `pulumi:"executionRoleName"`
	TaskRoleArn       pulumi.StringOutput `pulumi:"taskRoleArn"`
	// SecurityGroupID is the group of the tasks.
	SecurityGroupID pulumi.StringOutput `pulumi:"securityGroupId"`
	// BlueTargetGroupName is the target group of the first tasks, GreenTargetGroupName the one
	// that CodeDeploy fills next; the latter is the zero Output without BlueGreen.
	BlueTargetGroupName  pulumi.StringOutput `pulumi:"blueTargetGroupName"`
	GreenTargetGroupName pulumi.StringOutput `pulumi:"greenTargetGroupName"`
	// TaskDefinitionTemplate and AppSpec are the taskdef.json and appspec.yaml of
	// CodePipeline's CodeDeployToECS action.
	TaskDefinitionTemplate pulumi.StringOutput `pulumi:"taskDefinitionTemplate"`
	AppSpec                pulumi.StringOutput `pulumi:"appSpec"`

	name        string
	spec        ServiceSpec
	environment *Environment
	blueGreen   bool
	running     *running
}

// NewFargateService registers a FargateService; its name is the physical name
// of the service and of its container. It fails before registering anything
// when the arguments are not valid, or when AWS does not tell what runs now.
func NewFargateService(
	ctx *pulumi.Context, name string, args *FargateServiceArgs, opts ...pulumi.ResourceOption,
) (*FargateService, error) {
	if args == nil || args.Environment == nil {
		return nil, errors.New("the environment of FargateService " + name + " is missing")
	}
	given := *args
	SetDefaults(&given)
	var faults Faults
	ValidateServiceName("name", name, &faults)
	faults.Retention("logRetentionDays", given.LogRetentionDays)
	given.ServiceSpec.Validate("", &faults)
	if err := faults.Err(); err != nil {
		return nil, err
	}

	s := &FargateService{name: name, spec: given.ServiceSpec, environment: args.Environment, blueGreen: args.BlueGreen}
	if err := ctx.RegisterComponentResource(fargateServiceType, name, s, opts...); err != nil {
		return nil, fmt.Errorf("registering service %s: %w", name, err)
	}
	if !s.blueGreen {
		var err error
		if s.running, err = lookupRunning(ctx, args.Environment.clusterName, name, pulumi.Parent(s)); err != nil {
			return nil, err
		}
	}
	if err := s.register(ctx, given.LogRetentionDays); err != nil {
		return nil, fmt.Errorf("service %s: %w", name, err)
	}
	outputs := pulumi.Map{
		"serviceName": s.ServiceName, "logGroupName": s.LogGroupName,
		"executionRoleArn": s.ExecutionRoleArn, "executionRoleName": s.ExecutionRoleName, "taskRoleArn": s.TaskRoleArn,
		"securityGroupId": s.SecurityGroupID, "blueTargetGroupName": s.BlueTargetGroupName,
		"taskDefinitionTemplate": s.TaskDefinitionTemplate, "appSpec": s.AppSpec,
	}
	if s.blueGreen {
		outputs["greenTargetGroupName"] = s.GreenTargetGroupName
	}
	return s, ctx.RegisterResourceOutputs(s, outputs)
}

// register makes the children, in the order in which they need one another.
func (s *FargateService) register(ctx *pulumi.Context, logRetentionDays int) error {
	logs, err := cloudwatch.NewLogGroup(ctx, s.name+"-logs", &cloudwatch.LogGroupArgs{
		RetentionInDays: pulumi.Int(logRetentionDays),
	}, pulumi.Parent(s))
	if err != nil {
		return fmt.Errorf("creating log group: %w", err)
	}
	s.LogGroupName = logs.Name
	executionRole, err := s.newRoles(ctx, logs.Arn)
	if err != nil {
		return err
	}
	if err := s.newSecurityGroup(ctx); err != nil {
		return err
	}
	blue, rules, err := s.newTargets(ctx)
	if err != nil {
		return err
	}
	revision, err := s.newTaskDefinition(ctx)
	if err != nil {
		return err
	}
	s.TaskDefinitionTemplate = s.taskDefinitionTemplate()
	s.AppSpec = s.appSpec()
	return s.newService(ctx, revision, blue, append(rules, executionRole.ready()...))
}

// newRoles makes the role with which ECS starts the tasks, and the one that
// the application has, which may do nothing. The execution role may write the
// log; the right to pull an image is given by who makes the repository.
func (s *FargateService) newRoles(ctx *pulumi.Context, logGroupArn pulumi.StringOutput) (*role, error) {
	account := s.environment.account
	assume := trust("ecs-tasks.amazonaws.com",
		sourceAccount(account.id),
		condition{"ArnLike", "aws:SourceArn", account.arn("ecs", "*")},
	)
	execution, err := newRole(ctx, s.name+"-execution", "Starts the tasks of "+s.name, assume, s, statement{
		actions:   []string{"logs:CreateLogStream", "logs:PutLogEvents"},
		resources: pulumi.StringArray{pulumi.Sprintf("%s:*", logGroupArn)},
	})
	if err != nil {
		return nil, err
	}
	task, err := newRole(ctx, s.name+"-task", "What the application "+s.name+" may do", assume, s)
	if err != nil {
		return nil, err
	}
	s.ExecutionRoleArn, s.ExecutionRoleName, s.TaskRoleArn = execution.Arn, execution.Name, task.Arn
	return execution, nil
}

// newSecurityGroup makes the group of the tasks: only the load balancer comes
// in, on the container's port, and only the configured ports lead out.
func (s *FargateService) newSecurityGroup(ctx *pulumi.Context) error {
	group, err := ec2.NewSecurityGroup(ctx, s.name+"-tasks", &ec2.SecurityGroupArgs{
		Description: pulumi.String("Tasks of " + s.name),
		VpcId:       s.environment.VpcID,
	}, pulumi.Parent(s))
	if err != nil {
		return fmt.Errorf("creating security group: %w", err)
	}
	s.SecurityGroupID = group.ID().ToStringOutput()
	port := pulumi.Int(s.spec.ContainerPort)
	_, err = vpc.NewSecurityGroupIngressRule(ctx, s.name+"-from-alb", &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId:           s.SecurityGroupID,
		Description:               pulumi.String("Load balancer to the container port"),
		ReferencedSecurityGroupId: s.environment.LoadBalancerSecurityGroupID,
		IpProtocol:                pulumi.String("tcp"),
		FromPort:                  port,
		ToPort:                    port,
	}, pulumi.Parent(s))
	if err != nil {
		return fmt.Errorf("admitting the load balancer: %w", err)
	}
	_, err = vpc.NewSecurityGroupEgressRule(ctx, s.name+"-alb-to-tasks", &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId:           s.environment.LoadBalancerSecurityGroupID,
		Description:               pulumi.String("To the tasks of " + s.name),
		ReferencedSecurityGroupId: s.SecurityGroupID,
		IpProtocol:                pulumi.String("tcp"),
		FromPort:                  port,
		ToPort:                    port,
	}, pulumi.Parent(s))
	if err != nil {
		return fmt.Errorf("letting the load balancer out to the tasks: %w", err)
	}
	for _, out := range s.spec.EgressPorts {
		_, err = vpc.NewSecurityGroupEgressRule(ctx, fmt.Sprintf("%s-to-%d", s.name, out), &vpc.SecurityGroupEgressRuleArgs{
			SecurityGroupId: s.SecurityGroupID,
			Description:     pulumi.Sprintf("TCP %d to any network", out),
			CidrIpv4:        pulumi.String("0.0.0.0/0"),
			IpProtocol:      pulumi.String("tcp"),
			FromPort:        pulumi.Int(out),
			ToPort:          pulumi.Int(out),
		}, pulumi.Parent(s))
		if err != nil {
			return fmt.Errorf("letting the tasks out on port %d: %w", out, err)
		}
	}
	return nil
}

// newTargets makes the target groups and attaches each to a listener by a
// rule: ECS refuses a service whose target group has no load balancer.
func (s *FargateService) newTargets(ctx *pulumi.Context) (*lb.TargetGroup, []pulumi.Resource, error) {
	blue, err := s.newTargetGroup(ctx, s.name+"-blue")
	if err != nil {
		return nil, nil, err
	}
	s.BlueTargetGroupName = blue.Name
	production, err := s.newRule(ctx, s.name+"-production", s.environment.ListenerArn, blue)
	if err != nil || !s.blueGreen {
		return blue, []pulumi.Resource{production}, err
	}
	green, err := s.newTargetGroup(ctx, s.name+"-green")
	if err != nil {
		return nil, nil, err
	}
	s.GreenTargetGroupName = green.Name
	if !s.environment.HasTestListener() {
		return blue, []pulumi.Resource{production, green}, nil
	}
	test, err := s.newRule(ctx, s.name+"-test", s.environment.TestListenerArn, green)
	return blue, []pulumi.Resource{production, test}, err
}

func (s *FargateService) newTargetGroup(ctx *pulumi.Context, name string) (*lb.TargetGroup, error) {
	check := s.spec.HealthCheck
	group, err := lb.NewTargetGroup(ctx, name, &lb.TargetGroupArgs{
		VpcId:                      s.environment.VpcID,
		TargetType:                 pulumi.String("ip"),
		Protocol:                   pulumi.String("HTTP"),
		Port:                       pulumi.Int(s.spec.ContainerPort),
		DeregistrationDelay:        pulumi.Int(*s.spec.DeregistrationDelaySeconds),
		LoadBalancingAlgorithmType: pulumi.String(s.spec.LoadBalancingAlgorithm),
		HealthCheck: lb.TargetGroupHealthCheckArgs{
			Path:               pulumi.String(check.Path),
			Protocol:           pulumi.String("HTTP"),
			Interval:           pulumi.Int(check.IntervalSeconds),
			Timeout:            pulumi.Int(check.TimeoutSeconds),
			HealthyThreshold:   pulumi.Int(check.HealthyThreshold),
			UnhealthyThreshold: pulumi.Int(check.UnhealthyThreshold),
			Matcher:            pulumi.String(check.Matcher),
		},
	}, pulumi.Parent(s))
	if err != nil {
		return nil, fmt.Errorf("creating target group %s: %w", name, err)
	}
	return group, nil
}

// newRule forwards the service's paths from a listener. From then on CodeDeploy
// moves the traffic of a blue/green service, so the rule's actions are its own.
func (s *FargateService) newRule(
	ctx *pulumi.Context, name string, listenerArn pulumi.StringInput, group *lb.TargetGroup,
) (*lb.ListenerRule, error) {
	opts := []pulumi.ResourceOption{pulumi.Parent(s)}
	if s.blueGreen {
		opts = append(opts, pulumi.IgnoreChanges([]string{"actions"}))
	}
	rule, err := lb.NewListenerRule(ctx, name, &lb.ListenerRuleArgs{
		ListenerArn: listenerArn,
		Priority:    pulumi.Int(s.spec.Priority),
		Conditions: lb.ListenerRuleConditionArray{lb.ListenerRuleConditionArgs{
			PathPattern: lb.ListenerRuleConditionPathPatternArgs{Values: pulumi.ToStringArray(s.spec.PathPatterns)},
		}},
		Actions: lb.ListenerRuleActionArray{lb.ListenerRuleActionArgs{
			Type:           pulumi.String("forward"),
			TargetGroupArn: group.Arn,
		}},
	}, opts...)
	if err != nil {
		return nil, fmt.Errorf("creating listener rule %s: %w", name, err)
	}
	return rule, nil
}

// owned tells whether the running revision is the pipeline's to keep: it has
// the shape that the configuration asks for, and differs in its image at most.
// A blue/green service gets a new shape by a deployment of CodeDeploy only.
func (s *FargateService) owned() bool {
	if s.blueGreen {
		return true
	}
	wanted := s.spec.withBootstrap()
	return s.running != nil && s.running.shape == wanted.shape(s.name)
}

// newTaskDefinition registers the first revision, with the bootstrap image, and
// for a rolling service one with the running image whenever the shape changes.
func (s *FargateService) newTaskDefinition(ctx *pulumi.Context) (*ecs.TaskDefinition, error) {
	spec := s.spec.withBootstrap()
	image := spec.Image
	if s.running != nil {
		image = s.running.image
	}
	opts := []pulumi.ResourceOption{pulumi.Parent(s)}
	if s.owned() {
		opts = append(opts, pulumi.IgnoreChanges([]string{"containerDefinitions", "cpu", "memory", "executionRoleArn", "taskRoleArn"}))
	}
	revision, err := ecs.NewTaskDefinition(ctx, s.name, &ecs.TaskDefinitionArgs{
		Family:                  pulumi.String(s.family()),
		Cpu:                     pulumi.String(strconv.Itoa(spec.Cpu)),
		Memory:                  pulumi.String(strconv.Itoa(spec.Memory)),
		NetworkMode:             pulumi.String(networkMode),
		RequiresCompatibilities: pulumi.StringArray{pulumi.String(launchType)},
		RuntimePlatform: ecs.TaskDefinitionRuntimePlatformArgs{
			CpuArchitecture: pulumi.String(cpuArchitecture), OperatingSystemFamily: pulumi.String(operatingSystem),
		},
		ExecutionRoleArn: s.ExecutionRoleArn,
		TaskRoleArn:      s.TaskRoleArn,
		ContainerDefinitions: pulumi.All(s.LogGroupName, s.environment.account.region).ApplyT(func(known []any) (string, error) {
			container := spec.container(s.name, image)
			container.LogConfiguration = awslogs(known[0].(string), known[1].(string), s.name)
			text, err := json.Marshal([]containerDefinition{container})
			return string(text), err
		}).(pulumi.StringOutput),
	}, opts...)
	if err != nil {
		return nil, fmt.Errorf("registering task definition: %w", err)
	}
	return revision, nil
}

func (s *FargateService) family() string { return s.environment.clusterName + "-" + s.name }

func (s *FargateService) newService(
	ctx *pulumi.Context, revision *ecs.TaskDefinition, blue *lb.TargetGroup, needed []pulumi.Resource,
) error {
	args := &ecs.ServiceArgs{
		Name:                          pulumi.String(s.name),
		Cluster:                       s.environment.ClusterArn,
		TaskDefinition:                revision.Arn,
		LaunchType:                    pulumi.String(launchType),
		PlatformVersion:               pulumi.String("LATEST"),
		DesiredCount:                  pulumi.Int(*s.spec.DesiredCount),
		HealthCheckGracePeriodSeconds: pulumi.Int(*s.spec.HealthCheck.GracePeriodSeconds),
		EnableEcsManagedTags:          pulumi.Bool(true),
		PropagateTags:                 pulumi.String("SERVICE"),
		NetworkConfiguration: ecs.ServiceNetworkConfigurationArgs{
			Subnets:        s.environment.TaskSubnetIDs,
			SecurityGroups: pulumi.StringArray{s.SecurityGroupID},
			AssignPublicIp: pulumi.Bool(s.environment.spec.AssignPublicIP),
		},
		LoadBalancers: ecs.ServiceLoadBalancerArray{ecs.ServiceLoadBalancerArgs{
			TargetGroupArn: blue.Arn,
			ContainerName:  pulumi.String(s.name),
			ContainerPort:  pulumi.Int(s.spec.ContainerPort),
		}},
	}
	var ignored []string
	if s.blueGreen {
		args.DeploymentController = ecs.ServiceDeploymentControllerArgs{Type: pulumi.String("CODE_DEPLOY")}
		// ecs:UpdateService refuses these on a service of CodeDeploy; they reach it by taskdef.json and appspec.yaml.
		ignored = []string{"taskDefinition", "loadBalancers", "networkConfiguration", "platformVersion"}
	} else {
		args.DeploymentMinimumHealthyPercent = pulumi.Int(100)
		args.DeploymentMaximumPercent = pulumi.Int(200)
		args.DeploymentCircuitBreaker = ecs.ServiceDeploymentCircuitBreakerArgs{
			Enable: pulumi.Bool(true), Rollback: pulumi.Bool(true),
		}
		args.WaitForSteadyState = pulumi.Bool(true)
		if s.owned() {
			ignored = []string{"taskDefinition"}
		}
	}
	service, err := ecs.NewService(ctx, s.name, args,
		pulumi.Parent(s), pulumi.DependsOn(needed), pulumi.IgnoreChanges(ignored))
	if err != nil {
		return fmt.Errorf("creating service: %w", err)
	}
	s.ServiceName = service.Name
	return nil
}
