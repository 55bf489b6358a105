package components

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRoutes(t *testing.T) {
	for name, test := range map[string]struct {
		given    APISpec
		patterns []string
		want     []string
		fault    string
	}{
		"everything":         {patterns: []string{"/*"}, want: []string{"ANY /{proxy+}", "ANY /"}},
		"below a path":       {patterns: []string{"/web/*"}, want: []string{"ANY /web/{proxy+}", "ANY /web/", "ANY /web"}},
		"one path":           {patterns: []string{"/web"}, want: []string{"ANY /web"}},
		"two patterns":       {patterns: []string{"/a", "/b"}, want: []string{"ANY /a", "ANY /b"}},
		"named routes first": {given: APISpec{RouteKeys: []string{"GET /a"}}, patterns: []string{"/a*"}, want: []string{"GET /a"}},
		// A path and what is below it is how a load balancer gets all of it; its one common route is one resource.
		"a path and below": {patterns: []string{"/web", "/web/*"}, want: []string{"ANY /web", "ANY /web/{proxy+}", "ANY /web/"}},
		"a wildcard in a name": {patterns: []string{"/a*"},
			fault: "p.routeKeys: is missing: an API has no route like the path pattern /a*: name the routes"},
		"a wildcard for a character": {patterns: []string{"/b", "/a?/*"}, fault: "no route like the path pattern /a?/*"},
		"a wildcard alone":           {patterns: []string{"*"}, fault: "no route like the path pattern *"},
		"a route without method": {given: APISpec{RouteKeys: []string{"GET /a", "/b"}},
			fault: `p.routeKeys[1]: "/b" is not allowed: a method or ANY, and a path such as GET /web/{proxy+}`},
		"a route of another method": {given: APISpec{RouteKeys: []string{"LIST /a"}}, fault: `p.routeKeys[0]: "LIST /a" is not allowed`},
		"a scope with a space": {given: APISpec{Scopes: []string{"web/read", "web write"}}, patterns: []string{"/a"},
			fault: `p.scopes[1]: "web write" is not allowed: an OAuth scope`},
	} {
		t.Run(name, func(t *testing.T) {
			var faults Faults
			test.given.Validate("p.", test.patterns, &faults)
			requireFault(t, faults.Err(), test.fault)
			if test.fault == "" {
				got, err := test.given.Routes(test.patterns)
				require.NoError(t, err)
				require.Equal(t, test.want, got)
			}
		})
	}
}
