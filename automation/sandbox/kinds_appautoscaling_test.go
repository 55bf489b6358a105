package sandbox

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestScaling(t *testing.T) {
	d := newDesk(t)
	s := d.site("ECS")
	scaled := func(more props) props {
		return merged(props{"serviceNamespace": "ecs", "scalableDimension": "ecs:service:DesiredCount", "resourceId": "service/main/web"}, more)
	}
	limits := props{"minCapacity": 1, "maxCapacity": 4}
	tracking := func(specification props) props {
		return scaled(props{"policyType": "TargetTrackingScaling", "targetTrackingScalingPolicyConfiguration": props{
			"targetValue": 60, "predefinedMetricSpecification": specification}})
	}
	cpu := tracking(props{"predefinedMetricType": "ECSServiceAverageCPUUtilization"})
	night := scaled(props{"schedule": "cron(0 20 * * ? *)", "scalableTargetAction": props{"minCapacity": 0, "maxCapacity": 0}})

	_, _, err := d.try(scalableTargetType, "web", scaled(limits))
	require.ErrorContains(t, err, "ECS service doesn't exist: service/main/web")
	d.create(serviceType, "web", d.serviceInputs(s))
	_, _, err = d.try(scalingPolicyType, "web-cpu", cpu)
	require.ErrorContains(t, err, "No scalable target registered for service namespace: ecs, resource ID: service/main/web")
	d.create(scalableTargetType, "web", scaled(limits))
	d.create(scalingPolicyType, "web-cpu", cpu)
	d.create(scheduledActionType, "web-night", night)

	_, reasons := d.check(scalingPolicyType, "name", nil, tracking(props{"predefinedMetricType": "ALBRequestCountPerTarget", "resourceLabel": unknownValue}))
	require.Empty(t, reasons, "a preview does not know the balancer yet")
	for _, c := range []struct {
		token  string
		inputs props
		want   string
	}{
		{scalingPolicyType, scaled(props{"policyType": "StepScaling"}), "the sandbox does not know this value, only TargetTrackingScaling"},
		{scalingPolicyType, tracking(props{"predefinedMetricType": "ALBRequestCountPerTarget"}), "resourceLabel is required"},
		{scalingPolicyType, tracking(props{"predefinedMetricType": "ALBRequestCountPerTarget", "resourceLabel": "web"}),
			`resourceLabel is "web"; allowed is app/`},
		{scalingPolicyType, tracking(props{"predefinedMetricType": "ECSServiceAverageCPUUtilization", "resourceLabel": "app/a/1/targetgroup/b/2"}),
			"resourceLabel is only allowed for ALBRequestCountPerTarget"},
	} {
		_, reasons := d.check(c.token, "name", nil, c.inputs)
		require.Contains(t, strings.Join(reasons, "\n"), c.want)
	}
}
