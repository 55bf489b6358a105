//go:build acceptance

package acceptance

import (
	"testing"

	"fargate-cd/acceptance/internal/lab"
)

// TestRollingDelivery runs the stories of a service that ECS deploys, on the stack test.
func TestRollingDelivery(t *testing.T) {
	t.Parallel()
	d := lab.NewStack(t, "Pulumi.test.yaml", nil).Alone()
	d.Up()
	w := lab.Follow(d, "welcomer", "welcomer")
	w.Chapter("a push reaches the service", pushReachesTheService)
	w.Chapter("a failed build changes nothing", failedBuildChangesNothing)
	w.Chapter("a version that is never healthy changes nothing", versionIsNeverHealthy("timed out after"))
	w.Chapter("a new shape that is never healthy fails the up", newShapeIsNeverHealthy)
	w.Chapter("an alarm rolls a rolling deployment back", alarmRollsARollingDeploymentBack)
	w.Chapter("a new shape keeps the image", newShapeKeepsTheImage)
	w.Chapter("a scaled service keeps its number of tasks", scaledServiceKeepsItsNumberOfTasks)
	w.Chapter("the service moves to Fargate Spot", serviceMovesToFargateSpot(movesByUp))
	w.Chapter("the service moves to CodeDeploy", serviceMovesToCodeDeploy)
	d.End()
}
