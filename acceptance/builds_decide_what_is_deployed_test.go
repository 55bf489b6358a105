//go:build acceptance

package acceptance

import (
	"testing"

	"fargate-cd/acceptance/internal/lab"
)

// TestBuilds runs the stories of the builds in a pipeline, with a service of the stack test
// that ECS deploys.
func TestBuilds(t *testing.T) {
	t.Parallel()
	d := lab.NewStack(t, "Pulumi.test.yaml", nil).Alone()
	d.Up()
	w := lab.Follow(d, "welcomer", "welcomer")
	w.Arrives()
	w.Chapter("a failing test stops the delivery", failingTestStopsTheDelivery)
	w.Chapter("a vulnerable image is not deployed", vulnerableImageIsNotDeployed)
	w.Chapter("a build has its caches", buildHasItsCaches)
	w.Chapter("a failing smoke test fails the delivery", failingSmokeTestFailsTheDelivery)
	d.End()
}
