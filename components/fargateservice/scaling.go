package fargateservice

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/appautoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/problems"
)

// ScalingSpec holds the settings with which Application Auto Scaling changes the number of tasks.
type ScalingSpec struct {
	// MinCapacity is the smallest number of tasks.
	MinCapacity *int `json:"minCapacity" default:"1"`
	// MaxCapacity is the maximum number of tasks. Required.
	MaxCapacity *int `json:"maxCapacity"`
	// TargetCpuPercent is the target for the average CPU utilization of the tasks, in percent. 0 means no scaling on CPU.
	TargetCpuPercent int `json:"targetCpuPercent"`
	// TargetMemoryPercent is the target for the average memory utilization of the tasks, in percent. 0 means no scaling
	// on memory.
	TargetMemoryPercent int `json:"targetMemoryPercent"`
	// TargetRequestsPerTarget is the target for the number of requests per minute and task. It requires the strategy
	// Rolling. 0 means no scaling on requests.
	TargetRequestsPerTarget int `json:"targetRequestsPerTarget"`
	// ScaleOutCooldownSeconds is the time that scaling waits for new tasks to take effect before it adds more, in seconds.
	ScaleOutCooldownSeconds *int `json:"scaleOutCooldownSeconds" default:"300"`
	// ScaleInCooldownSeconds is the time that scaling waits after it has removed tasks before it removes more, in seconds.
	ScaleInCooldownSeconds *int `json:"scaleInCooldownSeconds" default:"300"`
	// Schedules change minCapacity and maxCapacity at certain times. With schedules, minCapacity and maxCapacity of
	// scaling apply only until the first of these times. A changed schedule takes effect at its next time.
	Schedules []ScheduleSpec `json:"schedules"`
}

// ScheduleSpec sets the limits of scaling at certain times.
type ScheduleSpec struct {
	// Name is the name of the schedule, unique in the service. Required.
	Name string `json:"name"`
	// Cron is the AWS cron expression of the times, such as 0 8 ? * MON-FRI *. Its six fields are minutes, hours, day
	// of the month, month, day of the week, and year. Required.
	Cron string `json:"cron"`
	// Timezone is the time zone of the cron expression, such as Europe/Berlin.
	Timezone string `json:"timezone" default:"UTC"`
	// MinCapacity is the smallest number of tasks from that time on. Required.
	MinCapacity *int `json:"minCapacity"`
	// MaxCapacity is the maximum number of tasks from that time on. Required.
	MaxCapacity *int `json:"maxCapacity"`
}

// maxScheduleNameLength is the maximum length of a schedule's name.
const maxScheduleNameLength = 32

func (s *ScalingSpec) validate(prefix string, found *problems.List) {
	validateTaskCounts(prefix, s.MinCapacity, s.MaxCapacity, found)
	if *s.MinCapacity == 0 && len(s.Schedules) == 0 {
		found.Add(prefix+"minCapacity", 0, "1 or more without schedules: a service without tasks has no utilization, so no target starts one")
	}
	if s.TargetCpuPercent != 0 {
		found.Between(prefix+"targetCpuPercent", s.TargetCpuPercent, 1, 100)
	}
	if s.TargetMemoryPercent != 0 {
		found.Between(prefix+"targetMemoryPercent", s.TargetMemoryPercent, 1, 100)
	}
	if s.TargetRequestsPerTarget != 0 {
		found.Between(prefix+"targetRequestsPerTarget", s.TargetRequestsPerTarget, 1, 2147483647)
	}
	if s.TargetCpuPercent == 0 && s.TargetMemoryPercent == 0 && s.TargetRequestsPerTarget == 0 && len(s.Schedules) == 0 {
		found.Missing(prefix+"targetCpuPercent", "a target (targetCpuPercent, targetMemoryPercent or targetRequestsPerTarget) or schedules, "+
			"without which nothing changes the number of tasks")
	}
	found.Between(prefix+"scaleOutCooldownSeconds", *s.ScaleOutCooldownSeconds, 0, 2147483647)
	found.Between(prefix+"scaleInCooldownSeconds", *s.ScaleInCooldownSeconds, 0, 2147483647)
	var names []string
	for i := range s.Schedules {
		schedule := &s.Schedules[i]
		key := prefix + problems.Indexed("schedules", i) + "."
		schedule.validate(key, found)
		if slices.Contains(names, schedule.Name) {
			found.Add(key+"name", schedule.Name, "unique in the service")
		}
		names = append(names, schedule.Name)
	}
}

func (s *ScheduleSpec) validate(prefix string, found *problems.List) {
	validateHyphenated(prefix+"name", s.Name, maxScheduleNameLength, found)
	if cronPattern.MatchString(s.Cron) {
		validateDays(prefix+"cron", s.Cron, s.Cron, found)
	} else {
		found.Add(prefix+"cron", s.Cron, "six fields (minutes, hours, day of the month, month, day of the week, year), such as 0 8 ? * MON-FRI *")
	}
	validateTimezone(prefix+"timezone", s.Timezone, found)
	validateTaskCounts(prefix, s.MinCapacity, s.MaxCapacity, found)
}

func validateTaskCounts(prefix string, minimum, maximum *int, found *problems.List) {
	for _, limit := range []struct {
		key, want string
		value     *int
	}{{"minCapacity", "the smallest number of tasks", minimum}, {"maxCapacity", "the largest number of tasks", maximum}} {
		if limit.value == nil {
			found.Missing(prefix+limit.key, limit.want)
			continue
		}
		found.Between(prefix+limit.key, *limit.value, 0, maxTasks)
	}
	if minimum != nil && maximum != nil && *maximum < *minimum {
		found.Add(prefix+"maxCapacity", *maximum, "at least minCapacity, which is %d", *minimum)
	}
}

// complete reports whether all limits without a default are given.
func (s *ScalingSpec) complete() bool {
	return s.MaxCapacity != nil && !slices.ContainsFunc(s.Schedules, func(each ScheduleSpec) bool {
		return each.MinCapacity == nil || each.MaxCapacity == nil
	})
}

// Limits returns the smallest and the largest number of tasks that the service can have at any time. All limits must be
// given.
func (s *ScalingSpec) Limits() (low, high int) {
	low, high = *s.MinCapacity, *s.MaxCapacity
	for _, schedule := range s.Schedules {
		low, high = min(low, *schedule.MinCapacity), max(high, *schedule.MaxCapacity)
	}
	return low, high
}

// newScaling registers the service with Application Auto Scaling, if scaling is configured.
//
// It needs no role: the first registration of a service in an account creates the
// service-linked role AWSServiceRoleForApplicationAutoScaling_ECSService. For this, the
// identity that runs the update needs iam:CreateServiceLinkedRole ("Service-linked
// roles for Application Auto Scaling", its User Guide).
func (s *FargateService) newScaling(ctx *pulumi.Context, blue *lb.TargetGroup) error {
	scaling := s.spec.Scaling
	if scaling == nil {
		return nil
	}
	var ignored []string
	if len(scaling.Schedules) > 0 {
		// A schedule changes the limits of the target. The program must not change them back.
		ignored = []string{"minCapacity", "maxCapacity"}
	}
	// The id contains an output of the ECS service, so that a replaced service is registered again.
	target, err := appautoscaling.NewTarget(ctx, s.name, &appautoscaling.TargetArgs{
		ServiceNamespace:  pulumi.String("ecs"),
		ScalableDimension: pulumi.String("ecs:service:DesiredCount"),
		ResourceId:        pulumi.Sprintf("service/%s/%s", s.environment.Cluster(), s.ServiceName),
		MinCapacity:       pulumi.Int(*scaling.MinCapacity),
		MaxCapacity:       pulumi.Int(*scaling.MaxCapacity),
	}, pulumi.Parent(s), pulumi.IgnoreChanges(ignored))
	if err != nil {
		return fmt.Errorf("registering scalable target: %w", err)
	}
	var requests pulumi.StringPtrInput
	if blue != nil {
		requests = pulumi.Sprintf("%s/%s", s.balancer.ArnSuffix, blue.ArnSuffix)
	}
	for _, metric := range []struct {
		suffix, name string
		value        int
		label        pulumi.StringPtrInput
	}{
		{"cpu", "ECSServiceAverageCPUUtilization", scaling.TargetCpuPercent, nil},
		{"memory", "ECSServiceAverageMemoryUtilization", scaling.TargetMemoryPercent, nil},
		{"requests", "ALBRequestCountPerTarget", scaling.TargetRequestsPerTarget, requests},
	} {
		if metric.value == 0 {
			continue
		}
		if err := s.newTargetTracking(ctx, target, metric.suffix, metric.value,
			appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs{
				PredefinedMetricType: pulumi.String(metric.name), ResourceLabel: metric.label,
			}); err != nil {
			return err
		}
	}
	return s.newSchedules(ctx, target)
}

// newTargetTracking creates the scaling policy that keeps a metric at its target value.
func (s *FargateService) newTargetTracking(ctx *pulumi.Context, target *appautoscaling.Target, suffix string, value int,
	metric appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs,
) error {
	_, err := appautoscaling.NewPolicy(ctx, s.name+"-"+suffix, &appautoscaling.PolicyArgs{
		PolicyType:        pulumi.String("TargetTrackingScaling"),
		ServiceNamespace:  target.ServiceNamespace,
		ScalableDimension: target.ScalableDimension,
		ResourceId:        target.ResourceId,
		TargetTrackingScalingPolicyConfiguration: appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs{
			PredefinedMetricSpecification: metric,
			TargetValue:                   pulumi.Float64(value),
			ScaleOutCooldown:              pulumi.Int(*s.spec.Scaling.ScaleOutCooldownSeconds),
			ScaleInCooldown:               pulumi.Int(*s.spec.Scaling.ScaleInCooldownSeconds),
		},
	}, pulumi.Parent(s))
	if err != nil {
		return fmt.Errorf("creating scaling policy %s: %w", suffix, err)
	}
	return nil
}

func (s *FargateService) newSchedules(ctx *pulumi.Context, target *appautoscaling.Target) error {
	for _, schedule := range s.spec.Scaling.Schedules {
		_, err := appautoscaling.NewScheduledAction(ctx, s.name+"-"+schedule.Name, &appautoscaling.ScheduledActionArgs{
			ServiceNamespace:  target.ServiceNamespace,
			ScalableDimension: target.ScalableDimension,
			ResourceId:        target.ResourceId,
			Schedule:          pulumi.String("cron(" + schedule.Cron + ")"),
			Timezone:          pulumi.String(schedule.Timezone),
			ScalableTargetAction: appautoscaling.ScheduledActionScalableTargetActionArgs{
				MinCapacity: pulumi.Int(*schedule.MinCapacity),
				MaxCapacity: pulumi.Int(*schedule.MaxCapacity),
			},
		}, pulumi.Parent(s))
		if err != nil {
			return fmt.Errorf("creating scheduled action %s: %w", schedule.Name, err)
		}
	}
	return nil
}
