package fargateservice_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

// The alarm on 5xx responses makes ECS roll a deployment back. Without alarms in the environment it has no actions.
func TestRollingErrorAlarm(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, setup{service: &fargateservice.Args{Rollback: fargateservice.RollbackSpec{
		Max5xxPerMinute: 7, AlarmNames: pulumi.StringArray{pulumi.String("mine")},
	}}}.program)
	alarm := r.One(t, "cloudwatch.MetricAlarm", "web-5xx")
	require.Equal(t, 7.0, alarm.Inputs["threshold"])
	require.Equal(t, list{
		object{"id": "blue", "metric": object{"namespace": "AWS/ApplicationELB", "metricName": "HTTPCode_Target_5XX_Count", "period": 60.0, "stat": "Sum",
			"dimensions": object{"LoadBalancer": "loadbalancer/test-alb", "TargetGroup": "targetgroup/web-blue"}}},
		object{"id": "both", "label": "5xx answers", "expression": "FILL(blue, 0)", "returnData": true},
	}, alarm.Inputs["metricQueries"])
	require.NotContains(t, alarm.Inputs, "alarmActions")
	service := r.One(t, "ecs.Service", "web")
	require.Equal(t, object{"alarmNames": list{"mine", "web-5xx-0abcdef"}, "enable": true, "rollback": true}, service.Inputs["alarms"])
	require.True(t, service.Needs(alarm))
}
