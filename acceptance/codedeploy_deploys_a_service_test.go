//go:build acceptance

package acceptance

import (
	"testing"

	"fargate-cd/acceptance/internal/lab"
)

// twoDays is the longest configurable wait for a person, in minutes. The deployments wait so
// long because a slow machine may reach the person's action late.
const twoDays = 2 * 24 * 60

// TestBlueGreenDelivery runs the stories of a service that CodeDeploy deploys, on the stack
// prod. A new version is first reachable only on the test listener. The deployment waits for
// a person to reroute the traffic.
func TestBlueGreenDelivery(t *testing.T) {
	t.Parallel()
	d := lab.NewStack(t, "Pulumi.prod.yaml", nil).Alone()
	d.WaitForReroute(twoDays)
	d.Up()
	w := lab.Follow(d, "web", "web")
	w.Meanwhile = w.Reroute
	w.Chapter("a push reaches the service", pushReachesTheBlueGreenService)
	w.Chapter("a failed build changes nothing", failedBuildChangesNothing)
	w.Chapter("a version that is never healthy changes nothing",
		versionIsNeverHealthy("timed out while waiting for the replacement task set to become healthy"))
	w.Chapter("a deployment that nobody reroutes fails", nobodyReroutes)
	w.Chapter("a failing test stops pushes only", failingTestStopsNoChange)
	w.Chapter("a new shape deploys the running image", newShapeDeploysTheRunningImage)
	w.Chapter("an up during a push deploys after it", upDuringAPush)
	w.Chapter("the service moves to Fargate Spot", serviceMovesToFargateSpot(movesByDeployment))
	w.Chapter("a port changes while the service serves", portChangesBlueGreen)
	d.End()
}
