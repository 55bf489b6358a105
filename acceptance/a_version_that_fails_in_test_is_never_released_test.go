//go:build acceptance

package acceptance

import (
	"testing"

	"fargate-cd/acceptance/internal/lab"
)

// failedVersionIsNotReleased pushes a version whose tasks are never healthy in test. Test
// does not release it, and production does not change.
func failedVersionIsNotReleased(_ *testing.T, p *lab.Promotion) {
	image := p.Production.Running()
	p.ReleasesNothing(func() {
		p.Test.Change()
		p.Test.MakeNextUnhealthy()
		p.Test.FailsAt("Deploy/Deploy", "timed out after")
	})
	p.Production.Runs(image)
	p.RequireUnchanged()
}
