//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
)

// TestPromotion runs the stories of a service whose releases go from the stack test to the
// stack production. ECS deploys the service in test. In production, ECS deploys it first and
// CodeDeploy later. The stack test is created first.
func TestPromotion(t *testing.T) {
	t.Parallel()
	p := lab.NewPromotion(t)
	p.Chapter("the first release waits for production", firstReleaseWaitsForProduction)
	p.Chapter("a release goes from test to production", releaseReachesProduction)
	p.Chapter("a version that fails in test is never released", failedVersionIsNotReleased)
	p.Chapter("an older release is deployed again", olderReleaseIsDeployedAgain)
	p.Chapter("a person decides about a release", personDecides)
	p.Chapter("production moves to CodeDeploy", productionMovesToCodeDeploy)
	p.Chapter("a rejected release is not deployed by a new shape", newShapeDeploysNoRejectedRelease)
	p.Test.End()
}

// TestPromotionFromBlueGreen runs the stories of a service that CodeDeploy deploys in test.
// In production, ECS deploys it first and CodeDeploy later. The stack production is created
// first.
func TestPromotionFromBlueGreen(t *testing.T) {
	t.Parallel()
	p := lab.NewPromotion(t)
	p.Test.Services()[0]["deployment"] = map[string]any{"strategy": "ECSAllAtOnce"}
	p.Chapter("production waits for the first release", productionWaitsForTheFirstRelease)
	p.Chapter("a new shape of test is no release", newShapeOfTestIsNoRelease)
	p.Chapter("both stacks use CodeDeploy", bothStacksUseCodeDeploy)
	p.Test.End()
}

// releaseReachesProduction pushes a version. Production runs the image that test has
// built, and up changes nothing in either stack.
func releaseReachesProduction(t *testing.T, p *lab.Promotion) {
	before := p.Production.Running()
	p.Test.Change()
	require.NotEqual(t, before, p.Arrives(), "each commit has its own image")
	p.RequireUnchanged()
}
