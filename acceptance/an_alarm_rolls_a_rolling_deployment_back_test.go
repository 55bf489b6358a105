//go:build acceptance

package acceptance

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
)

// alarmRollsARollingDeploymentBack configures two alarms for ECS: an existing alarm of the
// user, and an alarm that the stack creates. The second alarm fires while ECS replaces the
// tasks. The up fails with the reason, and the tasks keep their size. When the
// configuration has no alarms any more, ECS does not watch any.
func alarmRollsARollingDeploymentBack(t *testing.T, w *lab.Delivery) {
	const alarm = "welcomer-errors"
	w.MakeAlarm(alarm)
	revision := w.Revision().TaskDefinitionArn
	w.Services()[0]["deployment"] = map[string]any{"alarmNames": []any{alarm}, "max5xxPerMinute": 5, "minimumHealthyPercent": 50, "maximumPercent": 200}
	w.Up()
	now := w.Now().DeploymentConfiguration
	created := slices.DeleteFunc(slices.Clone(now.Alarms.AlarmNames), func(name string) bool { return name == alarm })
	require.Len(t, now.Alarms.AlarmNames, 2)
	require.Len(t, created, 1)
	require.True(t, now.Alarms.Enable && now.Alarms.Rollback, "the alarm is on and rolls back")
	require.EqualValues(t, 50, aws.ToInt32(now.MinimumHealthyPercent))
	require.Equal(t, revision, w.Revision().TaskDefinitionArn, "no new tasks")
	w.RequireStable()

	image := w.Running()
	w.Resize(512, 1024)
	up := w.StartUp()
	lab.Eventually(t, func() string {
		if len(w.Now().Deployments) == 2 {
			return ""
		}
		return "the new tasks have not started"
	})
	w.SetAlarmNamed(created[0], types.StateValueAlarm, "6 errors in a minute")
	// ECS fails the deployment and then begins to roll back. The up ends at whichever it sees first.
	up.Fails(`ECS (rolled service welcomer back|gave up starting service welcomer with) [\s\S]*An alarm of deployment\.alarmNames or deployment\.max5xxPerMinute fired`)
	w.SetAlarmNamed(created[0], types.StateValueOk, "no errors")
	w.Runs(image)
	w.RequireSize("256", "512", "after the failed up")

	w.Resize(256, 512)
	delete(w.Services()[0], "deployment")
	w.Up()
	require.False(t, w.Now().DeploymentConfiguration.Alarms.Enable, "the alarm is off")
	w.RequireStable()
}
