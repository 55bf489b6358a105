//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/automation/stack"
)

// TestFirstUpThatNeverGetsHealthy has a first image whose tasks fail. ECS has
// nothing to roll back to: up fails, and fails again, until the configuration
// names another image.
func TestFirstUpThatNeverGetsHealthy(t *testing.T) {
	t.Parallel()
	const broken = "public.ecr.aws/docker/library/broken:1"
	emulator.unhealthyImage(t, broken)
	d := deploy(t, "Pulumi.test.yaml", nil)
	before := inventory(t, d)
	d.services()[0].(map[string]any)["image"] = broken
	for range 2 {
		_, err := d.run(t.Context(), (*stack.Stack).Up)
		require.ErrorContains(t, err, "ECS gave up starting service welcomer")
	}
	delete(d.services()[0].(map[string]any), "image")
	d.up()
	w := follow(d, "welcomer", "welcomer")
	w.runs(bootstrap)
	requireStable(t, d)
	w.arrives()
	d.destroy()
	requireNothingLeft(t, d, before, nil)
}

// TestFirstBlueGreenUpThatNeverGetsHealthy is the same where CodeDeploy deploys:
// ECS starts tasks again and again there, and up gives it a minute.
func TestFirstBlueGreenUpThatNeverGetsHealthy(t *testing.T) {
	t.Parallel()
	const broken = "public.ecr.aws/docker/library/broken:2"
	emulator.unhealthyImage(t, broken)
	d := deploy(t, "Pulumi.prod.yaml", map[string]any{"steadyTimeoutMinutes": 1})
	before := inventory(t, d)
	d.services()[0].(map[string]any)["image"] = broken
	_, err := d.run(t.Context(), (*stack.Stack).Up)
	require.ErrorContains(t, err, "service web is not steady after 1m0s")
	delete(d.services()[0].(map[string]any), "image")
	d.up()
	w := follow(d, "web", "web")
	w.meanwhile = w.reroute
	w.runs(bootstrap)
	requireStable(t, d)
	w.arrives()
	d.destroy()
	requireNothingLeft(t, d, before, nil)
}
