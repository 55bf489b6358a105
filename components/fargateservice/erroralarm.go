package fargateservice

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// TargetGroupMetric returns the queries of a load balancer metric for the target groups
// of the service: blue, and with BlueGreen also green, because each deployment puts the
// new version into the other group.
func (s *FargateService) TargetGroupMetric(metric, stat string) cloudwatch.MetricAlarmMetricQueryArray {
	query := func(id string, group pulumi.StringOutput) cloudwatch.MetricAlarmMetricQueryArgs {
		return MetricQuery(id, "AWS/ApplicationELB", metric, stat, pulumi.StringMap{"LoadBalancer": s.balancer.ArnSuffix, "TargetGroup": group})
	}
	queries := cloudwatch.MetricAlarmMetricQueryArray{query("blue", s.BlueTargetGroupArnSuffix)}
	if s.blueGreen {
		queries = append(queries, query("green", s.GreenTargetGroupArnSuffix))
	}
	return queries
}

// MetricQuery returns the query of a metric for an alarm, with one value a minute.
func MetricQuery(id, namespace, metric, stat string, dimensions pulumi.StringMap) cloudwatch.MetricAlarmMetricQueryArgs {
	return cloudwatch.MetricAlarmMetricQueryArgs{
		Id: pulumi.String(id),
		Metric: cloudwatch.MetricAlarmMetricQueryMetricArgs{
			Namespace:  pulumi.String(namespace),
			MetricName: pulumi.String(metric),
			Dimensions: dimensions,
			Period:     pulumi.Int(60),
			Stat:       pulumi.String(stat),
		},
	}
}

// SumOfTargetGroups and MaxOfTargetGroups return the metric math expressions that
// combine the queries of TargetGroupMetric. A sum with a missing value is missing, so
// FILL replaces missing values with 0 ("Using math expressions with CloudWatch
// metrics", CloudWatch User Guide).
func (s *FargateService) SumOfTargetGroups() string { return strings.Join(s.filledGroups(), " + ") }

// MaxOfTargetGroups returns the expression of the maximum. See SumOfTargetGroups.
func (s *FargateService) MaxOfTargetGroups() string {
	return "MAX([" + strings.Join(s.filledGroups(), ", ") + "])"
}

func (s *FargateService) filledGroups() []string {
	if s.blueGreen {
		return []string{"FILL(blue, 0)", "FILL(green, 0)"}
	}
	return []string{"FILL(blue, 0)"}
}

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
