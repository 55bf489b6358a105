package apigateway

import (
	"cmp"
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/internal/defaults"
	"fargate-cd/internal/problems"
	"fargate-cd/internal/problems/problemtest"
)

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
