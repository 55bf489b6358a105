//go:build acceptance

package acceptance

import (
	"maps"
	"testing"

	"fargate-cd/acceptance/internal/lab"
)

// failedBuildChangesNothing pushes files from which no image can be built. The service
// runs the same image as before. It restores the files.
func failedBuildChangesNothing(_ *testing.T, w *lab.Delivery) {
	good := w.Files
	w.Files = maps.Clone(good)
	delete(w.Files, "Dockerfile")
	w.FailsAt("Build/Image", "Build terminated with state: FAILED. Phase: BUILD")
	w.Files = good
}
