//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
	"fargate-cd/acceptance/internal/readback"
)

// scaledServiceKeepsItsNumberOfTasks adds scaling to the service, and changes the number of
// tasks as Application Auto Scaling does. Neither up nor refresh changes the number back.
func scaledServiceKeepsItsNumberOfTasks(t *testing.T, w *lab.Delivery) {
	image := w.Running()
	scaling := map[string]any{"minCapacity": 2, "maxCapacity": 5, "targetCpuPercent": 60}
	w.Services()[0]["scaling"] = scaling
	w.Up()
	require.EqualValues(t, 2, w.Now().DesiredCount, "a service below the minimum gets the minimum")
	w.RequireStable()

	w.SetCount(4)
	w.RequireUnchanged()
	w.Refresh()
	w.RequireUnchanged()
	require.EqualValues(t, 4, w.Now().DesiredCount, "the number that scaling chose")

	scaling["schedules"] = []any{map[string]any{
		"name": "night", "cron": "0 20 * * ? *", "timezone": "Europe/Berlin", "minCapacity": 0, "maxCapacity": 1,
	}}
	scaling["minCapacity"] = 3
	w.Services()[0]["scaling"] = scaling
	w.Up()
	require.EqualValues(t, 4, w.Now().DesiredCount, "the number that scaling chose")
	require.ElementsMatch(t, []string{
		"welcomer: 2 to 5 tasks", // not 3: the schedules own the limits
		"welcomer: ECSServiceAverageCPUUtilization at 60, waits 300 s after more tasks, 300 s after fewer",
		"welcomer: 0 to 1 tasks from cron(0 20 * * ? *) Europe/Berlin",
	}, readback.Scales(t, w.Stack))
	w.Runs(image)

	delete(w.Services()[0], "scaling")
	w.Up()
	require.EqualValues(t, 1, w.Now().DesiredCount, "desiredCount without scaling")
	require.Empty(t, readback.Scales(t, w.Stack))
}
