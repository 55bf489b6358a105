package program

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/internal/enginetest"
)

// Clients in the network reach a service on the internal load balancer, without an API. The service is not reachable
// from the internet.
func TestInternalClients(t *testing.T) {
	for name, test := range map[string]struct {
		settings string
		from     []string
	}{
		"the created network": {"", []string{"10.0.0.0/16"}},
		"given networks":      {"fargate-cd:internalIngressCidrBlocks: [10.0.0.0/16, 192.168.0.0/16]", []string{"10.0.0.0/16", "192.168.0.0/16"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := runStack(t, enginetest.Stack, `
config:
  `+test.settings+`
  fargate-cd:certificateArn: arn:aws:acm:eu-central-1:111122223333:certificate/1
  fargate-cd:domainName: ledger.corp.example.com
  fargate-cd:hostedZoneId: Z0123456789ABCDEFGHIJ
  fargate-cd:services:
    - { name: ledger, internalClients: true, source: { provider: CodeCommit, repository: ledger } }
`)
			require.Equal(t, []string{"test-internal"}, enginetest.Names(r.All("lb.LoadBalancer")))
			require.Empty(t, r.All("apigatewayv2.Api"))
			var from []string
			for _, rule := range r.All("vpc.SecurityGroupIngressRule") {
				if rule.Inputs["securityGroupId"] == "test-internal-securitygroup" {
					require.Equal(t, 443.0, rule.Inputs["fromPort"])
					from = append(from, rule.Inputs["cidrIpv4"].(string))
				}
			}
			require.ElementsMatch(t, test.from, from)
			alias := r.One(t, "route53.Record", "test-domain").Inputs
			require.Equal(t, "test-internal.elb.example", alias["aliases"].(list)[0].(object)["name"])
			require.Empty(t, r.All("acm.Certificate"), "nothing to validate in a private zone")
		})
	}
}

// A client that reaches the listener reaches all services on it. So each of these services must set internalClients.
func TestInternalClientsAreValidated(t *testing.T) {
	const service = `{"name":"a","source":{"provider":"CodeCommit","repository":"a"},"pathPatterns":["/a/*"]`
	for name, test := range map[string]struct {
		services string
		values   map[string]string
		want     []string
	}{
		"a service that only the API reaches": {
			service + `,"api":{}},{"name":"b","source":{"provider":"CodeCommit","repository":"b"},"internalClients":true}`, nil,
			[]string{"services[0].internalClients: is missing"}},
		"the public listener": {service + `,"api":{"publicListener":true},"internalClients":true}`, nil, []string{"services[0].internalClients: true is not allowed"}},
		"a worker":            {`{"name":"a","source":{"provider":"CodeCommit","repository":"a"},"pathPatterns":[],"internalClients":true}`, nil, []string{"with internalClients"}},
		"a smoke test":        {service + `,"smokeTest":{"commands":["curl"]},"internalClients":true}`, nil, []string{"services[0].smokeTest"}},
		"networks for nobody": {service + "}", map[string]string{"internalIngressCidrBlocks": `["10.0.0.0/8"]`}, []string{"it requires a service with internalClients"}},
		"no networks in an existing VPC": {
			service + `,"internalClients":true}`, map[string]string{
				"vpcId": "vpc-0123456789abcdef0", "publicSubnetIds": `["subnet-0123456789abcdef0","subnet-0123456789abcdef1"]`, "assignPublicIp": "true"},
			[]string{"internalIngressCidrBlocks: is missing"}},
		"the API as one client of the web ACL": {
			service + `,"api":{"publicListener":true}}`, map[string]string{"waf": "true"}, []string{"wafRateLimit: 2000 is not allowed: with api.publicListener"}},
		"not a network": {service + `,"internalClients":true}`, map[string]string{"internalIngressCidrBlocks": `["10.0.0.1/8"]`}, []string{"internalIngressCidrBlocks[0]"}},
	} {
		t.Run(name, func(t *testing.T) {
			given := map[string]string{"fargate-cd:services": "[" + test.services + "]"}
			for key, value := range test.values {
				given["fargate-cd:"+key] = value
			}
			err := Validate(enginetest.Project, "test", given)
			for _, want := range test.want {
				require.ErrorContains(t, err, want)
			}
		})
	}
	// The same conditions on two load balancers do not collide.
	const port = `"additionalPorts":[{"containerPort":9090,"pathPatterns":["/admin/*"],"hostHeaders":["admin.example.com"]}]`
	require.NoError(t, Validate(enginetest.Project, "test", map[string]string{"fargate-cd:services": "[" + service + "," + port + `},
		{"name":"b","source":{"provider":"CodeCommit","repository":"b"},"pathPatterns":["/b/*"],"internalClients":true,` + port + "}]"}))
	both := service + `,"api":{},"internalClients":true}`
	require.NoError(t, Validate(enginetest.Project, "test", map[string]string{"fargate-cd:services": "[" + both + "]"}))
}
