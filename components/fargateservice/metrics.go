package fargateservice

import (
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
