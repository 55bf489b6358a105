//go:build acceptance

package acceptance

import (
	"maps"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
	"fargate-cd/acceptance/internal/readback"
	"fargate-cd/automation/stack"
)

// TestServicesReachEachOther adds Service Connect to two running services, and removes it again. The services are not replaced. A
// push keeps the name of the port, without which ECS refuses the revision. The emulator does not store the Service Connect
// configuration of a service. The sandbox and the unit tests check it.
func TestServicesReachEachOther(t *testing.T) {
	t.Parallel()
	d := lab.NewStack(t, "Pulumi.test.yaml", nil).Alone()
	orders := maps.Clone(d.Services()[0])
	orders["name"], orders["source"], orders["pathPatterns"] = "orders", map[string]any{"provider": "CodeCommit", "repository": "orders"}, []string{"/orders/*"}
	d.Config["services"] = []any{d.Services()[0], orders}
	d.Up()
	require.Empty(t, lab.Namespaces(t, d))

	d.Services()[0]["serviceConnect"] = map[string]any{"connectsTo": []string{"orders"}}
	d.Services()[1]["serviceConnect"] = map[string]any{"clientAlias": "orders:80", "appProtocol": "http2"}
	requireServicesStay(t, d.Up())
	require.Len(t, lab.Namespaces(t, d), 1)
	w := lab.Follow(d, "orders", "orders")
	const fromBalancer = "in tcp 5000-5000 from STACK-alb"
	requirePort := func() {
		t.Helper()
		port := w.Container(w.Revision(), "orders").PortMappings[0]
		require.Equal(t, "orders", aws.ToString(port.Name))
		require.Equal(t, types.ApplicationProtocolHttp2, port.AppProtocol)
	}
	requirePort()
	require.Equal(t, []string{fromBalancer, "in tcp 5000-5000 from welcomer-tasks"}, readback.Ingress(t, d, "orders-tasks"))
	require.Equal(t, []string{fromBalancer}, readback.Ingress(t, d, "welcomer-tasks"))
	d.RequireStable()

	w.Arrives()
	requirePort()
	d.RequireStable()

	for _, service := range d.Services() {
		delete(service, "serviceConnect")
	}
	requireServicesStay(t, d.Up())
	require.Empty(t, lab.Namespaces(t, d))
	require.Equal(t, []string{fromBalancer}, readback.Ingress(t, d, "orders-tasks"))
	require.Empty(t, aws.ToString(w.Container(w.Revision(), "orders").PortMappings[0].Name))
	d.RequireStable()
	d.End()
}

// requireServicesStay requires that an update changes both services in place.
func requireServicesStay(t *testing.T, got stack.Result) {
	t.Helper()
	var ops []string
	for _, step := range got.Steps {
		if step.Type == "aws:ecs/service:Service" {
			ops = append(ops, step.Op)
		}
	}
	require.Equal(t, []string{"update", "update"}, ops)
}
