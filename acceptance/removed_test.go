//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestServiceRemovedAndAddedAgain removes a service that has been deployed. ECS
// still describes it then, but its image is gone with its repository: the service
// begins anew.
func TestServiceRemovedAndAddedAgain(t *testing.T) {
	t.Parallel()
	d := deploy(t, "Pulumi.test.yaml", nil)
	before := inventory(t, d)
	welcomer := d.services()[0]
	other := map[string]any{
		"name": "other", "source": map[string]any{"provider": "CodeCommit", "repository": "other"},
		"pathPatterns": []any{"/other/*"}, "priority": 7,
	}
	d.config["services"] = []any{welcomer, other}
	d.up()
	w := follow(d, "welcomer", "welcomer")
	w.arrives()

	d.config["services"] = []any{other}
	d.up()
	require.Equal(t, "INACTIVE", *w.now().Status, "ECS describes a deleted service")
	d.config["services"] = []any{welcomer, other}
	d.up()
	w.runs(bootstrap)
	requireStable(t, d)
	w.arrives()
	d.destroy()
	requireNothingLeft(t, d, before, nil)
}
