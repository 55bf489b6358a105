//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
	"fargate-cd/acceptance/internal/readback"
	"fargate-cd/automation/stack"
)

// TestFailedUpContinues makes AWS refuse a call in the middle of the first up. The
// command reports the refusal, and the next up completes the stack.
//
// The emulator refuses the next such call of any case. Therefore the failed up runs
// before the cases that run in parallel.
func TestFailedUpContinues(t *testing.T) {
	const file = "examples/s1-test-then-production/Pulumi.s1.yaml"
	d := lab.NewStack(t, file, map[string]any{"retainRepositories": false})
	lab.FailNext(t, "elasticloadbalancing:CreateLoadBalancer", "AccessDenied", 403)
	result, err := d.TryUp()
	var failed *stack.Error
	require.ErrorAs(t, err, &failed)
	require.ErrorContains(t, failed, "AccessDenied", "the error contains AWS's answer")
	require.ErrorContains(t, failed, d.Name+"-alb", "the error names the resource")
	require.Equal(t, stack.Failed, result.Result)

	t.Parallel()
	again := d.Up()
	require.NotZero(t, again.Changes.Same, "up keeps what was created before the failure")
	require.Zero(t, again.Changes.Any()-again.Changes.Create, "up only creates what is missing: %v", lab.Changes(again))
	t.Run("up", func(t *testing.T) { readback.Compare(t, d, readback.Systems[file]) })
	d.RequireStable()
	d.End()
}
