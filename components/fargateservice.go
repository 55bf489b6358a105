package components

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
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
	// Internal puts the service on the environment's internal load balancer. By default it is on the public one.
	Internal bool
	// LogRetentionDays is how long the log of the containers is kept. By default 30.
	LogRetentionDays int `default:"30"`
}

// FargateService is a service on Fargate behind a load balancer of an
// Environment.
//
// The program owns the shape of its tasks and never their image: a deployment
// by the pipeline is no drift, and a change of shape keeps the running image.
type FargateService struct {
	pulumi.ResourceState

	ServiceName pulumi.StringOutput `pulumi:"serviceName"`
	// TaskDefinitionArn is the revision that the service runs, as far as the last update knows.
	TaskDefinitionArn pulumi.StringOutput `pulumi:"taskDefinitionArn"`
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
	balancer    *LoadBalancer
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
	balancer := args.Environment.Public
	if given.Internal {
		balancer = args.Environment.Internal
	}
	if balancer == nil {
		faults.Add("internal", given.Internal, "the load balancers of the environment have none of that kind")
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}

	s := &FargateService{
		name: name, spec: given.ServiceSpec, environment: args.Environment, balancer: balancer, blueGreen: args.BlueGreen,
	}
	if err := ctx.RegisterComponentResource(fargateServiceType, name, s, opts...); err != nil {
		return nil, fmt.Errorf("registering service %s: %w", name, err)
	}
	var err error
	if s.running, err = lookupRunning(ctx, args.Environment.clusterName, name, pulumi.Parent(s)); err != nil {
		return nil, err
	}
	if err := s.register(ctx, given.LogRetentionDays); err != nil {
		return nil, fmt.Errorf("service %s: %w", name, err)
	}
	outputs := pulumi.Map{
		"serviceName": s.ServiceName, "taskDefinitionArn": s.TaskDefinitionArn, "logGroupName": s.LogGroupName,
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
	reachable, err := s.newSecurityGroup(ctx)
	if err != nil {
		return err
	}
	blue, attached, err := s.newTargets(ctx)
	if err != nil {
		return err
	}
	revision, err := s.newTaskDefinition(ctx)
	if err != nil {
		return err
	}
	s.TaskDefinitionTemplate = s.taskDefinitionTemplate()
	s.AppSpec = s.appSpec()
	return s.newService(ctx, revision, blue, slices.Concat(reachable, attached, executionRole.ready()))
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

// owned tells whether the running revision is the pipeline's to keep, so that
// the program changes nothing of it. A rolling service's is when it has the
// shape that the configuration asks for, and differs in its image at most. A
// blue/green service's always is, as it gets a new shape by a deployment only.
//
// A service that changes its controller is made anew, with the running image.
func (s *FargateService) owned() bool {
	if s.running == nil {
		return false
	}
	if made := s.running.controller; made != "" && made != s.controller() {
		return false
	}
	wanted := s.spec.withBootstrap()
	return s.blueGreen || s.running.shape == wanted.shape(s.name)
}

func (s *FargateService) controller() string {
	if s.blueGreen {
		return controllerCodeDeploy
	}
	return controllerECS
}

// newTaskDefinition registers the first revision, with the bootstrap image, and
// for a rolling service one with the running image whenever the shape changes.
func (s *FargateService) newTaskDefinition(ctx *pulumi.Context) (*ecs.TaskDefinition, error) {
	spec := s.spec.withBootstrap()
	image := spec.Image
	if s.running != nil {
		image = s.running.image
	}
	var ignored []string
	if s.owned() {
		ignored = []string{"containerDefinitions", "cpu", "memory", "executionRoleArn", "taskRoleArn"}
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
			container := s.container(&spec, image, known[0].(string), known[1].(string))
			return jsonText([]containerDefinition{container})
		}).(pulumi.StringOutput),
	}, pulumi.Parent(s), pulumi.IgnoreChanges(ignored))
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
	if s.owned() {
		ignored = []string{"taskDefinition"}
	}
	if s.blueGreen {
		args.DeploymentController = ecs.ServiceDeploymentControllerArgs{Type: pulumi.String(controllerCodeDeploy)}
		// ecs:UpdateService refuses these on a service of CodeDeploy; they reach it by taskdef.json and appspec.yaml.
		ignored = append(ignored, "loadBalancers", "networkConfiguration", "platformVersion")
	} else {
		args.DeploymentMinimumHealthyPercent = pulumi.Int(100)
		args.DeploymentMaximumPercent = pulumi.Int(200)
		args.DeploymentCircuitBreaker = ecs.ServiceDeploymentCircuitBreakerArgs{
			Enable: pulumi.Bool(true), Rollback: pulumi.Bool(true),
		}
		args.WaitForSteadyState = pulumi.Bool(true)
	}
	service, err := ecs.NewService(ctx, s.name, args,
		pulumi.Parent(s), pulumi.DependsOn(needed), pulumi.IgnoreChanges(ignored))
	if err != nil {
		return fmt.Errorf("creating service: %w", err)
	}
	s.ServiceName = service.Name
	s.TaskDefinitionArn = s.deployed(ctx, service, revision)
	return nil
}

// deployed is the revision that the service runs. It is an error when the
// program asked for a new one and ECS went back to another: the service is
// steady again then, which the provider takes for success.
func (s *FargateService) deployed(ctx *pulumi.Context, service *ecs.Service, revision *ecs.TaskDefinition) pulumi.StringOutput {
	if s.blueGreen || s.owned() || ctx.DryRun() {
		return service.TaskDefinition.Elem()
	}
	return pulumi.All(service.ID(), revision.Arn).ApplyT(func(known []any) (string, error) {
		wanted := known[1].(string)
		found, err := ecs.LookupService(ctx, &ecs.LookupServiceArgs{
			ClusterArn: s.environment.clusterName, ServiceName: s.name,
		}, pulumi.Parent(s))
		if err != nil {
			return "", fmt.Errorf("asking whether service %s runs %s: %w", s.name, wanted, err)
		}
		if found.TaskDefinition != wanted {
			return "", fmt.Errorf("ECS rolled service %s back from %s to %s: the service's events and its log group tell why; "+
				"mend the cause and run up again", s.name, wanted, found.TaskDefinition)
		}
		return wanted, nil
	}).(pulumi.StringOutput)
}
