//go:build acceptance

package lab

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/stretchr/testify/require"
)

// MakeAlarm creates an alarm, as a user would. The end of the test deletes it.
func (d *Stack) MakeAlarm(name string) {
	d.t.Helper()
	Ask(d.t, d.CloudWatch.PutMetricAlarm, &cloudwatch.PutMetricAlarmInput{
		AlarmName: &name, Namespace: aws.String("Own"), MetricName: aws.String("Errors"), Statistic: types.StatisticSum,
		ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold, Threshold: aws.Float64(1), Period: aws.Int32(60), EvaluationPeriods: aws.Int32(1),
	})
	askAtEnd(d.t, d.CloudWatch.DeleteAlarms, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{name}})
}

// SetAlarm sets the state of the only alarm in the stack's region, and returns the alarm's name.
func (d *Stack) SetAlarm(state types.StateValue, reason string) (name string) {
	d.t.Helper()
	alarms := Ask(d.t, d.CloudWatch.DescribeAlarms, &cloudwatch.DescribeAlarmsInput{}).MetricAlarms
	require.Len(d.t, alarms, 1, "alarms in %s", d.Region)
	name = aws.ToString(alarms[0].AlarmName)
	d.SetAlarmNamed(name, state, reason)
	return name
}

// SetAlarmNamed sets the state of an alarm.
func (d *Stack) SetAlarmNamed(name string, state types.StateValue, reason string) {
	d.t.Helper()
	Ask(d.t, d.CloudWatch.SetAlarmState, &cloudwatch.SetAlarmStateInput{AlarmName: &name, StateValue: state, StateReason: &reason})
}
