//go:build acceptance

package acceptance

import (
	"testing"

	"fargate-cd/acceptance/internal/lab"
)

// nobodyReroutes pushes a version that waits ten minutes for a person, who does nothing.
// The service runs the same image as before, and up changes nothing.
func nobodyReroutes(_ *testing.T, w *lab.Delivery) {
	w.WaitForReroute(10)
	w.Up()
	w.Change()
	w.FailsAt("Deploy/Deploy", "traffic was not rerouted within 10 minutes")
	w.RequireUnchanged()
	w.WaitForReroute(twoDays)
	w.Up()
}
