//go:build acceptance

package readback

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"

	"fargate-cd/acceptance/internal/lab"
)

// Scaling describes the automatic scaling of a service.
type Scaling struct {
	Least, Most   int32 // tasks
	CPU, Requests int   // targets: percent, and requests per task and minute; 0 for no scaling on the metric
}

// scaling returns the limits and the target metrics of each scaled service. No system has schedules.
func (s System) scaling() []string {
	var lines []string
	for _, each := range s.Services {
		if each.Scaling == nil {
			continue
		}
		lines = append(lines, fmt.Sprintf("%s: %d to %d tasks", each.Name, each.Scaling.Least, each.Scaling.Most))
		const cooldowns = "waits 300 s after more tasks, 300 s after fewer"
		if each.Scaling.CPU != 0 {
			lines = append(lines, fmt.Sprintf("%s: ECSServiceAverageCPUUtilization at %d, %s", each.Name, each.Scaling.CPU, cooldowns))
		}
		if each.Scaling.Requests != 0 {
			lines = append(lines, fmt.Sprintf("%s: ALBRequestCountPerTarget of the balancer/group %s-blue at %d, %s",
				each.Name, each.Name, each.Scaling.Requests, cooldowns))
		}
	}
	return lines
}

func seenScaling(t *testing.T, d *lab.Stack, _ *lab.Book) []string {
	var lines []string
	service := func(id *string) string { return aws.ToString(id)[strings.LastIndex(aws.ToString(id), "/")+1:] }
	const namespace = types.ServiceNamespaceEcs
	targets := lab.Ask(t, d.AutoScaling.DescribeScalableTargets, &applicationautoscaling.DescribeScalableTargetsInput{ServiceNamespace: namespace})
	for _, x := range targets.ScalableTargets {
		lines = append(lines, fmt.Sprintf("%s: %d to %d tasks", service(x.ResourceId), aws.ToInt32(x.MinCapacity), aws.ToInt32(x.MaxCapacity)))
	}
	policies := lab.Ask(t, d.AutoScaling.DescribeScalingPolicies, &applicationautoscaling.DescribeScalingPoliciesInput{ServiceNamespace: namespace})
	for _, x := range policies.ScalingPolicies {
		tracking := x.TargetTrackingScalingPolicyConfiguration
		metric := string(tracking.PredefinedMetricSpecification.PredefinedMetricType)
		if label := aws.ToString(tracking.PredefinedMetricSpecification.ResourceLabel); label != "" {
			metric += " of " + label
		}
		lines = append(lines, fmt.Sprintf("%s: %s at %g, waits %d s after more tasks, %d s after fewer", service(x.ResourceId), metric,
			aws.ToFloat64(tracking.TargetValue), aws.ToInt32(tracking.ScaleOutCooldown), aws.ToInt32(tracking.ScaleInCooldown)))
	}
	actions := lab.Ask(t, d.AutoScaling.DescribeScheduledActions, &applicationautoscaling.DescribeScheduledActionsInput{ServiceNamespace: namespace})
	for _, x := range actions.ScheduledActions {
		limits := x.ScalableTargetAction
		lines = append(lines, fmt.Sprintf("%s: %d to %d tasks from %s %s", service(x.ResourceId), aws.ToInt32(limits.MinCapacity),
			aws.ToInt32(limits.MaxCapacity), aws.ToString(x.Schedule), aws.ToString(x.Timezone)))
	}
	return lines
}

// Scales returns the limits, the target metrics and the schedules of the scaled services.
func Scales(t *testing.T, d *lab.Stack) []string {
	t.Helper()
	return seenScaling(t, d, nil)
}
