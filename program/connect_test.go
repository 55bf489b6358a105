package program

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/internal/enginetest"
)

// A service is registered after the services to which it connects, whatever the order of the stack file.
func TestServersComeFirst(t *testing.T) {
	r := runStack(t, enginetest.Stack, `
config:
  fargate-cd:services:
    - { name: web, source: { provider: CodeCommit, repository: web }, serviceConnect: { connectsTo: [orders, users] } }
    - { name: orders, pathPatterns: [], source: { provider: CodeCommit, repository: orders }, serviceConnect: { clientAlias: "orders:80", connectsTo: [users] } }
    - { name: users, pathPatterns: [], source: { provider: CodeCommit, repository: users }, serviceConnect: { clientAlias: "users:80" } }
    - { name: alone, pathPatterns: [/alone/*], source: { provider: CodeCommit, repository: alone } }
`)
	require.Len(t, r.All("servicediscovery.HttpNamespace"), 1)
	service := func(name string) *enginetest.Resource { return r.One(t, "ecs.Service", name) }
	require.True(t, service("web").Needs(service("orders")))
	require.True(t, service("web").Needs(service("users")))
	require.True(t, service("orders").Needs(service("users")))
	require.False(t, service("alone").Needs(service("users")))
	require.NotContains(t, service("alone").Inputs, "serviceConnectConfiguration")
	got := map[string]any{} // rule → security group that it opens
	for _, rule := range r.All("vpc.SecurityGroupIngressRule") {
		if rule.Inputs["referencedSecurityGroupId"] != "test-alb-securitygroup" && rule.Inputs["cidrIpv4"] == nil {
			got[rule.Name] = rule.Inputs["securityGroupId"]
		}
	}
	require.Equal(t, map[string]any{
		"web-to-orders-8080": "orders-tasks-securitygroup", "web-to-users-8080": "users-tasks-securitygroup", "orders-to-users-8080": "users-tasks-securitygroup",
	}, got)
}

func TestServiceConnectRefuses(t *testing.T) {
	server := func(name, alias, more string) string {
		return service(name, `"pathPatterns": [], "serviceConnect": {"clientAlias": "`+alias+`"`+more+`}`)
	}
	for name, test := range map[string]struct {
		services []string
		want     string
	}{
		"an unknown service": {[]string{server("a", "a:1", `, "connectsTo": ["c"]`), server("b", "b:1", "")},
			`services[0].serviceConnect.connectsTo[0]: "c" is not allowed: another service with a clientAlias, each only once: b`},
		"itself":            {[]string{server("a", "a:1", `, "connectsTo": ["a"]`)}, `services[0].serviceConnect.connectsTo[0]: "a" is not allowed: another service`},
		"no server":         {[]string{server("a", "a:1", `, "connectsTo": ["b"]`), service("b", `"pathPatterns": []`)}, `connectsTo[0]: "b" is not allowed: another service with a clientAlias`},
		"a name twice":      {[]string{server("a", "a:1", `, "connectsTo": ["b", "b"]`), server("b", "b:1", "")}, `connectsTo[1]: "b" is not allowed: another service`},
		"two of an address": {[]string{server("a", "a:1", ""), server("b", "a:1", "")}, `services[1].serviceConnect.clientAlias: "a:1" is not allowed: it must be unique in the stack, and service a already has it`},
		"a cycle": {[]string{server("a", "a:1", `, "connectsTo": ["b"]`), server("b", "b:1", `, "connectsTo": ["c"]`), server("c", "c:1", `, "connectsTo": ["a"]`)},
			`services[0].serviceConnect.connectsTo[0]: "a → b → c → a" is not allowed: no cycle: the tasks of a service see only the services that exist`},
		"blue/green": {[]string{service("a", `"serviceConnect": {"clientAlias": "a:1"}, "deployment": {"strategy": "ECSAllAtOnce"}`)},
			`services[0].serviceConnect: is not allowed: it cannot be combined with a blue/green deployment`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parse(map[string]string{"fargate-cd:services": services(test.services...)})
			require.ErrorContains(t, err, test.want)
		})
	}
}
