//go:build acceptance

package acceptance

import (
	"testing"

	"fargate-cd/acceptance/internal/lab"
)

// nobodyReroutes pushes a version that waits for a person, who does nothing. The
// service runs the same image as before, and up changes nothing.
func nobodyReroutes(_ *testing.T, w *lab.Delivery) {
	w.Change()
	w.FailsAt("Deploy/Deploy", "traffic was not rerouted within 60 minutes")
	w.RequireUnchanged()
}
