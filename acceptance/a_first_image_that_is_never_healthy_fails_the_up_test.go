//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
	"fargate-cd/acceptance/internal/readback"
)

// TestFirstImageThatIsNeverHealthyFailsTheUp begins with an image whose tasks are never healthy.
// ECS has no revision to roll back to. Each up fails until the configuration names
// another image.
func TestFirstImageThatIsNeverHealthyFailsTheUp(t *testing.T) {
	t.Parallel()
	const broken = "public.ecr.aws/docker/library/broken:1"
	lab.MakeImageUnhealthy(t, broken)
	d := lab.NewStack(t, "Pulumi.test.yaml", nil).Alone()
	d.Services()[0]["image"] = broken
	for range 2 {
		_, err := d.TryUp()
		require.ErrorContains(t, err, "ECS gave up starting service welcomer")
	}

	delete(d.Services()[0], "image")
	d.Up()
	w := lab.Follow(d, "welcomer", "welcomer")
	w.Runs(readback.Bootstrap)
	d.RequireStable()
	w.Arrives()
	d.End()
}

// TestFirstBlueGreenImageThatIsNeverHealthyFailsTheUp does the same with a blue/green service. ECS
// starts its tasks again and again, and up fails after the configured minute.
func TestFirstBlueGreenImageThatIsNeverHealthyFailsTheUp(t *testing.T) {
	t.Parallel()
	const broken = "public.ecr.aws/docker/library/broken:2"
	lab.MakeImageUnhealthy(t, broken)
	d := lab.NewStack(t, "Pulumi.prod.yaml", map[string]any{"steadyTimeoutMinutes": 1}).Alone()
	d.Services()[0]["image"] = broken
	_, err := d.TryUp()
	require.ErrorContains(t, err, "service web is not steady after 1m0s")

	delete(d.Services()[0], "image")
	d.Up()
	w := lab.Follow(d, "web", "web")
	w.Meanwhile = w.Reroute
	w.Runs(readback.Bootstrap)
	d.RequireStable()
	w.Arrives()
	d.End()
}
