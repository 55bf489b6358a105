//go:build acceptance

package acceptance

import (
	"slices"
	"testing"

	"fargate-cd/acceptance/internal/lab"
	"fargate-cd/acceptance/internal/readback"
)

// TestServiceMovesToTheInternalBalancer begins with a service behind the API that is also on the public
// listener, and then closes the public listener. The service moves to the internal load
// balancer. It gets a new target group, because two load balancers cannot share one. The
// test also allows a web page's scripts to call the API (CORS).
func TestServiceMovesToTheInternalBalancer(t *testing.T) {
	t.Parallel()
	d := lab.NewStack(t, "Pulumi.test.yaml", nil)
	d.Services()[0]["api"] = map[string]any{"publicListener": true}
	d.Up()
	system := readback.Systems["Pulumi.test.yaml"]
	system.Routes = []readback.Route{{Key: "ANY /welcomer/{proxy+}", Public: true}}
	t.Run("open", func(t *testing.T) { readback.Compare(t, d, system) })

	d.Services()[0]["api"] = map[string]any{}
	d.Config["apiCorsAllowOrigins"] = []string{"https://app.example.com"}
	d.Up()
	system.Services = slices.Clone(system.Services)
	system.Services[0].Internal = true
	system.Origins, system.Routes = []string{"https://app.example.com"}, nil
	for _, method := range []string{"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"} {
		system.Routes = append(system.Routes, readback.Route{Key: method + " /welcomer/{proxy+}"})
	}
	t.Run("closed", func(t *testing.T) { readback.Compare(t, d, system) })
	d.RequireStable()
	d.End()
}
