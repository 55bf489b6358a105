// Package fargateservice runs a service on ECS Fargate behind a load balancer of an
// environment.
package fargateservice

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/environment"
	"fargate-cd/internal/defaults"
	"fargate-cd/internal/problems"
)

const typeToken = "fargate-cd:components:FargateService"

// Args are the inputs of a FargateService.
type Args struct {
	Spec
	// Environment is the environment in which the service runs. Required.
	Environment *environment.Environment
	// BlueGreen makes CodeDeploy deploy the service. By default ECS itself replaces the tasks.
	BlueGreen bool
	// Rolling holds the limits of a deployment by ECS. With BlueGreen it must have its defaults.
	Rolling RollingSpec
	// Rollback holds the alarms that make ECS roll a deployment back. With BlueGreen it must be empty: the BlueGreen
	// component has the alarms.
	Rollback RollbackSpec
	// Internal puts the service on the environment's internal load balancer. By default it is on the public one.
	Internal bool
	// LogRetentionDays is the retention time of the containers' log, in days. By default 30.
	LogRetentionDays int `default:"30"`
	// SteadyTimeoutMinutes is the maximum time that an update waits for the desired number of healthy tasks, in
	// minutes, from 1 to 180. By default 20.
	SteadyTimeoutMinutes int `default:"20"`
	// Servers are services to which this one can connect, in any order. It connects to those that
	// serviceConnect.connectsTo names.
	Servers []*FargateService
	// State is the result of Read for the service. By default New calls Read itself. A program with many services calls
	// Read concurrently for all of them.
	State *State
}

// FargateService is a service on Fargate behind a load balancer of an
// Environment.
//
// The program owns the shape of the tasks, the pipeline owns their image. A
// deployment by the pipeline is not drift, and a change of the shape keeps the
// running image.
type FargateService struct {
	pulumi.ResourceState

	// ServiceName is the name of the ECS service. It is known once the service exists.
	ServiceName pulumi.StringOutput `pulumi:"serviceName"`
	// TaskDefinitionArn is the ARN of the revision that the service ran at the end of the last update.
	TaskDefinitionArn pulumi.StringOutput `pulumi:"taskDefinitionArn"`
	// LogGroupName is the name of the log group of the containers.
	LogGroupName pulumi.StringOutput `pulumi:"logGroupName"`
	// ExecutionRoleArn and ExecutionRoleName identify the task execution role, with which ECS starts the tasks.
	ExecutionRoleArn  pulumi.StringOutput `pulumi:"executionRoleArn"`
	ExecutionRoleName pulumi.StringOutput `pulumi:"executionRoleName"`
	// TaskRoleArn and TaskRoleName identify the task role, which the application uses. It has the configured permissions.
	TaskRoleArn  pulumi.StringOutput `pulumi:"taskRoleArn"`
	TaskRoleName pulumi.StringOutput `pulumi:"taskRoleName"`
	// SecurityGroupID is the id of the security group of the tasks.
	SecurityGroupID pulumi.StringOutput `pulumi:"securityGroupId"`
	// BlueTargetGroupName is the name of the target group of the first tasks. GreenTargetGroupName is the name of the
	// target group of the first CodeDeploy deployment; it is the zero Output without BlueGreen. A worker has neither.
	BlueTargetGroupName  pulumi.StringOutput `pulumi:"blueTargetGroupName"`
	GreenTargetGroupName pulumi.StringOutput `pulumi:"greenTargetGroupName"`
	// BlueTargetGroupArn and GreenTargetGroupArn are the ARNs of the target groups. GreenTargetGroupArn is the zero
	// Output without BlueGreen.
	BlueTargetGroupArn  pulumi.StringOutput `pulumi:"blueTargetGroupArn"`
	GreenTargetGroupArn pulumi.StringOutput `pulumi:"greenTargetGroupArn"`
	// BlueTargetGroupArnSuffix and GreenTargetGroupArnSuffix are the names of the target groups in the dimensions of
	// CloudWatch metrics. GreenTargetGroupArnSuffix is the zero Output without BlueGreen.
	BlueTargetGroupArnSuffix  pulumi.StringOutput `pulumi:"blueTargetGroupArnSuffix"`
	GreenTargetGroupArnSuffix pulumi.StringOutput `pulumi:"greenTargetGroupArnSuffix"`
	// TaskDefinitionTemplate and AppSpec are the taskdef.json and appspec.yaml of
	// CodePipeline's CodeDeployToECS action.
	TaskDefinitionTemplate pulumi.StringOutput `pulumi:"taskDefinitionTemplate"`
	AppSpec                pulumi.StringOutput `pulumi:"appSpec"`

	name        string
	spec        Spec
	environment *environment.Environment
	balancer    *environment.LoadBalancer
	blueGreen   bool
	rolling     RollingSpec
	rollback    RollbackSpec
	alarmNames  pulumi.StringArrayInput // of rollback, including the alarm on 5xx responses
	errorAlarm  *cloudwatch.MetricAlarm
	servers     []*FargateService // services to which the tasks connect
	service     *ecs.Service
	running     *running // state of the service when the program began; nil if there was none
	// retryRevision is the value of retryLabel in taskdef.json; empty for none.
	retryRevision string
	// baseline is the state of the service immediately before the program registered a revision; nil if it registers
	// none.
	baseline      *running
	steadyTimeout time.Duration
}

// New registers a FargateService. Its name is the physical name of the service and
// of its container. New fails before it registers anything when the arguments are
// not valid, or when it cannot read the state of the service from AWS.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*FargateService, error) {
	if args == nil || args.Environment == nil {
		return nil, errors.New("the environment of FargateService " + name + " is missing")
	}
	given := *args
	defaults.Set(&given)
	if err := given.validate(name); err != nil {
		return nil, err
	}
	s := &FargateService{
		name: name, spec: given.Spec, environment: given.Environment, balancer: given.balancer(), blueGreen: given.BlueGreen,
		rolling: given.Rolling, rollback: given.Rollback,
		steadyTimeout: time.Duration(given.SteadyTimeoutMinutes) * time.Minute, servers: given.connected(),
	}
	state := given.State
	if state == nil {
		var err error
		if state, err = Read(ctx.Context(), given.Environment, name); err != nil {
			return nil, err
		}
	}
	s.running = state.running
	if err := s.checkChange(); err != nil {
		return nil, err
	}
	if err := s.retryDeployment(ctx); err != nil {
		return nil, err
	}
	if err := ctx.RegisterComponentResource(typeToken, name, s, opts...); err != nil {
		return nil, fmt.Errorf("registering service %s: %w", name, err)
	}
	if err := s.register(ctx, given.LogRetentionDays); err != nil {
		return nil, fmt.Errorf("service %s: %w", name, err)
	}
	outputs := pulumi.Map{
		"serviceName": s.ServiceName, "taskDefinitionArn": s.TaskDefinitionArn, "logGroupName": s.LogGroupName,
		"executionRoleArn": s.ExecutionRoleArn, "executionRoleName": s.ExecutionRoleName, "taskRoleArn": s.TaskRoleArn,
		"taskRoleName": s.TaskRoleName, "securityGroupId": s.SecurityGroupID,
		"taskDefinitionTemplate": s.TaskDefinitionTemplate, "appSpec": s.AppSpec,
	}
	s.addTargetGroups(outputs)
	return s, ctx.RegisterResourceOutputs(s, outputs)
}

// validate reports all problems of the arguments of the service with the given name.
func (a *Args) validate(name string) error {
	var found problems.List
	ValidateName("name", name, &found)
	found.Retention("logRetentionDays", a.LogRetentionDays)
	ValidateSteadyTimeout("steadyTimeoutMinutes", a.SteadyTimeoutMinutes, &found)
	a.Spec.Validate("", &found)
	a.ValidateContainers("", name, &found)
	a.ValidateDeployment("", a.BlueGreen, &found)
	a.Rolling.Validate("rolling.", &a.Spec, a.BlueGreen, &found)
	a.validateConnectArgs(&found)
	a.validateRollback(&found)
	a.validateEnvironment(&found)
	return found.Err()
}

// validateEnvironment checks the settings that depend on the environment. Of an existing environment, the protocol and
// the names in the certificate are not known.
func (a *Args) validateEnvironment(found *problems.List) {
	env, settings := a.Environment, a.Environment.Spec()
	if !a.Worker() && a.balancer() == nil {
		kind := environment.LoadBalancerPublic
		if a.Internal {
			kind = environment.LoadBalancerInternal
		}
		found.Add("internal", a.Internal, "the environment has no %s load balancer", kind)
	}
	a.ValidateImages("", env.EndpointsOnly(), found)
	a.ValidateExecIn("", env, "create the environment with Exec: true", found)
	a.ValidateProtocol("", settings.HTTPS() || env.Existing(), found)
	if !a.Internal || env.InternalClients() { // otherwise only an API reaches the service, which verifies the domain name
		a.ValidateHosts("", &settings, found)
	}
}

// balancer returns the load balancer that forwards to the service; nil for a worker.
func (a *Args) balancer() *environment.LoadBalancer {
	switch {
	case a.Worker():
		return nil
	case a.Internal:
		return a.Environment.Internal
	default:
		return a.Environment.Public
	}
}

// checkChange returns an error if the update would change the running service in a way that AWS or its tasks do not
// allow.
func (s *FargateService) checkChange() error {
	for _, check := range []func() error{s.checkArchitecture, s.checkProtocol, s.checkConnect, s.checkBalancer} {
		if err := check(); err != nil {
			return err
		}
	}
	if s.replacesService() && len(s.running.others) > 0 {
		return s.firstDeploymentError()
	}
	return nil
}

// register creates the children in the order of their dependencies.
func (s *FargateService) register(ctx *pulumi.Context, logRetentionDays int) error {
	logs, err := s.newLogGroup(ctx, logRetentionDays)
	if err != nil {
		return err
	}
	roles, err := s.newRoles(ctx, logs.Arn)
	if err != nil {
		return err
	}
	rules, err := s.newSecurityGroup(ctx)
	if err != nil {
		return err
	}
	var blue *lb.TargetGroup // nil for a worker
	var attached []pulumi.Resource
	if !s.spec.Worker() {
		if blue, attached, err = s.newTargets(ctx); err != nil {
			return err
		}
	}
	additional, more, err := s.newAdditionalTargets(ctx)
	if err != nil {
		return err
	}
	if s.alarmNames, err = s.NewRollbackAlarms(ctx, &s.rollback, s); err != nil {
		return err
	}
	dependencies := slices.Concat(rules, attached, more, roles, s.environment.Egress())
	revision, err := s.newTaskDefinition(ctx, dependencies)
	if err != nil {
		return err
	}
	s.TaskDefinitionTemplate = s.taskDefinitionTemplate()
	s.AppSpec = s.appSpec()
	if err := s.newService(ctx, revision, blue, additional, dependencies); err != nil {
		return err
	}
	if err := s.newSchedule(ctx, revision); err != nil {
		return err
	}
	return s.newScaling(ctx, blue)
}

// Name returns the name of the service, which is known before anything is registered.
func (s *FargateService) Name() string { return s.name }

// Environment returns the environment in which the service runs.
func (s *FargateService) Environment() *environment.Environment { return s.environment }

// LoadBalancer returns the load balancer that forwards to the service, or nil for a worker.
func (s *FargateService) LoadBalancer() *environment.LoadBalancer { return s.balancer }

// BlueGreen reports whether CodeDeploy deploys the service.
func (s *FargateService) BlueGreen() bool { return s.blueGreen }

// Architecture returns the CPU architecture of the tasks, ArchitectureX86 or ArchitectureARM.
func (s *FargateService) Architecture() string { return s.spec.Architecture }

// Exists reports whether the service existed in AWS when the program began.
func (s *FargateService) Exists() bool { return s.running != nil }

// DeploymentTimeoutMinutes returns the maximum time that the pipeline waits for a rolling deployment, in minutes.
func (s *FargateService) DeploymentTimeoutMinutes() int {
	return s.spec.deploymentTimeoutMinutes(&s.rolling, s.rollback.HasAlarms())
}

// Arn returns the ARN of the service, built from its name.
func (s *FargateService) Arn() pulumi.StringOutput {
	return s.environment.ServiceArn(s.name)
}

// Family returns the family of the service's task definitions.
func (s *FargateService) Family() string { return s.environment.FixedName() + "-" + s.name }
