package fargateservice

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/appautoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newScaling registers the service with Application Auto Scaling, if scaling is configured.
//
// It needs no role: the first registration of a service in an account creates the
// service-linked role AWSServiceRoleForApplicationAutoScaling_ECSService. For this, the
// identity that runs the update needs iam:CreateServiceLinkedRole ("Service-linked
// roles for Application Auto Scaling", its User Guide).
func (s *FargateService) newScaling(ctx *pulumi.Context, service *ecs.Service, blue *lb.TargetGroup) error {
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
		ResourceId:        pulumi.Sprintf("service/%s/%s", s.environment.Cluster(), service.Name),
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

// firstCount returns the number of tasks with which a new service starts.
func (s *Spec) firstCount() int {
	switch {
	case s.Scheduled():
		return 0
	case s.DesiredCount != nil:
		return *s.DesiredCount
	case s.Scaling != nil:
		return *s.Scaling.MinCapacity
	default:
		return 1
	}
}

// taskLimits returns the smallest and the largest number of tasks that the
// configuration allows. It does not count the additional tasks of a deployment.
func (s *Spec) taskLimits() (few, many int) {
	if s.Scaling == nil || !s.Scaling.complete() {
		return s.firstCount(), s.firstCount()
	}
	return s.Scaling.Limits()
}

// MostTasks returns the largest number of tasks that the configuration allows. It does
// not count the additional tasks of a deployment.
func (s *Spec) MostTasks() int {
	_, most := s.taskLimits()
	return most
}

// taskCount returns the desired number of tasks, and whether the update keeps the
// current number. Application Auto Scaling controls the number of a scaled service. A
// service that replaces another one starts with the number of the old one.
//
// The program corrects only a number outside the limits. Application Auto Scaling does
// not correct a number below the minimum until an alarm adds tasks ("Automatically
// scale your Amazon ECS service", Amazon ECS Developer Guide).
func (s *FargateService) taskCount() (count int, kept bool) {
	if s.spec.Scaling == nil || s.running == nil {
		return s.spec.firstCount(), false
	}
	low, high := s.spec.Scaling.Limits()
	count = min(max(s.running.wanted, low), high)
	return count, count == s.running.wanted && !s.changesController() && !s.replacesService()
}
