//go:build acceptance

package acceptance

import (
	"testing"

	"fargate-cd/acceptance/internal/lab"
)

// newShapeKeepsTheImage changes the CPU and the memory of the tasks. The service keeps its
// image, and the next push keeps the new size.
func newShapeKeepsTheImage(_ *testing.T, w *lab.Delivery) {
	image := w.Running()
	w.Resize(512, 1024)
	w.Up()
	w.Runs(image)
	w.RequireSize("512", "1024", "after the up")
	w.RequireUnchanged()
	w.Change()
	w.Arrives()
	w.RequireSize("512", "1024", "after the next push")
}

// newShapeDeploysTheRunningImage changes the CPU and the memory of the tasks of a
// blue/green service. The up starts the pipeline, which deploys the running image and not
// the newest commit.
func newShapeDeploysTheRunningImage(_ *testing.T, w *lab.Delivery) {
	image := w.Running()
	w.Resize(512, 1024)
	w.UpDeploys()
	w.Runs(image)
	w.RequireSize("512", "1024", "after the deployment")
	w.RequireUnchanged()
}
