//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
)

// newShapeOfTestIsNoRelease changes the size of the tasks in test, where CodeDeploy
// deploys. The up starts test's pipeline, which runs to its end, but the pipeline of
// production does not start. The next push goes on to production.
func newShapeOfTestIsNoRelease(t *testing.T, p *lab.Promotion) {
	image := p.Test.Running()
	p.ReleasesNothing(func() { newShapeDeploysTheRunningImage(t, p.Test) })
	require.Len(t, p.Uploads("change.zip"), 1, "the stage Release uploads a file that starts nothing")
	p.Production.Runs(image)
	p.Test.Change()
	p.Arrives()
}
