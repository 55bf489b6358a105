//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
)

// TestServiceListensOnTwoPorts adds a port with its own path patterns to a running service, and removes it again. A push keeps the
// port. Each task is a healthy target on both ports.
func TestServiceListensOnTwoPorts(t *testing.T) {
	t.Parallel()
	d := lab.NewStack(t, "Pulumi.test.yaml", nil).Alone()
	d.Up()
	w := lab.Follow(d, "welcomer", "welcomer")
	require.Equal(t, []int32{5000}, w.OpenPorts())

	d.Services()[0]["additionalPorts"] = []any{map[string]any{"containerPort": 9090, "pathPatterns": []string{"/admin/*"},
		"healthCheck": map[string]any{"path": "/admin/health"}}}
	d.Up()
	require.ElementsMatch(t, []int32{5000, 9090}, w.OpenPorts())
	requirePorts := func(want ...string) {
		t.Helper()
		require.Equal(t, want, w.TargetPorts())
		d.RequireStable()
	}
	requirePorts("welcomer-9090 9090 /admin/health", "welcomer-blue 5000 /welcomer/hello")

	w.Change()
	_, execution := w.Push()
	w.Succeeds(execution)
	requirePorts("welcomer-9090 9090 /admin/health", "welcomer-blue 5000 /welcomer/hello")

	delete(d.Services()[0], "additionalPorts")
	d.Up()
	require.Equal(t, []int32{5000}, w.OpenPorts())
	requirePorts("welcomer-blue 5000 /welcomer/hello")
	d.End()
}
