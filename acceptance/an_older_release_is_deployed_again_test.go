//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
)

// olderReleaseIsDeployedAgain deploys the release before the newest one again. Production
// then runs its image, test still runs the newest version, and up changes nothing.
func olderReleaseIsDeployedAgain(t *testing.T, p *lab.Promotion) {
	older := p.Production.Running()
	p.Test.Change()
	newest := p.Arrives()
	require.NotEqual(t, older, newest)

	p.Production.Succeeds(p.ReleaseAgain(p.Releases()[1]))
	p.Production.Runs(older)
	p.Test.Runs(newest)
	p.Production.RequireUnchanged()
}
