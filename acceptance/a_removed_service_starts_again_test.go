//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
	"fargate-cd/acceptance/internal/readback"
)

// TestRemovedServiceStartsAgain removes a service after a deployment and adds it
// again. ECS still describes the removed service, but its image is gone with its
// repository. Therefore the service starts with the bootstrap image.
func TestRemovedServiceStartsAgain(t *testing.T) {
	t.Parallel()
	d := lab.NewStack(t, "Pulumi.test.yaml", nil).Alone()
	welcomer := d.Services()[0]
	other := map[string]any{
		"name": "other", "source": map[string]any{"provider": "CodeCommit", "repository": "other"},
		"pathPatterns": []any{"/other/*"}, "priority": 7,
	}
	d.Config["services"] = []any{welcomer, other}
	d.Up()
	w := lab.Follow(d, "welcomer", "welcomer")
	w.Arrives()

	d.Config["services"] = []any{other}
	d.Up()
	require.Equal(t, "INACTIVE", *w.Now().Status, "ECS describes a deleted service")
	d.Config["services"] = []any{welcomer, other}
	d.Up()
	w.Runs(readback.Bootstrap)
	d.RequireStable()
	w.Arrives()
	d.End()
}
