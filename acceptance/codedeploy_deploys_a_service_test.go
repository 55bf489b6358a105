//go:build acceptance

package acceptance

import (
	"testing"

	"fargate-cd/acceptance/internal/lab"
)

// TestBlueGreenDelivery tells the stories of a service that CodeDeploy deploys, on the
// stack prod. A new version is first on the test listener only, and waits for a person
// to reroute the traffic.
func TestBlueGreenDelivery(t *testing.T) {
	t.Parallel()
	d := lab.NewStack(t, "Pulumi.prod.yaml", nil).Alone()
	d.Up()
	w := lab.Follow(d, "web", "web")
	w.Meanwhile = w.Reroute
	w.Chapter("a push reaches the service", pushReachesTheBlueGreenService)
	w.Chapter("a failed build changes nothing", failedBuildChangesNothing)
	w.Chapter("a version that is never healthy changes nothing",
		versionIsNeverHealthy("timed out while waiting for the replacement task set to become healthy"))
	w.Chapter("a deployment that nobody reroutes fails", nobodyReroutes)
	w.Chapter("a new shape deploys the running image", newShapeDeploysTheRunningImage)
	w.Chapter("an up during a push deploys after it", upDuringAPush)
	w.Chapter("a port changes while the service serves", portChangesBlueGreen)
	d.End()
}
