//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/automation/stack"
)

// TestFailedUpContinues has AWS refuse a call in the middle of the first up. The
// command says what was refused, and run again it completes the stack.
//
// A refusal hits whoever makes the call first, so this part runs before the
// cases that run at the same time.
func TestFailedUpContinues(t *testing.T) {
	const file = "examples/s1-test-then-production/Pulumi.s1.yaml"
	d := deploy(t, file, map[string]any{"retainRepositories": false})
	before := inventory(t, d)
	emulator.fail(t, "elasticloadbalancing:CreateLoadBalancer", "AccessDenied", 403)
	result, err := d.run(t.Context(), (*stack.Stack).Up)
	var failed *stack.Error
	require.ErrorAs(t, err, &failed)
	require.ErrorContains(t, failed, "AccessDenied", "the error tells what AWS has said")
	require.ErrorContains(t, failed, d.name+"-alb", "the error tells which resource was refused")
	require.Equal(t, stack.Failed, result.Result)

	t.Parallel()
	again := d.up()
	require.NotZero(t, again.Changes.Same, "what was made before the failure is kept")
	require.Zero(t, again.Changes.Any()-again.Changes.Create, "nothing is made anew: %v", changes(again))
	t.Run("up", func(t *testing.T) { compare(t, d, systems[file]) })
	requireStable(t, d)
	d.destroy()
	requireNothingLeft(t, d, before, nil)
}
