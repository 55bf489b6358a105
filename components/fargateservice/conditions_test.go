package fargateservice_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/defaults"
	"fargate-cd/internal/enginetest"
	"fargate-cd/internal/problems/problemtest"
)

// conditional has all kinds of conditions.
var conditional = fargateservice.ConditionsSpec{
	HostHeaders:  []string{"*.example.com", "api.example.com"},
	HttpHeaders:  []fargateservice.HttpHeaderSpec{{HttpHeaderName: "X-Version", Values: []string{"2"}}},
	QueryStrings: []fargateservice.QueryStringSpec{{Value: "beta*"}},
}

// The rules of the production and of the test listener have the same conditions.
func TestConditions(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, setup{environment: testListening, blueGreen: true, service: &fargateservice.Args{Spec: fargateservice.Spec{ConditionsSpec: conditional}}}.program)
	for _, name := range []string{"web-production", "web-test"} {
		require.Equal(t, list{
			object{"pathPattern": object{"values": list{"/*"}}},
			object{"hostHeader": object{"values": list{"*.example.com", "api.example.com"}}},
			object{"httpHeader": object{"httpHeaderName": "X-Version", "values": list{"2"}}},
			object{"queryStrings": list{object{"value": "beta*"}}},
		}, r.One(t, "lb.ListenerRule", name).Inputs["conditions"], name)
	}
	require.Equal(t, []string{"*.example.com", "api.example.com", "X-Version: 2", "?beta*"}, conditional.Texts())
	require.Equal(t, "api.example.com", conditional.Host())
}

// The certificate that an environment requests has one name, which a client of another host would refuse. An API verifies
// that name for all hosts of the services that only the API reaches.
func TestHostsNeedTheirCertificate(t *testing.T) {
	requested := environment.Spec{DomainName: "app.example.com", HostedZoneID: "Z0123456789ABCDEFGHIJ"}
	both := withHTTPS
	both.DomainName = requested.DomainName
	service := func(internal bool) *fargateservice.Args {
		return &fargateservice.Args{Internal: internal, Spec: fargateservice.Spec{
			PathPatterns: []string{"/a"}, ConditionsSpec: fargateservice.ConditionsSpec{HostHeaders: []string{"App.example.com", "api.example.com"}},
			PortsSpec: fargateservice.PortsSpec{AdditionalPorts: []fargateservice.PortSpec{
				{ContainerPort: 9090, PathPatterns: []string{"/b"}, ConditionsSpec: fargateservice.ConditionsSpec{HostHeaders: []string{"*.example.com"}}},
			}},
		}}
	}
	err := new(enginetest.Engine).Run(setup{environment: requested, service: service(false)}.program, nil)
	require.ErrorContains(t, err, `the configuration has 2 problems:
  - hostHeaders[1]: "api.example.com" is not allowed: app.example.com, the only name in the certificate of the stack; for other names set certificateArn
  - additionalPorts[0].hostHeaders[0]: "*.example.com" is not allowed: app.example.com, the only name in the certificate of the stack; for other names set certificateArn`)

	for _, given := range []setup{
		{environment: both, service: service(false)},
		{environment: requested, balancers: []string{environment.LoadBalancerInternal}, service: service(true)},
	} {
		new(enginetest.Engine).MustRun(t, given.program)
	}
}

func TestConditionsRefuse(t *testing.T) {
	long := strings.Repeat("a", 60)
	for name, test := range map[string]struct {
		given fargateservice.ConditionsSpec
		want  string
	}{
		"host without a dot": {fargateservice.ConditionsSpec{HostHeaders: []string{"localhost"}},
			`p.hostHeaders[0]: "localhost" is not allowed: a host name of up to 128 letters`},
		"wildcard after the last dot": {fargateservice.ConditionsSpec{HostHeaders: []string{"example.*"}},
			`p.hostHeaders[0]: "example.*" is not allowed: a host name`},
		"digit after the last dot": {fargateservice.ConditionsSpec{HostHeaders: []string{"api.example.c0m"}},
			`p.hostHeaders[0]: "api.example.c0m" is not allowed: a host name`},
		"address": {fargateservice.ConditionsSpec{HostHeaders: []string{"10.0.0.1"}},
			`p.hostHeaders[0]: "10.0.0.1" is not allowed: a host name`},
		"host with a port": {fargateservice.ConditionsSpec{HostHeaders: []string{"a.example.com:80"}},
			`p.hostHeaders[0]: "a.example.com:80" is not allowed: a host name`},
		"header without a name": {fargateservice.ConditionsSpec{HttpHeaders: []fargateservice.HttpHeaderSpec{{Values: []string{"a"}}}},
			`p.httpHeaders[0].httpHeaderName: is missing: the name of the header`},
		"header host": {fargateservice.ConditionsSpec{HttpHeaders: []fargateservice.HttpHeaderSpec{{HttpHeaderName: "Host", Values: []string{"a.b"}}}},
			`p.httpHeaders[0].httpHeaderName: "Host" is not allowed: another header; use hostHeaders for the host`},
		"header with a wildcard in its name": {fargateservice.ConditionsSpec{HttpHeaders: []fargateservice.HttpHeaderSpec{{HttpHeaderName: "X Y", Values: []string{"a"}}}},
			`p.httpHeaders[0].httpHeaderName: "X Y" is not allowed: the name of a header`},
		"header without values": {fargateservice.ConditionsSpec{HttpHeaders: []fargateservice.HttpHeaderSpec{{HttpHeaderName: "A"}}},
			`p.httpHeaders[0].values: is missing: the values of the header`},
		"header with an empty value": {fargateservice.ConditionsSpec{HttpHeaders: []fargateservice.HttpHeaderSpec{{HttpHeaderName: "A", Values: []string{""}}}},
			`p.httpHeaders[0].values[0]: "" is not allowed: 1 to 128 printable ASCII characters`},
		"query without a value": {fargateservice.ConditionsSpec{QueryStrings: []fargateservice.QueryStringSpec{{Key: "a"}}},
			`p.queryStrings[0].value: is missing: the value of the parameter, or * for any value`},
		"query with a space": {fargateservice.ConditionsSpec{QueryStrings: []fargateservice.QueryStringSpec{{Key: "a b", Value: "c"}}},
			`p.queryStrings[0].key: "a b" is not allowed: up to 128 ASCII characters without spaces`},
		"six values": {fargateservice.ConditionsSpec{HostHeaders: []string{"a.b", "c.d", "e.f", "g.h", "i.j"}},
			`p.pathPatterns: ["/*"] is not allowed: 5 values or fewer in pathPatterns, hostHeaders, httpHeaders and queryStrings together, not 6`},
		"six wildcards": {fargateservice.ConditionsSpec{QueryStrings: []fargateservice.QueryStringSpec{{Key: "*a*", Value: "*b??"}}},
			`p.pathPatterns: ["/*"] is not allowed: 5 wildcards (* and ?) or fewer in all conditions of the service together, not 6`},
		"too long for a computed priority": {fargateservice.ConditionsSpec{HostHeaders: []string{long + ".example.com"},
			HttpHeaders: []fargateservice.HttpHeaderSpec{{HttpHeaderName: "X-Version", Values: []string{long}}}},
			`p.priority: is missing: the conditions have 142 characters, and a computed priority allows 120: set one`},
	} {
		t.Run(name, func(t *testing.T) {
			spec := fargateservice.Spec{ConditionsSpec: test.given}
			defaults.Set(&spec)
			problemtest.Require(t, problemtest.Of(&spec), test.want)
		})
	}
}

// If two rules match the same request, the rule that matches fewer requests must come first.
func TestPriorityOfConditions(t *testing.T) {
	hosts := func(path string, hosts ...string) fargateservice.Spec {
		return fargateservice.Spec{PathPatterns: []string{path}, ConditionsSpec: fargateservice.ConditionsSpec{HostHeaders: hosts}}
	}
	versioned := hosts("/*", "api.example.com")
	versioned.HttpHeaders = conditional.HttpHeaders
	queried := hosts("/*", "api.example.com")
	queried.QueryStrings = []fargateservice.QueryStringSpec{{Key: "*", Value: "*"}}
	onlyQuery := fargateservice.Spec{PathPatterns: []string{"/*"}, ConditionsSpec: fargateservice.ConditionsSpec{QueryStrings: conditional.QueryStrings}}
	for name, specs := range map[string][2]fargateservice.Spec{
		"a host before no host":              {hosts("/*", "api.example.com"), {PathPatterns: []string{"/a/much/longer/path/of/a/service/*"}}},
		"a query before none":                {onlyQuery, {PathPatterns: []string{"/a/much/longer/path/of/a/service/*"}}},
		"a host before a wildcard":           {hosts("/*", "api.example.com"), hosts("/*", "*.example.com")},
		"a path of a host before the host":   {hosts("/api/*", "api.example.com"), hosts("/*", "api.example.com")},
		"the host with a header before it":   {versioned, hosts("/*", "api.example.com")},
		"the host with a query before it":    {queried, hosts("/*", "api.example.com")},
		"the shortest of two hosts counts":   {hosts("/*", "api.example.com"), hosts("/*", "*.example.com", "api.example.com")},
		"conditions before configured paths": {versioned, {PathPatterns: []string{"/" + strings.Repeat("a", 127)}}},
	} {
		first, second := 0, 100000
		for i := range 1000 { // for many hashes of the name
			service := fmt.Sprintf("service-%d", i)
			first, second = max(first, specs[0].RulePriority(service)), min(second, specs[1].RulePriority(service))
		}
		require.Less(t, first, second, name)
		require.Greater(t, first, 1000, "smaller priorities are reserved")
	}
	spec := hosts("/*", "api.example.com")
	require.Equal(t, 9050, spec.RulePriority("web"), "existing stacks have this number: a different formula would change every rule")
	spec.Priority = pulumi.IntRef(7)
	require.Equal(t, 7, spec.RulePriority("web"))
}

// Condition is equal for services whose rules match the same requests.
func TestCondition(t *testing.T) {
	spec := func(change func(*fargateservice.Spec)) string {
		s := fargateservice.Spec{PathPatterns: []string{"/a", "/b"}, ConditionsSpec: conditional}
		change(&s)
		return s.Condition()
	}
	base := spec(func(*fargateservice.Spec) {})
	require.Equal(t, base, spec(func(s *fargateservice.Spec) {
		s.PathPatterns, s.HostHeaders = []string{"/b", "/a"}, []string{"API.example.com", "*.example.com"}
		s.HttpHeaders = []fargateservice.HttpHeaderSpec{{HttpHeaderName: "x-version", Values: []string{"2"}}}
	}))
	// The values of a header are not case-sensitive, so their case changes neither their order nor their number.
	header := func(values ...string) string {
		return spec(func(s *fargateservice.Spec) {
			s.HttpHeaders = []fargateservice.HttpHeaderSpec{{HttpHeaderName: "X-Version", Values: values}}
		})
	}
	require.Equal(t, header("a", "b"), header("B", "a"))
	require.Equal(t, header("a"), header("A", "a"))
	for name, change := range map[string]func(*fargateservice.Spec){
		"path":   func(s *fargateservice.Spec) { s.PathPatterns = []string{"/A", "/b"} },
		"host":   func(s *fargateservice.Spec) { s.HostHeaders = nil },
		"header": func(s *fargateservice.Spec) { s.HttpHeaders = nil },
		"query":  func(s *fargateservice.Spec) { s.QueryStrings = nil },
	} {
		require.NotEqual(t, base, spec(change), name)
	}
}
