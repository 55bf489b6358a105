package apigateway

import (
	"cmp"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/internal/defaults"
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

func TestSpec(t *testing.T) {
	for name, test := range map[string]struct {
		change        func(*Spec)
		project, name string
		problem       string
	}{
		"defaults":             {},
		"a domain":             {change: func(s *Spec) { s.DomainPrefix = "my-app-1" }, name: "aws"},
		"a domain in capitals": {change: func(s *Spec) { s.DomainPrefix = "My-app" }, problem: `p.apiDomainPrefix: "My-app" is not allowed: 1 to 63 lower-case letters`},
		"a reserved word": {change: func(s *Spec) { s.DomainPrefix = "my-cognito" },
			problem: `p.apiDomainPrefix: "my-cognito" is not allowed`},
		"a hyphen at the end": {change: func(s *Spec) { s.DomainPrefix = "my-" }, problem: `p.apiDomainPrefix: "my-" is not allowed`},
		"a stack name with a reserved word": {name: "Aws-test",
			problem: `p.apiDomainPrefix: is missing: the default begins with "fargate-cd-aws-test", from the names of project and stack, but Cognito requires 1 to 63`},
		"a project name with a dot": {project: "my.project", problem: `p.apiDomainPrefix: is missing: the default begins with "my.project-dev"`},
		"callbacks": {change: func(s *Spec) {
			s.CallbackURLs = []string{"https://app.example.com/in", "http://127.0.0.1:80/", "myapp://in"}
		}},
		"no callback":           {change: func(s *Spec) { s.CallbackURLs = []string{} }, problem: `p.apiCallbackUrls: [] is not allowed: 1 to 100 URLs`},
		"http":                  {change: func(s *Spec) { s.CallbackURLs = []string{"http://example.com"} }, problem: `p.apiCallbackUrls[0]: "http://example.com" is not allowed: an absolute URL`},
		"http, almost local":    {change: func(s *Spec) { s.CallbackURLs = []string{"http://localhost.example.com"} }, problem: `p.apiCallbackUrls[0]`},
		"a fragment":            {change: func(s *Spec) { s.CallbackURLs = []string{"https://a.example/#x"} }, problem: `p.apiCallbackUrls[0]`},
		"a relative URL":        {change: func(s *Spec) { s.CallbackURLs = []string{"/in"} }, problem: `p.apiCallbackUrls[0]`},
		"a callback twice":      {change: func(s *Spec) { s.CallbackURLs = []string{"a:/", "a:/"} }, problem: `p.apiCallbackUrls[1]: "a:/" is not allowed: each URL only once`},
		"every origin":          {change: func(s *Spec) { s.CorsAllowOrigins = []string{"*"} }},
		"origins":               {change: func(s *Spec) { s.CorsAllowOrigins = []string{"https://a.example", "http://localhost:3000"} }},
		"an origin with a path": {change: func(s *Spec) { s.CorsAllowOrigins = []string{"https://a.example/"} }, problem: `p.apiCorsAllowOrigins[0]: "https://a.example/" is not allowed: * or an origin`},
		"every origin and one":  {change: func(s *Spec) { s.CorsAllowOrigins = []string{"https://a.example", "*"} }, problem: `p.apiCorsAllowOrigins[1]: "*" is not allowed: * alone`},
		// This header has the token, so without it no script could call the API.
		"no header for the token": {change: func(s *Spec) { s.CorsAllowOrigins, s.CorsAllowHeaders = []string{"*"}, []string{"*"} },
			problem: `p.apiCorsAllowHeaders: ["*"] is not allowed: it must contain authorization`},
		"a header with a blank": {change: func(s *Spec) {
			s.CorsAllowOrigins, s.CorsAllowHeaders = []string{"*"}, []string{"Authorization", "x y"}
		}, problem: `p.apiCorsAllowHeaders[1]: "x y" is not allowed: the name of a header`},
	} {
		t.Run(name, func(t *testing.T) {
			spec := Spec{}
			defaults.Set(&spec)
			if test.change != nil {
				test.change(&spec)
			}
			var found problems.List
			spec.Validate("p.", cmp.Or(test.project, "fargate-cd"), cmp.Or(test.name, "dev"), &found)
			problemtest.Require(t, found.Err(), test.problem)
		})
	}
}

func TestSpecUnused(t *testing.T) {
	var found problems.List
	(&Spec{DomainPrefix: "a", CorsAllowOrigins: []string{"*"}}).ValidateUnused("p.", &found)
	require.ErrorContains(t, found.Err(), `p.apiDomainPrefix: "a" is not allowed: it requires a service with api`)
	require.ErrorContains(t, found.Err(), `p.apiCorsAllowOrigins: ["*"] is not allowed: it requires a service with api`)
}

func TestScopes(t *testing.T) {
	scopes := scopesOf([]Service{
		{ServiceSpec: ServiceSpec{Scopes: []string{"web/write", "web/read", "email"}}},
		{ServiceSpec: ServiceSpec{Scopes: []string{"web/read", "https://api.example.com/x", "openid"}}},
		{},
	})
	require.Equal(t, []string{"https://api.example.com/x", "web/read", "web/write"}, scopes.custom())
	require.Equal(t, []string{"email", "openid", "https://api.example.com/x", "web/read", "web/write"}, scopes.people())
	require.Equal(t, []string{"openid"}, scopesOf([]Service{{}}).people())
	require.Empty(t, scopesOf([]Service{{}}).custom())

	var many []Service
	for i := range 50 {
		many = append(many, Service{ServiceSpec: ServiceSpec{Scopes: []string{fmt.Sprintf("web/%d", i)}}})
	}
	var found problems.List
	ValidateScopes("services", many[:49], &found)
	require.NoError(t, found.Err())
	ValidateScopes("services", many, &found)
	require.ErrorContains(t, found.Err(), "services: 51 is not allowed: 50 different scopes or fewer")
}
