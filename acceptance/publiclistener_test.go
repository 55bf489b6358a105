//go:build acceptance

package acceptance

import (
	"slices"
	"testing"
)

// TestPublicListener begins with a service that is behind the API and on the
// public listener as well, and then closes the public listener: the service
// moves to the internal balancer with its target group, which no two balancers
// can share. Scripts of a web page may call the API then.
func TestPublicListener(t *testing.T) {
	t.Parallel()
	d := deploy(t, "Pulumi.test.yaml", nil)
	before := inventory(t, d)
	d.services()[0].(map[string]any)["api"] = map[string]any{"publicListener": true}
	d.up()
	demanded := systems["Pulumi.test.yaml"]
	demanded.routes = []route{{key: "ANY /welcomer/{proxy+}", public: true}}
	t.Run("open", func(t *testing.T) { compare(t, d, demanded) })

	d.services()[0].(map[string]any)["api"] = map[string]any{}
	d.config["apiCorsAllowOrigins"] = []string{"https://app.example.com"}
	d.up()
	demanded.services = slices.Clone(demanded.services)
	demanded.services[0].internal = true
	demanded.origins, demanded.routes = []string{"https://app.example.com"}, nil
	for _, method := range []string{"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"} {
		demanded.routes = append(demanded.routes, route{key: method + " /welcomer/{proxy+}"})
	}
	t.Run("closed", func(t *testing.T) { compare(t, d, demanded) })
	requireStable(t, d)

	d.destroy()
	requireNothingLeft(t, d, before, nil)
}
