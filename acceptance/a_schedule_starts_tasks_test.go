//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
)

// TestSchedule pushes to a service whose tasks a schedule starts. The next task runs the new
// image. The emulator stores schedules but does not start their tasks. Therefore the test
// reads the task definition that the schedule would start.
func TestSchedule(t *testing.T) {
	t.Parallel()
	d := lab.NewStack(t, "Pulumi.test.yaml", nil).Alone()
	service := d.Services()[0]
	for _, key := range []string{"pathPatterns", "healthCheck", "smokeTest"} {
		delete(service, key)
	}
	service["schedule"] = map[string]any{"expression": "cron(0 3 * * ? *)", "timezone": "Europe/Berlin"}
	d.Up()
	require.Empty(t, lab.Balancers(t, d))
	w := lab.Follow(d, "welcomer", "welcomer")
	require.Zero(t, w.Now().DesiredCount)
	schedule := func() *scheduler.GetScheduleOutput {
		all := lab.Ask(t, d.Scheduler.ListSchedules, &scheduler.ListSchedulesInput{}).Schedules
		require.Len(t, all, 1)
		return lab.Ask(t, d.Scheduler.GetSchedule, &scheduler.GetScheduleInput{Name: all[0].Name, GroupName: all[0].GroupName})
	}
	created := schedule()
	require.Equal(t, []string{"cron(0 3 * * ? *)", "Europe/Berlin", "ENABLED"},
		[]string{aws.ToString(created.ScheduleExpression), aws.ToString(created.ScheduleExpressionTimezone), string(created.State)})
	// starts returns the image of the task that the schedule starts.
	starts := func() string {
		parameters := schedule().Target.EcsParameters
		require.Equal(t, types.LaunchTypeFargate, parameters.LaunchType)
		definition := lab.Ask(t, d.ECS.DescribeTaskDefinition, &ecs.DescribeTaskDefinitionInput{TaskDefinition: parameters.TaskDefinitionArn})
		return aws.ToString(w.Container(definition.TaskDefinition, "welcomer").Image)
	}
	require.Contains(t, starts(), "busybox", "before the first push")
	commit, execution := w.Push()
	w.Succeeds(execution)
	image := w.Image(commit)
	require.Equal(t, image, starts())
	d.RequireStable()

	d.Resize(256, 1024) // the new revision keeps the image
	d.Services()[0]["schedule"] = map[string]any{"expression": "rate(1 hour)", "enabled": false}
	d.Up()
	w.RequireSize("256", "1024", "after the change")
	require.Equal(t, image, starts())
	require.Equal(t, []string{"rate(1 hour)", "DISABLED"}, []string{aws.ToString(schedule().ScheduleExpression), string(schedule().State)})
	d.RequireStable()
	d.End()
}
