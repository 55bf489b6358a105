//go:build acceptance

package acceptance

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	deploytypes "github.com/aws/aws-sdk-go-v2/service/codedeploy/types"
	pipelinetypes "github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/stretchr/testify/require"
)

// alarms fire when the tasks of a service's target groups answer too often with
// 5xx. A metric that is absent is good, one that arrives late counts, and the
// alarm resets before the next deployment.
func (s system) alarms() []string {
	var lines []string
	for _, each := range s.services {
		if each.blueGreen == nil || each.blueGreen.most5xx == 0 {
			continue
		}
		begin := each.name + "-5xx: "
		lines = append(lines, fmt.Sprintf("%sGreaterThanThreshold %d in 1 of 3 minutes, absent is notBreaching", begin, each.blueGreen.most5xx),
			begin+"watches both = FILL(blue, 0) + FILL(green, 0)")
		for _, group := range []string{"blue", "green"} {
			lines = append(lines, fmt.Sprintf("%s%s = Sum in 60 s of AWS/ApplicationELB HTTPCode_Target_5XX_Count of "+
				"LoadBalancer=the balancer TargetGroup=group %s-%s", begin, group, each.name, group))
		}
	}
	return lines
}

func seenAlarms(t *testing.T, d *deployed, _ *book) []string {
	var lines []string
	for _, alarm := range ask(t, d.cloudwatch.DescribeAlarms, &cloudwatch.DescribeAlarmsInput{}).MetricAlarms {
		begin := aws.ToString(alarm.AlarmName) + ": "
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

// metricName is how CloudWatch's metrics name a balancer or target group: the
// end of its ARN.
func metricName(arn *string) string {
	if _, name, ok := strings.Cut(aws.ToString(arn), ":loadbalancer/"); ok {
		return name
	}
	return aws.ToString(arn)[strings.LastIndex(aws.ToString(arn), ":")+1:]
}

// TestAlarmSendsBack has the alarm that the program makes fire while a tenth of
// the traffic goes to a new version: CodeDeploy sends it back.
func TestAlarmSendsBack(t *testing.T) {
	t.Parallel()
	d := deploy(t, "Pulumi.prod.yaml", map[string]any{"testIngressCidrBlocks": []any{"203.0.113.0/24"}})
	configured := d.services()[0].(map[string]any)
	configured["deployment"] = map[string]any{"strategy": "ECSCanary10Percent5Minutes", "terminationWaitMinutes": 0, "max5xxPerMinute": 10}
	delete(configured, "api")
	before := inventory(t, d)
	d.up()
	w := follow(d, "web", "web")
	image := w.arrives()
	traffic := w.traffic(80)

	w.change()
	_, execution := w.push()
	eventually(t, func() string {
		if len(w.deployments(deploytypes.DeploymentStatusInProgress)) == 0 {
			return "no deployment is in progress"
		}
		return ""
	})
	alarms := ask(t, d.cloudwatch.DescribeAlarms, &cloudwatch.DescribeAlarmsInput{}).MetricAlarms
	require.Len(t, alarms, 1)
	ask(t, d.cloudwatch.SetAlarmState, &cloudwatch.SetAlarmStateInput{
		AlarmName: alarms[0].AlarmName, StateValue: types.StateValueAlarm, StateReason: aws.String("11 answers with 500 in a minute"),
	})
	w.ends(execution, pipelinetypes.PipelineExecutionStatusFailed, "Deploy/Deploy: ", *alarms[0].AlarmName)
	w.runs(image)
	require.Equal(t, traffic, w.traffic(80), "traffic after the alarm")

	// An alarm that is over lets the same version through.
	ask(t, d.cloudwatch.SetAlarmState, &cloudwatch.SetAlarmStateInput{
		AlarmName: alarms[0].AlarmName, StateValue: types.StateValueOk, StateReason: aws.String("no answers with 500"),
	})
	require.NotEqual(t, image, w.arrives())
	requireUnchanged(t, d)
	d.destroy()
	requireNothingLeft(t, d, before, nil)
}
