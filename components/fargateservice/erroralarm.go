package fargateservice

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newErrorAlarm creates the alarm that fires when the tasks of the service return more
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
func (s *FargateService) newErrorAlarm(ctx *pulumi.Context, threshold int, parent pulumi.Resource) (*cloudwatch.MetricAlarm, error) {
	label := "5xx answers of both target groups"
	if !s.blueGreen {
		label = "5xx answers"
	}
	alarm, err := cloudwatch.NewMetricAlarm(ctx, s.name+"-5xx", &cloudwatch.MetricAlarmArgs{
		AlarmDescription: pulumi.Sprintf("%s answers more than %d requests in a minute with 5xx", s.name, threshold),
		MetricQueries: append(s.TargetGroupMetric("HTTPCode_Target_5XX_Count", "Sum"), cloudwatch.MetricAlarmMetricQueryArgs{
			Id:         pulumi.String("both"),
			Label:      pulumi.String(label),
			Expression: pulumi.String(s.SumOfTargetGroups()),
			ReturnData: pulumi.Bool(true),
		}),
		ComparisonOperator: pulumi.String("GreaterThanThreshold"),
		Threshold:          pulumi.Float64(float64(threshold)),
		EvaluationPeriods:  pulumi.Int(3),
		DatapointsToAlarm:  pulumi.Int(1),
		TreatMissingData:   pulumi.String("notBreaching"),
		AlarmActions:       s.environment.AlarmActions(),
		OkActions:          s.environment.AlarmActions(),
	}, pulumi.Parent(parent))
	if err != nil {
		return nil, fmt.Errorf("creating the alarm on 5xx answers of %s: %w", s.name, err)
	}
	return alarm, nil
}

// ErrorAlarmArn returns the ARN of the alarm on 5xx responses, and whether there is one.
func (s *FargateService) ErrorAlarmArn() (arn pulumi.StringOutput, exists bool) {
	if s.errorAlarm == nil {
		return arn, false
	}
	return s.errorAlarm.Arn, true
}
