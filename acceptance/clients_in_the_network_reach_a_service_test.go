//go:build acceptance

package acceptance

import (
	"slices"
	"testing"

	"fargate-cd/acceptance/internal/lab"
	"fargate-cd/acceptance/internal/readback"
)

// TestClientsInTheNetworkReachAService moves a service without an API from the internet-facing load balancer to the internal one. At first only
// the VPC's range of addresses may reach it, and then also the range of another network.
func TestClientsInTheNetworkReachAService(t *testing.T) {
	t.Parallel()
	d := lab.NewStack(t, "Pulumi.test.yaml", nil)
	d.Services()[0]["internalClients"] = false
	d.Up()
	system := readback.Systems["Pulumi.test.yaml"]
	system.Services = slices.Clone(system.Services)

	d.Services()[0]["internalClients"] = true
	d.Up()
	system.Services[0].Internal, system.InternalFrom = true, []string{"10.0.0.0/16"}
	t.Run("the network", func(t *testing.T) { readback.Compare(t, d, system) })
	d.RequireStable()

	system.InternalFrom = []string{"10.0.0.0/16", "192.168.0.0/16"}
	d.Config["internalIngressCidrBlocks"] = system.InternalFrom
	d.Up()
	t.Run("a peered network too", func(t *testing.T) { readback.Compare(t, d, system) })
	d.RequireStable()
	d.End()
}
