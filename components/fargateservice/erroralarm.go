package fargateservice

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// NewErrorAlarm creates the alarm that fires when the tasks of the service return more
// than the given number of 5xx responses in a minute. The parent is the component whose
// deployments the alarm rolls back.
//
// The load balancer reports the metric only for minutes with such a response
// ("CloudWatch metrics for your Application Load Balancer", User Guide for Application
// Load Balancers). FILL also replaces a metric that arrives late, so one minute of the
// last three is enough to fire. After three minutes without errors the alarm resets, so that
// it does not stop the next deployment.
//
// Without alarms in the environment, the alarm has no actions: CodeDeploy or ECS reads its
// state.
func (s *FargateService) NewErrorAlarm(ctx *pulumi.Context, most int, parent pulumi.Resource) (*cloudwatch.MetricAlarm, error) {
	label := "5xx answers of both target groups"
	if !s.blueGreen {
		label = "5xx answers"
	}
	alarm, err := cloudwatch.NewMetricAlarm(ctx, s.name+"-5xx", &cloudwatch.MetricAlarmArgs{
		AlarmDescription: pulumi.Sprintf("%s answers more than %d requests in a minute with 5xx", s.name, most),
		MetricQueries: append(s.TargetGroupMetric("HTTPCode_Target_5XX_Count", "Sum"), cloudwatch.MetricAlarmMetricQueryArgs{
			Id:         pulumi.String("both"),
			Label:      pulumi.String(label),
			Expression: pulumi.String(s.SumOfTargetGroups()),
			ReturnData: pulumi.Bool(true),
		}),
		ComparisonOperator: pulumi.String("GreaterThanThreshold"),
		Threshold:          pulumi.Float64(float64(most)),
		EvaluationPeriods:  pulumi.Int(3),
		DatapointsToAlarm:  pulumi.Int(1),
		TreatMissingData:   pulumi.String("notBreaching"),
		AlarmActions:       s.environment.AlarmActions(),
		OkActions:          s.environment.AlarmActions(),
	}, pulumi.Parent(parent))
	if err != nil {
		return nil, fmt.Errorf("creating the alarm on 5xx answers of %s: %w", s.name, err)
	}
	s.errorAlarm = alarm
	return alarm, nil
}

// WithAlarm returns the names of alarms, and after them the name of another one.
func WithAlarm(names pulumi.StringArrayInput, alarm *cloudwatch.MetricAlarm) pulumi.StringArrayInput {
	list, known := names.(pulumi.StringArray)
	if known || names == nil {
		return append(slices.Clone(list), alarm.Name) // in a preview, only the new name is unknown
	}
	return pulumi.All(names, alarm.Name).ApplyT(func(all []any) []string {
		return append(slices.Clone(all[0].([]string)), all[1].(string))
	}).(pulumi.StringArrayOutput)
}

// ErrorAlarmArn returns the ARN of the alarm of NewErrorAlarm, and whether there is one.
func (s *FargateService) ErrorAlarmArn() (arn pulumi.StringOutput, exists bool) {
	if s.errorAlarm == nil {
		return arn, false
	}
	return s.errorAlarm.Arn, true
}
