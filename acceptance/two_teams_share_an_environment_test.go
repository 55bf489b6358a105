//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
)

// TestTwoTeamsShareAnEnvironment runs the services of two stacks on the load balancers of a third stack. A push to a service does not
// change the other service. Up refuses a rule that collides with a rule of another stack. The environment is destroyed last.
func TestTwoTeamsShareAnEnvironment(t *testing.T) {
	t.Parallel()
	platform, orders, payments := lab.NewSharing(t)
	all := []*lab.Stack{platform, orders, payments}
	for _, each := range all {
		each.Up()
	}
	require.Len(t, lab.ECSServices(t, platform), 3, "services of both guests in one cluster")
	for _, each := range all {
		each.RequireStable()
	}

	rolling, blueGreen := lab.Follow(orders, "orders", "orders"), lab.Follow(payments, "payments", "payments")
	traffic := blueGreen.Traffic(payments.ProductionPort())
	ordered := rolling.Arrives()
	require.Equal(t, traffic, blueGreen.Traffic(payments.ProductionPort()), "the traffic of the other service")
	blueGreen.Arrives()
	rolling.Runs(ordered)
	for _, each := range all {
		each.RequireUnchanged()
	}

	service := orders.Services()[0]
	own := service["pathPatterns"]
	service["pathPatterns"] = []any{"/payments", "/payments/*"}
	_, err := orders.TryUp()
	require.ErrorContains(t, err, "a rule of stack "+payments.Name+" on the load balancer has the same conditions")
	service["pathPatterns"] = own
	orders.RequireUnchanged()

	require.ErrorContains(t, platform.TryDestroy(), "destroy these stacks first: ")
	rolling.Runs(ordered)
	payments.End()
}
