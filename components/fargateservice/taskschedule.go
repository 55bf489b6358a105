package fargateservice

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/scheduler"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/defaults"
	"fargate-cd/internal/policy"
	"fargate-cd/internal/problems"
)

// TaskScheduleSpec starts a task at certain times, instead of a service that always runs. If a task cannot start,
// EventBridge Scheduler retries for an hour.
type TaskScheduleSpec struct {
	// Expression is the schedule expression: a rate such as rate(6 hours), or an AWS cron expression with six fields
	// (minutes, hours, day of the month, month, day of the week, year) such as cron(0 3 * * ? *). Required.
	Expression string `json:"expression"`
	// Timezone is the time zone of a cron expression, such as Europe/Berlin.
	Timezone string `json:"timezone" default:"UTC"`
	// Enabled turns the schedule on; false pauses it.
	Enabled *bool `json:"enabled" default:"true"`
}

// Expressions of EventBridge Scheduler ("Schedule types in EventBridge Scheduler", its User Guide).
var (
	ratePattern     = regexp.MustCompile(`^rate\([1-9][0-9]* (minutes?|hours?|days?)\)$`)
	cronCallPattern = regexp.MustCompile(`^cron\((.*)\)$`)
)

// Scheduled reports whether only a schedule starts tasks.
func (s *Spec) Scheduled() bool { return s.Schedule != nil }

// validateSchedule reports invalid values of the schedule, and settings that do not apply to scheduled tasks.
func (s *Spec) validateSchedule(prefix string, found *problems.List) {
	if !s.Scheduled() {
		return
	}
	schedule := s.Schedule
	cron := cronCallPattern.FindStringSubmatch(schedule.Expression)
	switch {
	case ratePattern.MatchString(schedule.Expression):
	case cron != nil && cronPattern.MatchString(cron[1]):
		validateDays(prefix+"schedule.expression", schedule.Expression, cron[1], found)
	default:
		found.Add(prefix+"schedule.expression", schedule.Expression, "a rate such as rate(6 hours), or a cron expression with six fields "+
			"(minutes, hours, day of the month, month, day of the week, year) such as cron(0 3 * * ? *)")
	}
	validateTimezone(prefix+"schedule.timezone", schedule.Timezone, found)
	const allowed = "it cannot be combined with schedule, because only the schedule starts tasks"
	var standard Spec
	defaults.Set(&standard)
	if len(s.PathPatterns) > 0 && !slices.Equal(s.PathPatterns, standard.PathPatterns) {
		found.Add(prefix+"pathPatterns", s.PathPatterns, allowed)
	}
	if s.DesiredCount != nil && *s.DesiredCount != 0 {
		found.Add(prefix+"desiredCount", *s.DesiredCount, allowed)
	}
	if s.Scaling != nil {
		found.Conflict(prefix+"scaling", allowed)
	}
}

// maxStartDelay is the maximum delay of a task after its scheduled time, in seconds.
const maxStartDelay = 3600

// newSchedule creates the schedule that starts the tasks, if the service has one.
//
// The ECS service of a scheduled task has no tasks. It holds the revision, so that a pipeline can deploy to it as to
// any service, and a change of the configuration keeps the image. The schedule names the family without a revision.
// Then ECS runs the newest revision (RunTask, Amazon ECS API Reference), which is the last deployed one.
func (s *FargateService) newSchedule(ctx *pulumi.Context, revision *ecs.TaskDefinition) error {
	if !s.spec.Scheduled() {
		return nil
	}
	account, schedule := s.environment.Account, s.spec.Schedule
	family := account.Arn("ecs", "task-definition/%s", s.Family())
	// aws:SourceArn is the ARN of the schedule group ("Confused deputy prevention in EventBridge Scheduler", its User
	// Guide).
	assume := policy.Trust("scheduler.amazonaws.com", policy.SourceAccount(account.ID),
		policy.If("ArnEquals", "aws:SourceArn", account.Arn("scheduler", "schedule-group/default")))
	// ECS tags a task with managed or propagated tags when it starts, which requires ecs:TagResource ("Grant permission
	// to tag resources on creation", Amazon ECS Developer Guide).
	role, err := policy.NewRole(ctx, s.name+"-schedule", "Starts the tasks of "+s.name, assume, s,
		policy.Statement{
			Sid: "Run", Actions: []string{"ecs:RunTask"}, Resources: pulumi.StringArray{pulumi.Sprintf("%s:*", family)},
			Conditions: []policy.Condition{policy.If("ArnEquals", "ecs:cluster", s.environment.ClusterArn)},
		},
		policy.Statement{
			Sid: "Tag", Actions: []string{"ecs:TagResource"}, Resources: pulumi.StringArray{account.Arn("ecs", "task/%s/*", s.environment.Cluster())},
			Conditions: []policy.Condition{policy.If("StringEquals", "ecs:CreateAction", pulumi.String("RunTask"))},
		},
		s.PassRoles(),
	)
	if err != nil {
		return err
	}
	state := "DISABLED"
	if *schedule.Enabled {
		state = "ENABLED"
	}
	target := scheduler.ScheduleTargetEcsParametersArgs{
		TaskDefinitionArn:    family,
		TaskCount:            pulumi.Int(1),
		Group:                pulumi.String(s.Family()),
		EnableEcsManagedTags: pulumi.Bool(true),
		PropagateTags:        pulumi.String("TASK_DEFINITION"),
		NetworkConfiguration: scheduler.ScheduleTargetEcsParametersNetworkConfigurationArgs{
			Subnets:        s.environment.TaskSubnetIDs,
			SecurityGroups: pulumi.StringArray{s.SecurityGroupID},
			AssignPublicIp: pulumi.Bool(s.environment.AssignPublicIP()),
		},
	}
	if s.spec.Exec {
		target.EnableExecuteCommand = pulumi.Bool(true)
	}
	if strategy := s.capacity(); len(strategy) > 0 {
		list := scheduler.ScheduleTargetEcsParametersCapacityProviderStrategyArray{}
		for _, each := range strategy {
			list = append(list, scheduler.ScheduleTargetEcsParametersCapacityProviderStrategyArgs{
				CapacityProvider: pulumi.String(each.CapacityProvider), Base: pulumi.Int(each.Base), Weight: pulumi.Int(each.Weight),
			})
		}
		target.CapacityProviderStrategies = list
	} else {
		target.LaunchType = pulumi.String(launchType)
	}
	_, err = scheduler.NewSchedule(ctx, s.name, &scheduler.ScheduleArgs{
		Description:                pulumi.String("Starts a task of " + s.name),
		ScheduleExpression:         pulumi.String(schedule.Expression),
		ScheduleExpressionTimezone: pulumi.String(schedule.Timezone),
		State:                      pulumi.String(state),
		FlexibleTimeWindow:         scheduler.ScheduleFlexibleTimeWindowArgs{Mode: pulumi.String("OFF")},
		Target: scheduler.ScheduleTargetArgs{
			Arn: s.environment.ClusterArn, RoleArn: role.Arn, EcsParameters: target,
			// By default a task that cannot start, for example without Spot capacity, may start up to a day late
			// (RetryPolicy, EventBridge Scheduler API Reference), when the next task already runs.
			RetryPolicy: scheduler.ScheduleTargetRetryPolicyArgs{
				MaximumEventAgeInSeconds: pulumi.Int(maxStartDelay), MaximumRetryAttempts: pulumi.Int(185), // the maximum
			},
		},
	}, pulumi.Parent(s), pulumi.DependsOn(slices.Concat(role.Ready(), s.environment.Capacity(), []pulumi.Resource{revision})))
	if err != nil {
		return fmt.Errorf("creating schedule: %w", err)
	}
	return nil
}

// Scheduled reports whether only a schedule starts tasks. Their ECS task group is the Family.
func (s *FargateService) Scheduled() bool { return s.spec.Scheduled() }
