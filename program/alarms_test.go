package program

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/internal/enginetest"
)

// With alarms every service has an alarm on 5xx responses, which rolls deployments back.
func TestAlarmsRollBack(t *testing.T) {
	some := services(service("a", `"priority": 1`), service("b", `"priority": 2, "deployment": {"strategy": "ECSAllAtOnce", "max5xxPerMinute": 3}`))
	for alarms, want := range map[string][]int{"true": {10, 3}, "false": {0, 3}} {
		config, err := parse(map[string]string{"fargate-cd:services": some, "fargate-cd:alarms": alarms})
		require.NoError(t, err)
		require.Equal(t, want, []int{config.Services[0].Deployment.Max5xxPerMinute, config.Services[1].Deployment.Max5xxPerMinute}, alarms)
	}
}

func TestAlarmsRefuse(t *testing.T) {
	for want, given := range map[string]struct{ alarms, service string }{
		"fargate-cd:services[0].alarms: is missing: it requires alarms: true of the stack":  {"false", `"alarms": {}`},
		"fargate-cd:services[0].alarms.maxCpuPercent: 0 is not allowed: a whole number fro": {"true", `"alarms": {"maxCpuPercent": 0}`},
		"fargate-cd:services[0].pathPatterns: [] is not allowed: 1 to 5 patterns with depl": {"false",
			`"pathPatterns": [], "deployment": {"max5xxPerMinute": 1}`},
		"fargate-cd:services[0].deployment.alarmNames: 10 is not allowed: 9 alarms or fewe": {"true",
			`"deployment": {"alarmNames": ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]}`},
	} {
		_, err := parse(map[string]string{"fargate-cd:services": services(service("a", given.service)), "fargate-cd:alarms": given.alarms})
		require.ErrorContains(t, err, want)
	}
}

// The stack prod has all alarms and the dashboard. The stack test has neither alarms nor a topic, because they cost
// money.
func TestAlarmsOfStackFiles(t *testing.T) {
	r := runStack(t, "prod", read(t, "../Pulumi.prod.yaml"))
	require.Len(t, r.All("cloudwatch.MetricAlarm"), 2*6+2)
	require.Len(t, r.All("cloudwatch.Dashboard"), 1)
	test := runStack(t, "test", read(t, "../Pulumi.test.yaml"))
	require.Empty(t, test.All("cloudwatch.MetricAlarm"))
	require.Empty(t, test.All("sns.Topic"), "a key costs money")
}

// Only the exit code of the service's own container, not of a sidecar, decides whether a scheduled task has failed.
func TestMessageAboutAScheduledTask(t *testing.T) {
	r := &enginetest.Engine{}
	require.NoError(t, preview(r, Run, map[string]string{
		"fargate-cd:services":      services(service("job", `"pathPatterns": [], "schedule": {"expression": "rate(1 hour)"}`)),
		"fargate-cd:notifications": `{"emailAddresses": ["a@example.com"]}`,
	}))
	require.Contains(t, r.One(t, "cloudwatch.EventRule", "dev-tasks-1").Inputs["eventPattern"], `"name":["job"]`)
}
