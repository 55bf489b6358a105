//go:build acceptance

package acceptance

import (
	"slices"
	"testing"

	"fargate-cd/acceptance/internal/lab"
	"fargate-cd/acceptance/internal/readback"
)

// TestHostSelectsTheService begins with a service with sticky sessions, which the load balancer selects
// by host, header and query string. Then the service moves behind the API, without sticky
// sessions. The API sets the host that the load balancer expects.
func TestHostSelectsTheService(t *testing.T) {
	t.Parallel()
	d := lab.NewStack(t, "Pulumi.test.yaml", nil)
	settings := map[string]any{
		"hostHeaders":  []string{"api.example.com"},
		"httpHeaders":  []any{map[string]any{"httpHeaderName": "X-Version", "values": []string{"2"}}},
		"queryStrings": []any{map[string]any{"key": "beta", "value": "*"}},

		"stickinessSeconds": 600, "slowStartSeconds": 90,
	}
	for key, value := range settings {
		d.Services()[0][key] = value
	}
	d.Up()
	system := readback.Systems["Pulumi.test.yaml"]
	system.Services = slices.Clone(system.Services)
	system.Services[0].Paths = []string{"/welcomer/*", "?beta=*", "X-Version:2", "api.example.com"}
	system.Services[0].Priority, system.Services[0].Sticky, system.Services[0].SlowStart = "7275", 600, 90
	t.Run("public", func(t *testing.T) { readback.Compare(t, d, system) })
	d.RequireStable()

	service := d.Services()[0]
	service["api"], service["stickinessSeconds"], service["slowStartSeconds"] = map[string]any{}, 0, 0
	d.Up()
	system.Services[0].Internal, system.Services[0].Sticky, system.Services[0].SlowStart = true, 0, 0
	system.Routes = []readback.Route{{Key: "ANY /welcomer/{proxy+}", Host: "api.example.com"}}
	t.Run("behind the API", func(t *testing.T) { readback.Compare(t, d, system) })
	d.RequireStable()
	d.End()
}
