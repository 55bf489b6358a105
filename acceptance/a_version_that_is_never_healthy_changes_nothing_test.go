//go:build acceptance

package acceptance

import (
	"testing"

	"fargate-cd/acceptance/internal/lab"
)

// versionIsNeverHealthy pushes a version whose tasks are never healthy. The deployment fails
// with reason, the service runs the same image as before, and up changes nothing.
func versionIsNeverHealthy(reason string) func(*testing.T, *lab.Delivery) {
	return func(_ *testing.T, w *lab.Delivery) {
		w.Change()
		w.MakeNextUnhealthy()
		w.FailsAt("Deploy/Deploy", reason)
		w.RequireUnchanged()
	}
}
