package components

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/environment"
	"fargate-cd/internal/defaults"
	"fargate-cd/internal/deterministic"
	"fargate-cd/internal/policy"
	"fargate-cd/internal/problems"
)

const fargateServiceType = "fargate-cd:components:FargateService"

// FargateServiceArgs are the inputs of a FargateService.
type FargateServiceArgs struct {
	ServiceSpec
	// Environment is where the service runs. Required.
	Environment *environment.Environment
	// BlueGreen hands the deployments of the service to CodeDeploy. By default ECS itself replaces the tasks.
	BlueGreen bool
	// Internal puts the service on the environment's internal load balancer. By default it is on the public one.
	Internal bool
	// LogRetentionDays is how long the log of the containers is kept. By default 30.
	LogRetentionDays int `default:"30"`
	// SteadyTimeoutMinutes is how long an update waits until the service runs as many healthy tasks as it should,
	// 1 to 180. By default 20.
	SteadyTimeoutMinutes int `default:"20"`
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
	// BlueTargetGroupArnSuffix and GreenTargetGroupArnSuffix are how CloudWatch's metrics name these
	// groups; the latter is the zero Output without BlueGreen.
	BlueTargetGroupArnSuffix  pulumi.StringOutput `pulumi:"blueTargetGroupArnSuffix"`
	GreenTargetGroupArnSuffix pulumi.StringOutput `pulumi:"greenTargetGroupArnSuffix"`
	// TaskDefinitionTemplate and AppSpec are the taskdef.json and appspec.yaml of
	// CodePipeline's CodeDeployToECS action.
	TaskDefinitionTemplate pulumi.StringOutput `pulumi:"taskDefinitionTemplate"`
	AppSpec                pulumi.StringOutput `pulumi:"appSpec"`

	name        string
	spec        ServiceSpec
	environment *environment.Environment
	balancer    *environment.LoadBalancer
	blueGreen   bool
	running     *running // when the program began
	base        *running // immediately before the program registered a revision; nil if it registers none
	patience    time.Duration
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
	defaults.Set(&given)
	var found problems.List
	ValidateServiceName("name", name, &found)
	found.Retention("logRetentionDays", given.LogRetentionDays)
	ValidateSteadyTimeout("steadyTimeoutMinutes", given.SteadyTimeoutMinutes, &found)
	given.ServiceSpec.Validate("", &found)
	balancer := args.Environment.Public
	if given.Internal {
		balancer = args.Environment.Internal
	}
	if balancer == nil {
		found.Add("internal", given.Internal, "the load balancers of the environment have none of that kind")
	}
	if err := found.Err(); err != nil {
		return nil, err
	}

	s := &FargateService{
		name: name, spec: given.ServiceSpec, environment: args.Environment, balancer: balancer, blueGreen: args.BlueGreen,
		patience: time.Duration(given.SteadyTimeoutMinutes) * time.Minute,
	}
	var err error
	if s.running, err = lookupRunning(ctx.Context(), s.environment.ECS(), s.environment.Cluster(), name); err != nil {
		return nil, err
	}
	if err := s.keepsArchitecture(); err != nil {
		return nil, err
	}
	if s.replaced() && len(s.running.others) > 0 {
		return nil, fmt.Errorf("service %s still has its first deployment in progress, which a change of its configuration "+
			"would end. Run up again when the deployment is over", name)
	}
	if err := ctx.RegisterComponentResource(fargateServiceType, name, s, opts...); err != nil {
		return nil, fmt.Errorf("registering service %s: %w", name, err)
	}
	if err := s.register(ctx, given.LogRetentionDays); err != nil {
		return nil, fmt.Errorf("service %s: %w", name, err)
	}
	outputs := pulumi.Map{
		"serviceName": s.ServiceName, "taskDefinitionArn": s.TaskDefinitionArn, "logGroupName": s.LogGroupName,
		"executionRoleArn": s.ExecutionRoleArn, "executionRoleName": s.ExecutionRoleName, "taskRoleArn": s.TaskRoleArn,
		"securityGroupId": s.SecurityGroupID, "blueTargetGroupName": s.BlueTargetGroupName,
		"blueTargetGroupArnSuffix": s.BlueTargetGroupArnSuffix,
		"taskDefinitionTemplate":   s.TaskDefinitionTemplate, "appSpec": s.AppSpec,
	}
	if s.blueGreen {
		outputs["greenTargetGroupName"] = s.GreenTargetGroupName
		outputs["greenTargetGroupArnSuffix"] = s.GreenTargetGroupArnSuffix
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
	needed := slices.Concat(reachable, attached, executionRole.Ready())
	revision, err := s.newTaskDefinition(ctx, needed)
	if err != nil {
		return err
	}
	s.TaskDefinitionTemplate = s.taskDefinitionTemplate()
	s.AppSpec = s.appSpec()
	return s.newService(ctx, revision, blue, needed)
}

// newRoles makes the role with which ECS starts the tasks, and the one that
// the application has, which may do nothing. The execution role may write the
// log; the right to pull an image is given by who makes the repository.
func (s *FargateService) newRoles(ctx *pulumi.Context, logGroupArn pulumi.StringOutput) (*policy.Role, error) {
	account := s.environment.Account
	assume := policy.Trust("ecs-tasks.amazonaws.com",
		policy.SourceAccount(account.ID),
		policy.If("ArnLike", "aws:SourceArn", account.Arn("ecs", "*")),
	)
	execution, err := policy.NewRole(ctx, s.name+"-execution", "Starts the tasks of "+s.name, assume, s, policy.Statement{
		Actions:   []string{"logs:CreateLogStream", "logs:PutLogEvents"},
		Resources: pulumi.StringArray{pulumi.Sprintf("%s:*", logGroupArn)},
	})
	if err != nil {
		return nil, err
	}
	task, err := policy.NewRole(ctx, s.name+"-task", "What the application "+s.name+" may do", assume, s)
	if err != nil {
		return nil, err
	}
	s.ExecutionRoleArn, s.ExecutionRoleName, s.TaskRoleArn = execution.Arn, execution.Name, task.Arn
	return execution, nil
}

// owned reports whether the program must leave the running revision unchanged.
// It must where the revision has the configured shape and differs only in its
// image, and always where CodeDeploy deploys, as only a deployment changes the
// revision there.
//
// As long as the bootstrap image runs, no deployment has happened: the program
// owns the whole revision, and a changed image matters. So does one with which
// ECS gave up, as only another revision makes ECS start tasks again.
func (s *FargateService) owned() bool {
	if s.running == nil || s.changesController() || s.running.rollout == types.DeploymentRolloutStateFailed {
		return false
	}
	same := s.running.shape() == s.shape()
	if s.running.bootstrap() {
		return same && s.running.image == s.spec.withBootstrap().Image
	}
	return s.blueGreen || same
}

// changesController reports whether the service that runs has another
// deployment controller. ECS cannot change that: the service is replaced, with
// the image that runs.
func (s *FargateService) changesController() bool {
	made := s.running.controller()
	return made != "" && made != s.controller()
}

// replaced reports whether the update replaces a blue/green service that still
// runs the bootstrap image. ECS refuses to update the revision of such a
// service, and the pipeline has no image to deploy yet.
func (s *FargateService) replaced() bool {
	return s.blueGreen && s.running.bootstrap() && !s.changesController() && !s.owned()
}

func (s *FargateService) controller() string {
	if s.blueGreen {
		return controllerCodeDeploy
	}
	return controllerECS
}

// shape is the fingerprint of the configured shape.
func (s *FargateService) shape() string { return s.spec.shape(s.name) }

// newTaskDefinition registers the first revision, with the bootstrap image, and
// for a rolling service one with the running image whenever the shape changes.
// A revision is never deregistered: a service or a rollback may still need it,
// and ECS deploys no inactive one (DeregisterTaskDefinition, Amazon ECS API Reference).
func (s *FargateService) newTaskDefinition(ctx *pulumi.Context, needed []pulumi.Resource) (*ecs.TaskDefinition, error) {
	var ignored []string
	if s.owned() {
		ignored = []string{"containerDefinitions", "cpu", "memory", "runtimePlatform", "executionRoleArn", "taskRoleArn"}
	}
	values := []any{s.LogGroupName, s.environment.Account.Region}
	if !ctx.DryRun() {
		// The image is read last of all, immediately before the service is updated.
		for _, each := range needed {
			values = append(values, each.URN())
			if custom, ok := each.(pulumi.CustomResource); ok {
				values = append(values, custom.ID())
			}
		}
	}
	revision, err := ecs.NewTaskDefinition(ctx, s.name, &ecs.TaskDefinitionArgs{
		Family:                  pulumi.String(s.family()),
		Cpu:                     pulumi.String(strconv.Itoa(s.spec.Cpu)),
		Memory:                  pulumi.String(strconv.Itoa(s.spec.Memory)),
		NetworkMode:             pulumi.String(networkMode),
		RequiresCompatibilities: pulumi.StringArray{pulumi.String(launchType)},
		RuntimePlatform: ecs.TaskDefinitionRuntimePlatformArgs{
			CpuArchitecture: pulumi.String(s.spec.Architecture), OperatingSystemFamily: pulumi.String(operatingSystem),
		},
		ExecutionRoleArn: s.ExecutionRoleArn,
		TaskRoleArn:      s.TaskRoleArn,
		SkipDestroy:      pulumi.Bool(true),
		ContainerDefinitions: pulumi.All(values...).ApplyT(func(known []any) (string, error) {
			container, err := s.nextContainer(ctx)
			if err != nil {
				return "", err
			}
			container.LogConfiguration = s.logConfiguration(known[0].(string), known[1].(string))
			return deterministic.JSON([]containerDefinition{container})
		}).(pulumi.StringOutput),
	}, pulumi.Parent(s), pulumi.DependsOn(needed), pulumi.IgnoreChanges(ignored))
	if err != nil {
		return nil, fmt.Errorf("registering task definition: %w", err)
	}
	return revision, nil
}

// nextContainer is the container of the revision to register. It has the
// configured image as long as no deployment has replaced that one, and the
// running image from then on.
func (s *FargateService) nextContainer(ctx *pulumi.Context) (containerDefinition, error) {
	now := s.running
	if !s.owned() && !ctx.DryRun() {
		// A deployment may have ended since the program began: its image must stay.
		var err error
		if now, err = lookupRunning(ctx.Context(), s.environment.ECS(), s.environment.Cluster(), s.name); err != nil {
			return containerDefinition{}, err
		}
		s.base = now
	}
	if now != nil && !now.bootstrap() {
		return s.distinct(ctx, s.container(&s.spec, now.image))
	}
	spec := s.spec.withBootstrap()
	container := s.container(&spec, spec.Image)
	container.DockerLabels[bootstrapLabel] = spec.Image
	return s.distinct(ctx, container)
}

// distinct labels a container that the newest revision of the family has
// already, but that does not run: ECS went back from it, or gave up. Only
// another revision makes an update try again.
func (s *FargateService) distinct(ctx *pulumi.Context, container containerDefinition) (containerDefinition, error) {
	if s.owned() || s.running == nil {
		return container, nil
	}
	newest, err := describeRevision(ctx.Context(), s.environment.ECS(), s.family(), s.name)
	if err != nil {
		return container, err
	}
	same := func(label string) bool { return newest.labels[label] == container.DockerLabels[label] }
	if newest.image == container.Image && same(shapeLabel) && same(controllerLabel) {
		container.DockerLabels[retryLabel] = strconv.Itoa(newest.number)
	}
	return container, nil
}

// arn is the ARN of the service, which its name determines.
func (s *FargateService) arn() pulumi.StringOutput {
	return s.environment.Account.Arn("ecs", "service/%s/%s", s.environment.Cluster(), s.name)
}

func (s *FargateService) family() string { return s.environment.Cluster() + "-" + s.name }

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
			AssignPublicIp: pulumi.Bool(s.environment.AssignPublicIP()),
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
	}
	options := []pulumi.ResourceOption{pulumi.Parent(s), pulumi.DependsOn(needed), pulumi.IgnoreChanges(ignored)}
	if s.replaced() {
		options = append(options, pulumi.ReplaceOnChanges([]string{"taskDefinition"}), pulumi.DeleteBeforeReplace(true))
	}
	service, err := ecs.NewService(ctx, s.name, args, options...)
	if err != nil {
		return fmt.Errorf("creating service: %w", err)
	}
	s.ServiceName = service.Name
	s.TaskDefinitionArn = s.deployed(ctx, service, revision)
	return nil
}
