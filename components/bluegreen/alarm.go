package bluegreen

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newErrorAlarm creates the alarm that fires when the tasks of both target groups
// together return more 5xx responses in a minute than allowed. It watches both groups,
// because the group of the new version changes with each deployment.
//
// The load balancer reports the metric only for minutes with such a response
// ("CloudWatch metrics for your Application Load Balancer", User Guide for Application
// Load Balancers). A sum with a missing value is missing, so FILL replaces missing
// values with 0. FILL also replaces a metric that arrives late, so one minute of the
// last three is enough to fire ("Using math expressions with CloudWatch metrics",
// CloudWatch User Guide). After three minutes without errors the alarm resets, so that
// it does not stop the next deployment.
//
// The alarm has no actions, because there is no topic to notify yet (CloudWatch.15).
// CodeDeploy reads its state.
func (b *BlueGreen) newErrorAlarm(
	ctx *pulumi.Context, name string, args *Args, most int,
) (*cloudwatch.MetricAlarm, error) {
	count := func(id string, group pulumi.StringOutput) cloudwatch.MetricAlarmMetricQueryArgs {
		return cloudwatch.MetricAlarmMetricQueryArgs{
			Id: pulumi.String(id),
			Metric: cloudwatch.MetricAlarmMetricQueryMetricArgs{
				Namespace:  pulumi.String("AWS/ApplicationELB"),
				MetricName: pulumi.String("HTTPCode_Target_5XX_Count"),
				Dimensions: pulumi.StringMap{
					"LoadBalancer": args.Service.LoadBalancer().ArnSuffix,
					"TargetGroup":  group,
				},
				Period: pulumi.Int(60),
				Stat:   pulumi.String("Sum"),
			},
		}
	}
	alarm, err := cloudwatch.NewMetricAlarm(ctx, name+"-5xx", &cloudwatch.MetricAlarmArgs{
		AlarmDescription: pulumi.Sprintf("%s answers more than %d requests in a minute with 5xx", name, most),
		MetricQueries: cloudwatch.MetricAlarmMetricQueryArray{
			count("blue", args.Service.BlueTargetGroupArnSuffix),
			count("green", args.Service.GreenTargetGroupArnSuffix),
			cloudwatch.MetricAlarmMetricQueryArgs{
				Id:         pulumi.String("both"),
				Label:      pulumi.String("5xx answers of both target groups"),
				Expression: pulumi.String("FILL(blue, 0) + FILL(green, 0)"),
				ReturnData: pulumi.Bool(true),
			},
		},
		ComparisonOperator: pulumi.String("GreaterThanThreshold"),
		Threshold:          pulumi.Float64(float64(most)),
		EvaluationPeriods:  pulumi.Int(3),
		DatapointsToAlarm:  pulumi.Int(1),
		TreatMissingData:   pulumi.String("notBreaching"),
	}, pulumi.Parent(b))
	if err != nil {
		return nil, fmt.Errorf("creating the alarm on 5xx answers of %s: %w", name, err)
	}
	return alarm, nil
}
