package apigateway

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/internal/problems"
	"fargate-cd/internal/problems/problemtest"
)

func TestRoutes(t *testing.T) {
	for name, test := range map[string]struct {
		given    ServiceSpec
		patterns []string
		want     []string
		problem  string
	}{
		"everything":         {patterns: []string{"/*"}, want: []string{"ANY /{proxy+}", "ANY /"}},
		"below a path":       {patterns: []string{"/web/*"}, want: []string{"ANY /web/{proxy+}"}},
		"one path":           {patterns: []string{"/web"}, want: []string{"ANY /web"}},
		"two patterns":       {patterns: []string{"/a", "/b"}, want: []string{"ANY /a", "ANY /b"}},
		"named routes first": {given: ServiceSpec{RouteKeys: []string{"GET /a"}}, patterns: []string{"/a*"}, want: []string{"GET /a"}},
		"a path and below":   {patterns: []string{"/web", "/web/*"}, want: []string{"ANY /web", "ANY /web/{proxy+}"}},
		"the root":           {patterns: []string{"/"}, want: []string{"ANY /"}},
		// A route key cannot end in a slash after a segment: the first update of such a stack failed.
		"a path that ends in a slash": {patterns: []string{"/web/"}, problem: "p.routeKeys: is missing: the path pattern /web/ has no equivalent route"},
		"two slashes":                 {patterns: []string{"/web//*"}, problem: "the path pattern /web//* has no equivalent route"},
		"a route that ends in a slash": {given: ServiceSpec{RouteKeys: []string{"GET /", "GET /a/"}},
			problem: `p.routeKeys[1]: "GET /a/" is not allowed: a method or ANY, and a path, such as GET /web/{id} or GET /web/{proxy+}. {proxy+} must be the last part ` +
				`of the path, a variable must be a whole part, and only the path / may end in a slash`},
		"variables": {given: ServiceSpec{RouteKeys: []string{"GET /a/{id}/b", "GET /{proxy+}", "GET /a/{id}/{rest+}"}},
			want: []string{"GET /a/{id}/b", "GET /{proxy+}", "GET /a/{id}/{rest+}"}},
		"a greedy variable inside": {given: ServiceSpec{RouteKeys: []string{"GET /a/{proxy+}/b"}}, problem: `p.routeKeys[0]: "GET /a/{proxy+}/b" is not allowed`},
		"half a variable":          {given: ServiceSpec{RouteKeys: []string{"GET /a/{id"}}, problem: `p.routeKeys[0]: "GET /a/{id" is not allowed`},
		"a part of a variable":     {given: ServiceSpec{RouteKeys: []string{"GET /a{id}"}}, problem: `p.routeKeys[0]: "GET /a{id}" is not allowed`},
		"a wildcard in a name": {patterns: []string{"/a*"},
			problem: "p.routeKeys: is missing: the path pattern /a* has no equivalent route of an HTTP API: name the routes"},
		"a wildcard for a character": {patterns: []string{"/b", "/a?/*"}, problem: "the path pattern /a?/* has no equivalent route"},
		"a wildcard alone":           {patterns: []string{"*"}, problem: "the path pattern * has no equivalent route"},
		"a route without method": {given: ServiceSpec{RouteKeys: []string{"GET /a", "/b"}},
			problem: `p.routeKeys[1]: "/b" is not allowed: a method or ANY, and a path, such as GET /web/{id}`},
		"a route of another method": {given: ServiceSpec{RouteKeys: []string{"LIST /a"}}, problem: `p.routeKeys[0]: "LIST /a" is not allowed`},
		"a scope with a space": {given: ServiceSpec{Scopes: []string{"web/read", "web write"}}, patterns: []string{"/a"},
			problem: `p.scopes[1]: "web write" is not allowed: an OAuth scope`},
		// A route that requires such a scope would refuse every request.
		"a scope that no token has": {given: ServiceSpec{Scopes: []string{"openid", "read"}}, patterns: []string{"/a"},
			problem: `p.scopes[1]: "read" is not allowed: a resource server and its scope, such as web/read, or one of ` +
				`aws.cognito.signin.user.admin, email, openid, phone, profile: no token has any other scope`},
		"a scope without a name":   {given: ServiceSpec{Scopes: []string{"web/"}}, patterns: []string{"/a"}, problem: `p.scopes[0]: "web/" is not allowed`},
		"a scope without a server": {given: ServiceSpec{Scopes: []string{"/read"}}, patterns: []string{"/a"}, problem: `p.scopes[0]: "/read" is not allowed`},
		"a scope twice":            {given: ServiceSpec{Scopes: []string{"a/b", "a/b"}}, patterns: []string{"/a"}, problem: `p.scopes[1]: "a/b" is not allowed: each scope only once`},
		"a long scope":             {given: ServiceSpec{Scopes: []string{"web/" + strings.Repeat("a", 61)}}, patterns: []string{"/a"}, problem: "up to 64 characters"},
		"eleven scopes":            {given: ServiceSpec{Scopes: strings.Fields("a/1 a/2 a/3 a/4 a/5 a/6 a/7 a/8 a/9 a/10 a/11")}, patterns: []string{"/a"}, problem: "p.scopes: 11 is not allowed: 10 scopes or fewer"},
		"scopes of a URL":          {given: ServiceSpec{Scopes: []string{"https://api.example.com/read"}}, patterns: []string{"/a"}, want: []string{"ANY /a"}},
	} {
		t.Run(name, func(t *testing.T) {
			var found problems.List
			test.given.Validate("p.", test.patterns, &found)
			problemtest.Require(t, found.Err(), test.problem)
			if test.problem == "" {
				got, err := test.given.Routes(test.patterns)
				require.NoError(t, err)
				require.Equal(t, test.want, got)
			}
		})
	}
}

// A browser sends a preflight request with OPTIONS and without a token.
func TestRoutesWithCors(t *testing.T) {
	spec := Spec{CorsAllowOrigins: []string{"https://app.example.com"}}
	got, err := spec.Routes(&ServiceSpec{}, []string{"/a"})
	require.NoError(t, err)
	require.Equal(t, []string{"DELETE /a", "GET /a", "HEAD /a", "PATCH /a", "POST /a", "PUT /a"}, got, "no route takes OPTIONS")

	got, err = spec.Routes(&ServiceSpec{RouteKeys: []string{"ANY /a", "GET /b", "GET /a"}}, nil)
	require.NoError(t, err)
	require.Equal(t, []string{"GET /b", "GET /a", "DELETE /a", "HEAD /a", "PATCH /a", "POST /a", "PUT /a"}, got, "each route once")

	got, err = (&Spec{}).Routes(&ServiceSpec{}, []string{"/a"})
	require.NoError(t, err)
	require.Equal(t, []string{"ANY /a"}, got)

	_, err = spec.Routes(&ServiceSpec{}, []string{"/a*"})
	require.ErrorContains(t, err, "the path pattern /a* has no equivalent route")

	var found problems.List
	spec.ValidateRoutes("p.", &ServiceSpec{RouteKeys: []string{"GET /a", "OPTIONS /a"}}, &found)
	problemtest.Require(t, found.Err(), `p.routeKeys[1]: "OPTIONS /a" is not allowed: another method`)
}
