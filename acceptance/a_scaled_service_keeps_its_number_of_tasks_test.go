//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
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

	lab.Ask(t, w.ECS.UpdateService, &ecs.UpdateServiceInput{Cluster: w.Cluster(), Service: aws.String("welcomer"), DesiredCount: aws.Int32(4)})
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
	actions := lab.Ask(t, w.AutoScaling.DescribeScheduledActions, &applicationautoscaling.DescribeScheduledActionsInput{
		ServiceNamespace: types.ServiceNamespaceEcs,
	}).ScheduledActions
	require.Len(t, actions, 1)
	require.Equal(t, "cron(0 20 * * ? *) Europe/Berlin", aws.ToString(actions[0].Schedule)+" "+aws.ToString(actions[0].Timezone))
	require.Equal(t, &types.ScalableTargetAction{MinCapacity: aws.Int32(0), MaxCapacity: aws.Int32(1)}, actions[0].ScalableTargetAction)
	targets := lab.Ask(t, w.AutoScaling.DescribeScalableTargets, &applicationautoscaling.DescribeScalableTargetsInput{
		ServiceNamespace: types.ServiceNamespaceEcs,
	}).ScalableTargets
	require.Len(t, targets, 1)
	require.EqualValues(t, 2, *targets[0].MinCapacity, "the schedules own the limits")
	w.Runs(image)

	delete(w.Services()[0], "scaling")
	w.Up()
	require.EqualValues(t, 1, w.Now().DesiredCount, "desiredCount without scaling")
}
