//go:build acceptance

package readback

import (
	"cmp"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"fargate-cd/acceptance/internal/lab"
)

// targetGroups returns the target groups: two for a service that CodeDeploy deploys, one for
// any other service.
func (s System) targetGroups() []string {
	var lines []string
	for _, each := range s.Services {
		colours := []string{"blue"}
		if each.BlueGreen != nil {
			colours = append(colours, "green")
		}
		for _, colour := range colours {
			lines = append(lines, fmt.Sprintf(
				"%s-%s: HTTP %d to ip, checks HTTP %s every %d s, timeout %d s, healthy after %d, unhealthy after %d, codes %s, leaves after %s s, %s, sticky for %d s, slow start %d s",
				each.Name, colour, each.Port, each.Check.Path, each.Check.Interval, each.Check.Timeout, each.Check.Healthy,
				each.Check.Unhealthy, each.Check.Codes, each.LeaveAfter, each.Algorithm, each.Sticky, each.SlowStart))
		}
	}
	return lines
}

func seenTargetGroups(t *testing.T, d *lab.Stack, _ *lab.Book) []string {
	var lines []string
	for _, group := range lab.TargetGroups(t, d) {
		attributes := lab.TargetGroupAttributes(t, d, group)
		sticky := "0"
		if attributes["stickiness.enabled"] == "true" {
			sticky = attributes["stickiness.lb_cookie.duration_seconds"]
		}
		lines = append(lines, fmt.Sprintf(
			"%s: %s %d to %s, checks %s %s every %d s, timeout %d s, healthy after %d, unhealthy after %d, codes %s, leaves after %s s, %s, sticky for %s s, slow start %s s",
			aws.ToString(group.TargetGroupName), group.Protocol, aws.ToInt32(group.Port), group.TargetType,
			group.HealthCheckProtocol, aws.ToString(group.HealthCheckPath), aws.ToInt32(group.HealthCheckIntervalSeconds),
			aws.ToInt32(group.HealthCheckTimeoutSeconds), aws.ToInt32(group.HealthyThresholdCount), aws.ToInt32(group.UnhealthyThresholdCount),
			aws.ToString(group.Matcher.HttpCode), attributes["deregistration_delay.timeout_seconds"], attributes["load_balancing.algorithm.type"],
			sticky, cmp.Or(attributes["slow_start.duration_seconds"], "0")))
	}
	return lines
}
