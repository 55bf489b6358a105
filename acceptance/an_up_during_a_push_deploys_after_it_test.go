//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
)

// upDuringAPush changes the size of the tasks during the deployment of a push. The push is
// deployed with the old size. Then its image is deployed with the new size.
func upDuringAPush(t *testing.T, w *lab.Delivery) {
	w.Change()
	commit, execution := w.Push()
	w.Ready()
	w.Resize(512, 2048)
	old := w.NewestExecution()
	w.Up()

	w.Reroute()
	w.Succeeds(execution)
	image := w.Image(commit)
	require.Equal(t, image, w.Running(), "image after the push")
	w.RequireSize("512", "1024", "after the push")

	w.Reroute()
	w.Succeeds(w.NextExecution(old))
	w.Runs(image)
	w.RequireSize("512", "2048", "after the change of the configuration")
	w.RequireUnchanged()
}
