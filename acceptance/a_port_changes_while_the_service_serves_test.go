//go:build acceptance

package acceptance

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
)

// TestPortChangesWhileTheServiceServes changes the port of a rolling service while it serves. At every
// moment there is a healthy target, and the load balancer reaches every healthy target.
func TestPortChangesWhileTheServiceServes(t *testing.T) {
	t.Parallel()
	d := lab.NewStack(t, "Pulumi.test.yaml", nil).Alone()
	d.Up()
	w := lab.Follow(d, "welcomer", "welcomer")
	image := w.Arrives()
	traffic := w.Traffic(w.ProductionPort())

	d.SetPort(5001)
	looks := 0
	for up, over := d.StartUp(), false; !over; looks++ {
		over = up.Over() // after the end of up, look at the targets once more
		requireReachableTargets(t, w)
		if over {
			up.Wait()
		}
	}
	require.Greater(t, looks, 2, "looks at the targets: a busy machine looks a few times only")
	require.Equal(t, traffic, w.Traffic(w.ProductionPort()), "the target group stays")
	w.Runs(image)
	require.Equal(t, []int32{5001}, w.OpenPorts(), "the old port is closed")
	d.RequireStable()
	d.End()
}

// requireReachableTargets requires that there are healthy targets, and that the
// security group of the tasks opens their ports.
func requireReachableTargets(t *testing.T, w *lab.Delivery) {
	t.Helper()
	targets := w.Targets()
	require.NotEmpty(t, targets, "healthy targets while the port changes")
	open := w.OpenPorts()
	still := w.Targets() // up may have removed a target before it closed the target's port
	for _, target := range targets {
		_, text, _ := strings.Cut(target, ":")
		port, err := strconv.ParseInt(text, 10, 32)
		require.NoError(t, err)
		if slices.Contains(still, target) {
			require.Contains(t, open, int32(port), "the load balancer does not reach the target %s", target)
		}
	}
}

// portChangesBlueGreen changes the port of a blue/green service. The old tasks serve
// requests until the new tasks get the traffic. The next up closes the old port.
func portChangesBlueGreen(t *testing.T, w *lab.Delivery) {
	image := w.Running()
	w.SetPort(8181)
	old := w.NewestExecution()
	w.Up()
	w.Ready()
	require.Subset(t, w.OpenPorts(), []int32{8080, 8181}, "ports that are open to the load balancer during the deployment")
	w.Reroute()
	w.Succeeds(w.NextExecution(old))
	w.Runs(image)
	require.ElementsMatch(t, []string{
		"delete aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule web-internal-to-8080",
		"delete aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule web-from-internal-8080",
	}, lab.Changes(w.Up()), "the old port closes after the deployment")
	w.RequireUnchanged()
}
