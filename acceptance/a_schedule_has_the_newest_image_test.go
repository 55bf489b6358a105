//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
)

// TestScheduleHasTheNewestImage pushes to a service whose tasks a schedule starts. The
// schedule then has the task definition of the new image, and a change of the configuration
// keeps the image. The emulator stores schedules but does not start their tasks.
func TestScheduleHasTheNewestImage(t *testing.T) {
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
	created := w.Schedule()
	require.Contains(t, created.Image, "busybox", "before the first push")
	require.Equal(t, lab.Schedule{
		Expression: "cron(0 3 * * ? *)", Timezone: "Europe/Berlin", State: "ENABLED", LaunchType: "FARGATE", Image: created.Image,
	}, created)

	commit, execution := w.Push()
	w.Succeeds(execution)
	image := w.Image(commit)
	require.Equal(t, image, w.Schedule().Image)
	d.RequireStable()

	d.Resize(256, 1024) // the new revision keeps the image
	d.Services()[0]["schedule"] = map[string]any{"expression": "rate(1 hour)", "enabled": false}
	d.Up()
	w.RequireSize("256", "1024", "after the change")
	require.Equal(t, lab.Schedule{Expression: "rate(1 hour)", Timezone: "UTC", State: "DISABLED", LaunchType: "FARGATE", Image: image}, w.Schedule())
	d.RequireStable()
	d.End()
}
