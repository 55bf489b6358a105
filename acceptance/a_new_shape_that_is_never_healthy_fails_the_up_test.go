//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
)

// newShapeIsNeverHealthy changes the size of the tasks, and the new tasks are never
// healthy. The up fails, and the service keeps its image and its size. After an up with
// the old size, the running revision is still active, so that ECS can start new tasks.
func newShapeIsNeverHealthy(t *testing.T, w *lab.Delivery) {
	image := w.Running()
	w.Resize(512, 1024)
	w.MakeNextUnhealthy()
	_, err := w.TryUp()
	require.ErrorContains(t, err, "ECS rolled service welcomer back")
	w.Runs(image)
	w.RequireSize("256", "512", "after the failed up")

	w.Resize(256, 512)
	for _, step := range lab.Changes(w.Up()) { // completes the failed update
		require.Equal(t, "delete-replaced aws:ecs/taskDefinition:TaskDefinition welcomer", step)
	}
	w.RequireUnchanged()
	require.Equal(t, types.TaskDefinitionStatusActive, w.Revision().Status, "the running revision is not deregistered")
	w.Restart()
	w.Runs(image)
}
