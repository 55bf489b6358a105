//go:build acceptance

package acceptance

import (
	"maps"
	"testing"

	"fargate-cd/acceptance/internal/lab"
)

// failedBuildChangesNothing pushes files without a Dockerfile, so the build fails. The
// service runs the same image as before. At the end, the story restores the files.
func failedBuildChangesNothing(_ *testing.T, w *lab.Delivery) {
	good := w.Files
	w.Files = maps.Clone(good)
	delete(w.Files, "Dockerfile")
	w.FailsAt("Build/Image", "Build terminated with state: FAILED. Phase: BUILD")
	w.Files = good
}
