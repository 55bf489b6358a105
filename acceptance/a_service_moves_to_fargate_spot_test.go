//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
)

// serviceMovesToFargateSpot moves the tasks of a service to Fargate Spot and back. Each move
// replaces the tasks with new tasks of the running image, but never the service. A push
// keeps the capacity providers.
func serviceMovesToFargateSpot(move func(*lab.Delivery)) func(*testing.T, *lab.Delivery) {
	return func(t *testing.T, w *lab.Delivery) {
		image, created := w.Running(), w.Now().CreatedAt
		runsOn := func(want ...string) {
			t.Helper()
			require.Equal(t, want, w.Capacity())
			require.Equal(t, created, w.Now().CreatedAt, "the service is the same")
		}
		service := w.Services()[0]
		service["capacityProviderStrategy"] = []any{
			map[string]any{"capacityProvider": "FARGATE_SPOT", "weight": 3}, map[string]any{"capacityProvider": "FARGATE", "base": 1, "weight": 1},
		}
		move(w)
		w.Runs(image)
		runsOn("FARGATE 1 1", "FARGATE_SPOT 0 3")
		w.RequireStable()

		w.Change()
		image = w.Arrives()
		runsOn("FARGATE 1 1", "FARGATE_SPOT 0 3")
		w.RequireStable()

		service["capacityProviderStrategy"] = []any{map[string]any{"capacityProvider": "FARGATE_SPOT", "weight": 1}}
		move(w)
		w.Runs(image)
		runsOn("FARGATE_SPOT 0 1")

		delete(service, "capacityProviderStrategy")
		move(w)
		w.Runs(image)
		runsOn("FARGATE 0 1")
		w.RequireStable()
		require.ElementsMatch(t, []string{"FARGATE", "FARGATE_SPOT"}, w.CapacityProviders(), "the cluster keeps its capacity providers")
	}
}

// movesByUp moves a rolling service.
func movesByUp(w *lab.Delivery) { w.Up() }

// movesByDeployment moves a blue/green service.
func movesByDeployment(w *lab.Delivery) { w.UpDeploys() }
