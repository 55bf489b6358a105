//go:build acceptance

package readback

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"fargate-cd/acceptance/internal/lab"
)

// alarms fire when the tasks in a service's target groups send too many 5xx answers.
// A missing metric is good. A late metric still counts. The alarm is over before the
// next deployment.
func (s System) alarms() []string {
	var lines []string
	for _, each := range s.Services {
		if each.BlueGreen == nil || each.BlueGreen.Most5xx == 0 {
			continue
		}
		begin := each.Name + "-5xx: "
		lines = append(lines, fmt.Sprintf("%sGreaterThanThreshold %d in 1 of 3 minutes, absent is notBreaching", begin, each.BlueGreen.Most5xx),
			begin+"watches both = FILL(blue, 0) + FILL(green, 0)")
		for _, group := range []string{"blue", "green"} {
			lines = append(lines, fmt.Sprintf("%s%s = Sum in 60 s of AWS/ApplicationELB HTTPCode_Target_5XX_Count of "+
				"LoadBalancer=the balancer TargetGroup=group %s-%s", begin, group, each.Name, group))
		}
	}
	return lines
}

func seenAlarms(t *testing.T, d *lab.Stack, _ *lab.Book) []string {
	var lines []string
	for _, alarm := range lab.Ask(t, d.CloudWatch.DescribeAlarms, &cloudwatch.DescribeAlarmsInput{}).MetricAlarms {
		begin := aws.ToString(alarm.AlarmName) + ": "
		if strings.HasPrefix(begin, "TargetTracking-") { // Application Auto Scaling creates and deletes it with its policy
			continue
		}
		lines = append(lines, fmt.Sprintf("%s%s %g in %d of %d minutes, absent is %s", begin, alarm.ComparisonOperator,
			aws.ToFloat64(alarm.Threshold), aws.ToInt32(alarm.DatapointsToAlarm), aws.ToInt32(alarm.EvaluationPeriods),
			aws.ToString(alarm.TreatMissingData)))
		for _, query := range alarm.Metrics {
			lines = append(lines, begin+seenQuery(query))
		}
	}
	return lines
}

func seenQuery(query types.MetricDataQuery) string {
	watches := ""
	if aws.ToBool(query.ReturnData) {
		watches = "watches "
	}
	if query.MetricStat == nil {
		return fmt.Sprintf("%s%s = %s", watches, aws.ToString(query.Id), aws.ToString(query.Expression))
	}
	stat, dimensions := query.MetricStat, map[string]string{}
	for _, dimension := range stat.Metric.Dimensions {
		dimensions[aws.ToString(dimension.Name)] = aws.ToString(dimension.Value)
	}
	line := fmt.Sprintf("%s%s = %s in %d s of %s %s of", watches, aws.ToString(query.Id), aws.ToString(stat.Stat), aws.ToInt32(stat.Period),
		aws.ToString(stat.Metric.Namespace), aws.ToString(stat.Metric.MetricName))
	for _, name := range slices.Sorted(maps.Keys(dimensions)) {
		line += fmt.Sprintf(" %s=%s", name, dimensions[name])
	}
	return line
}
