//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
	"fargate-cd/acceptance/internal/readback"
)

// TestWorkerHasNoLoadBalancer begins with a service without path patterns, in a stack without a load
// balancer. It adds path patterns and removes them again. The ECS service is not replaced.
func TestWorkerHasNoLoadBalancer(t *testing.T) {
	t.Parallel()
	d := lab.NewStack(t, "Pulumi.test.yaml", nil)
	paths := d.Services()[0]["pathPatterns"]
	w := lab.Follow(d, "welcomer", "welcomer")
	requireNoBalancer := func() {
		require.Empty(t, lab.Balancers(t, d))
		require.Empty(t, lab.TargetGroups(t, d))
		require.Empty(t, w.Now().LoadBalancers)
		require.EqualValues(t, 1, w.Now().RunningCount)
		d.RequireStable()
	}
	d.Services()[0]["pathPatterns"] = []string{}
	d.Up()
	requireNoBalancer()
	created := w.Now().CreatedAt

	d.Services()[0]["pathPatterns"] = paths
	d.Up()
	t.Run("reached", func(t *testing.T) { readback.Compare(t, d, readback.Systems["Pulumi.test.yaml"]) })

	d.Services()[0]["pathPatterns"] = []string{}
	d.Up()
	requireNoBalancer()
	require.Equal(t, created, w.Now().CreatedAt, "the service is the same")
	d.End()
}
