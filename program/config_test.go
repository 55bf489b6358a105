package program

import (
	"cmp"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/apigateway"
	"fargate-cd/components/buildpipeline"
	"fargate-cd/components/environment"
	"fargate-cd/internal/defaults"
)

// minimal is a stack with one service that has only the required keys.
const minimal = `[{"name": "web", "source": {"repository": "acme/web", "connectionArn":
	"arn:aws:codestar-connections:eu-central-1:123456789012:connection/11111111-2222-3333-4444-555555555555"}}]`

func parse(values map[string]string) (*Config, error) { return Parse("fargate-cd", "dev", values) }

func TestParseMinimal(t *testing.T) {
	config, err := parse(map[string]string{"aws:region": "eu-central-1", "fargate-cd:services": minimal})
	require.NoError(t, err)

	want := &Config{LogRetentionDays: 30, SteadyTimeoutMinutes: 20, Services: []Service{{
		Name: "web",
		Source: buildpipeline.SourceSpec{
			Provider: "GitHub", Repository: "acme/web", Branch: "main",
			ConnectionArn: pulumi.String("arn:aws:codestar-connections:eu-central-1:123456789012:connection/11111111-2222-3333-4444-555555555555"),
		},
	}}}
	defaults.Set(&want.EnvironmentSpec)
	defaults.Set(&want.ApiGatewaySpec)
	defaults.Set(&want.Quotas)
	defaults.Set(&want.Services[0])
	require.Equal(t, want, config)
	require.Nil(t, config.Services[0].API, "by default a service is not behind the API")
}

// The keys that `pulumi new` sets give the same configuration as a list with one service.
func TestParseOnlyService(t *testing.T) {
	const connection = "arn:aws:codestar-connections:eu-central-1:123456789012:connection/11111111-2222-3333-4444-555555555555"
	config, err := parse(map[string]string{
		"fargate-cd:repository": "acme/web", "fargate-cd:connectionArn": connection, "fargate-cd:services": "[]",
	})
	require.NoError(t, err)
	long, err := parse(map[string]string{"fargate-cd:services": minimal})
	require.NoError(t, err)
	require.Equal(t, long.Services, config.Services)

	for name, test := range map[string]struct {
		values map[string]string
		want   string
	}{
		"not a connection": {map[string]string{"fargate-cd:repository": "acme/web", "fargate-cd:connectionArn": "github"},
			`fargate-cd:connectionArn: "github" is not allowed: the ARN of a connection`},
		"no repository": {map[string]string{"fargate-cd:connectionArn": connection}, `fargate-cd:repository: "" is not allowed: owner/name`},
		"a name that a service cannot have": {map[string]string{"fargate-cd:repository": "acme/Web.js", "fargate-cd:connectionArn": connection},
			`fargate-cd:repository: "acme/Web.js" is not allowed: a repository whose name is also valid for a service`},
		"services": {map[string]string{"fargate-cd:repository": "acme/web", "fargate-cd:services": minimal},
			`fargate-cd:repository: "acme/web" is not allowed: none with services`},
		"services and a connection": {map[string]string{"fargate-cd:connectionArn": connection, "fargate-cd:services": minimal},
			`fargate-cd:connectionArn: "` + connection + `" is not allowed: none with services`},
	} {
		_, err := parse(test.values)
		require.ErrorContains(t, err, "the configuration is not valid: "+test.want, name) // one problem
	}
}

func TestParseEveryKind(t *testing.T) {
	config, err := parse(map[string]string{
		"fargate-cd:vpcId": "vpc-0123456789abcdef0", "fargate-cd:publicSubnetIds": `["subnet-00000001", "subnet-00000002"]`,
		"fargate-cd:assignPublicIp": "true", "fargate-cd:listenerPort": "8000", "fargate-cd:ingressCidrBlocks": "[]",
		"fargate-cd:vpcCidrBlock": "null", // a text; it is not validated with an existing network
		"fargate-cd:services": `[
			{"name": "a", "priority": 1, "cpu": 512, "memory": 1024, "desiredCount": 0, "environment": {"A": "1", "B": ""},
			 "healthCheck": {"path": "/up"}, "readonlyRootFilesystem": false, "egressPorts": [443, 5432], "pathPatterns": null,
			 "source": {"provider": "CodeCommit", "repository": "a"}, "api": {},
			 "build": {"package": {"commands": ["make"], "files": ["out"]}}},
			{"name": "b", "priority": 2, "source": {"provider": "CodeCommit", "repository": "b"},
			 "deployment": {"strategy": "ECSAllAtOnce", "terminationWaitMinutes": 0}, "api": {"routeKeys": ["GET /b"]}}]`,
	})
	require.NoError(t, err)
	require.Equal(t, pulumi.String("vpc-0123456789abcdef0"), config.VpcID)
	require.Equal(t, pulumi.ToStringArray([]string{"subnet-00000001", "subnet-00000002"}), config.PublicSubnetIDs)
	require.True(t, config.AssignPublicIP)
	require.Equal(t, 8000, config.ListenerPort)
	require.Empty(t, config.IngressCidrBlocks, "an empty list is a value: it must not become the open default")
	a, b := config.Services[0], config.Services[1]
	require.Equal(t, 512, a.Cpu)
	require.Zero(t, *a.DesiredCount)
	require.False(t, *a.ReadonlyRootFilesystem)
	require.Equal(t, map[string]string{"A": "1", "B": ""}, a.Environment)
	require.Equal(t, []int{443, 5432}, a.EgressPorts)
	require.Equal(t, []string{"/*"}, a.PathPatterns, "a key without a value has its default")
	require.Equal(t, "/up", a.HealthCheck.Path)
	require.Equal(t, 10, a.HealthCheck.IntervalSeconds, "the other keys have their defaults")
	require.Equal(t, &apigateway.ServiceSpec{}, a.API)
	require.Equal(t, []string{"make"}, a.Build.Package.Commands)
	require.Zero(t, *b.Deployment.TerminationWaitMinutes)
	require.Equal(t, []string{"GET /b"}, b.API.RouteKeys)
}

// One error lists all problems, so that a user can correct all of them at once.
func TestParseListsAllProblems(t *testing.T) {
	_, err := parse(map[string]string{
		"aws:region":                 "eu-central-1",
		"fargate-cd:natStrategy":     "Single",
		"fargate-cd:listenerPort":    "http",
		"fargate-cd:services":        services(service("web", `"cpu": 256, "memory": 4096, "priority": 100`), service("api", `"priority": 100`)),
		"fargate-cd:assignPublicIp":  "yes",
		"other:natStrategy":          "ignored",
		"fargate-cd:publicSubnetIds": `["subnet-00000001", 2]`,
	})
	require.EqualError(t, err, `the configuration has 7 problems:
  - fargate-cd:assignPublicIp: "yes" is not allowed: true or false
  - fargate-cd:listenerPort: "http" is not allowed: a whole number, without quotes
  - fargate-cd:natStrategy: there is no such key (its value is "Single"): the keys are accessLogs, alarms, apiCallbackUrls, apiCorsAllowHeaders, `+
		`apiCorsAllowOrigins, apiDomainPrefix, apiMfa, assignPublicIp, availabilityZones, certificateArn, connectionArn, deletionProtection, desyncMitigationMode, domainName, environment, flowLogs, forceDestroy, hostedZoneId, idleTimeoutSeconds, ingressCidrBlocks, internalIngressCidrBlocks, listenerPort, logRetentionDays, natGatewayStrategy, notifications, permissionsBoundaryArn, privateSubnetIds, publicSubnetIds, `+
		`pullThroughCache, quotas, repository, retainRepositories, services, steadyTimeoutMinutes, testIngressCidrBlocks, testListenerPort, vpcCidrBlock, vpcId, waf, wafRateLimit, webAclArn
  - fargate-cd:publicSubnetIds[1]: 2 is not allowed: a text; put it in quotes
  - fargate-cd:vpcId: is missing: the id of the VPC of publicSubnetIds and privateSubnetIds
  - fargate-cd:services[0].memory: 4096 is not allowed: with cpu 256 Fargate has 512, 1024, 2048 MiB
  - fargate-cd:services[1].priority: 100 is not allowed: it must be unique in the stack, and service web already has it`)
}

// service returns the JSON of a service from CodeCommit with additional keys.
func service(name, more string) string {
	if more != "" {
		more = ", " + more
	}
	return `{"name": "` + name + `", "source": {"provider": "CodeCommit", "repository": "` + name + `"}` + more + `}`
}

func services(list ...string) string { return "[" + strings.Join(list, ", ") + "]" }

// A service of ECS can have more subnets than a VPC link.
func TestParseRefusesManySubnetsBehindTheAPI(t *testing.T) {
	var ids []string
	for i := range 11 {
		ids = append(ids, fmt.Sprintf(`"subnet-1000000%x"`, i))
	}
	given := map[string]string{
		"fargate-cd:vpcId": "vpc-0123456789abcdef0", "fargate-cd:publicSubnetIds": `["subnet-00000001", "subnet-00000002"]`,
		"fargate-cd:privateSubnetIds": "[" + strings.Join(ids, ", ") + "]", "fargate-cd:services": services(service("a", `"api": {}`)),
	}
	_, err := parse(given)
	require.EqualError(t, err, "the configuration is not valid: fargate-cd:privateSubnetIds: 11 is not allowed: "+
		"10 subnets or fewer with a service behind the API")
	given["fargate-cd:services"] = services(service("a", ""))
	_, err = parse(given)
	require.NoError(t, err)
}

func TestParseRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		key, value string
		want       string
	}{
		"no list":            {"publicSubnetIds", `{"a": "b"}`, `fargate-cd:publicSubnetIds: {"a":"b"} is not allowed: a list`},
		"a fraction":         {"logRetentionDays", "7.5", "fargate-cd:logRetentionDays: 7.5 is not allowed: a whole number"},
		"a number in quotes": {"logRetentionDays", `"7"`, `fargate-cd:logRetentionDays: "7" is not allowed: a whole number, without quotes`},
		"a large number":     {"logRetentionDays", "99999999999999999999", "is not allowed: a whole number"},
		"two numbers":        {"logRetentionDays", "7 30", `fargate-cd:logRetentionDays: "7 30" is not allowed: a whole number`},
		// A decoder that reads only the first value would return 7.
		"a number and a bracket":  {"logRetentionDays", "7]", `fargate-cd:logRetentionDays: "7]" is not allowed: a whole number`},
		"retention":               {"logRetentionDays", "2", "fargate-cd:logRetentionDays: 2 is not allowed: one of 1, 3, 5,"},
		"truth":                   {"forceDestroy", `"true"`, `fargate-cd:forceDestroy: "true" is not allowed: true or false`},
		"zero is not the default": {"logRetentionDays", "0", `fargate-cd:logRetentionDays: 0 is not allowed: one of 1, 3,`},
		"zero inside": {"services", services(service("a", `"cpu": 0, "user": ""`)),
			`fargate-cd:services[0].user: "" is not allowed`},
		"environment": {"natGatewayStrategy", "Two", `fargate-cd:natGatewayStrategy: "Two" is not allowed`},
		"no way out":  {"natGatewayStrategy", "None", `fargate-cd:services[0].image: is missing: an image in a private registry of Amazon ECR`},
		"a service is a text": {"services", `["web"]`,
			`fargate-cd:services[0]: "web" is not allowed: keys and their values; the keys are additionalPorts, alarms, api, approval, build,`},
		"an unknown key inside": {"services", services(service("a", `"healthCheck": {"url": "/"}`)),
			`fargate-cd:services[0].healthCheck.url: there is no such key (its value is "/"): the keys are gracePeriodSeconds, healthyThreshold,`},
		"an unknown key of a service": {"services", services(service("a", `"port": 80`)),
			`fargate-cd:services[0].port: there is no such key (its value is 80): the keys are additionalPorts, alarms, api,`},
		"an unknown key of the API": {"services", services(service("a", `"api": {"paths": []}`)),
			`fargate-cd:services[0].api.paths: there is no such key (its value is []): the keys are publicListener, routeKeys, scopes`},
		"a number as variable": {"services", services(service("a", `"environment": {"PORT": 80}`)),
			`fargate-cd:services[0].environment.PORT: 80 is not allowed: a text; put it in quotes`},
		"variables as a list": {"services", services(service("a", `"environment": ["PORT"]`)),
			`fargate-cd:services[0].environment: ["PORT"] is not allowed: names and their values`},
		"the API as truth": {"services", services(service("a", `"api": true`)),
			`fargate-cd:services[0].api: true is not allowed: keys and their values; the keys are publicListener, routeKeys, scopes`},
		"no services": {"services", "[]", "fargate-cd:services: is missing: a list of services"},
		"no name": {"services", `[{"source": {"provider": "CodeCommit", "repository": "a"}}]`,
			"fargate-cd:services[0].name: is missing: the name of the service"},
		"a bad name": {"services", services(service("A", "")), `fargate-cd:services[0].name: "A" is not allowed`},
		"a bad source": {"services", `[{"name": "a", "source": {"provider": "CodeCommit"}}]`,
			`fargate-cd:services[0].source.repository: "" is not allowed`},
		"a bad build": {"services", services(service("a", `"build": {"timeoutMinutes": 1}`)),
			"fargate-cd:services[0].build.timeoutMinutes: 1 is not allowed"},
		"a buildspec of the repository for CodeDeploy": {"services", services(service("a", `"build": {"buildspec": "x"}, "deployment": {"strategy": "ECSAllAtOnce"}`)),
			`fargate-cd:services[0].build.buildspec: "x" is not allowed: none for a service that CodeDeploy deploys`},
		"a rollback by CodeDeploy": {"services", services(service("a", `"smokeTest": {"commands": ["x"], "onFailure": "ROLLBACK"}, "deployment": {"strategy": "ECSAllAtOnce"}`)),
			`fargate-cd:services[0].smokeTest.onFailure: "ROLLBACK" is not allowed: only FAIL for a service that CodeDeploy deploys`},
		"a service with the name of a test": {"services", services(service("a", `"build": {"tests": [{"name": "unit", "commands": ["x"]}]}`),
			service("a-test-unit", `"priority": 1`)),
			`fargate-cd:services[1].name: "a-test-unit" is not allowed: a name that does not begin with a-test`},
		"a service with the name of a layer cache": {"services", services(service("a", `"build": {"cache": "Registry"}`), service("a-layers", `"priority": 1`)),
			`fargate-cd:services[1].name: "a-layers" is not allowed: a name other than a-layers, which the layer cache of service a has`},
		"a bad deployment": {"services", services(service("a", `"deployment": {"strategy": "Fast"}`)),
			`fargate-cd:services[0].deployment.strategy: "Fast" is not allowed`},
		"a bad API": {"services", services(service("a", `"pathPatterns": ["/a*"], "api": {}`)),
			"fargate-cd:services[0].api.routeKeys: is missing: the path pattern /a* has no equivalent route"},
		"a route that ends in a slash": {"services", services(service("a", `"api": {"routeKeys": ["GET /a/"]}`)),
			`fargate-cd:services[0].api.routeKeys[0]: "GET /a/" is not allowed`},
		"a scope that no token has": {"services", services(service("a", `"api": {"scopes": ["read"]}`)),
			`fargate-cd:services[0].api.scopes[0]: "read" is not allowed: a resource server and its scope`},
		"a setting of the API without an API": {"apiDomainPrefix", "a", `fargate-cd:apiDomainPrefix: "a" is not allowed: it requires a service with api`},
		"a name twice": {"services", services(service("a", `"priority": 1`), service("a", "")),
			`fargate-cd:services[1].name: "a" is not allowed: it must be unique in the stack, and service a already has it`},
		"a repository twice": {"services", services(service("a", `"priority": 1`), strings.Replace(service("b", ""), `"b"`, `"c"`, 1),
			strings.Replace(service("b", `"priority": 2`), `"b"`, `"d"`, 1)),
			`fargate-cd:services[2].source.repository: "b" is not allowed: it must be unique in the stack, and service c already has it`},
		"the same conditions twice": {"services", services(service("a", `"priority": 1, "hostHeaders": ["a.example.com"]`),
			service("b", `"priority": 2, "hostHeaders": ["A.example.com"]`)),
			`fargate-cd:services[1].pathPatterns: ["/*"] is not allowed: the rule of service a has the same conditions; set other paths or conditions`},
		"a worker behind the API": {"services", services(service("a", `"pathPatterns": [], "api": {}`)),
			`fargate-cd:services[0].pathPatterns: [] is not allowed: 1 to 5 patterns behind the API`},
		"hosts of which the API can set none": {"services", services(service("a", `"api": {}, "hostHeaders": ["*.example.com"]`)),
			`fargate-cd:services[0].hostHeaders: ["*.example.com"] is not allowed: a list that has a name without wildcards`},
		"a route twice": {"services", services(service("a", `"priority": 1, "pathPatterns": ["/x"], "api": {}`),
			service("b", `"pathPatterns": ["/y"], "api": {"routeKeys": ["ANY /x"]}`)),
			`fargate-cd:services[1].api.routeKeys: "ANY /x" is not allowed: it must be unique in the stack, and service a already has it`},
	} {
		t.Run(name, func(t *testing.T) {
			values := map[string]string{"fargate-cd:services": minimal}
			maps.Copy(values, map[string]string{"fargate-cd:" + test.key: test.value})
			_, err := parse(values)
			require.ErrorContains(t, err, test.want)
		})
	}
}

// These values are refused only in a stack with an API.
func TestParseRefusesForAnAPI(t *testing.T) {
	scopes := func(name string, priority, first int) string {
		var list []string
		for i := range 10 {
			list = append(list, fmt.Sprintf(`"web/%d"`, first+i))
		}
		return service(name, fmt.Sprintf(`"priority": %d, "pathPatterns": ["/%s"], "api": {"scopes": [%s]}`, priority, name, strings.Join(list, ",")))
	}
	for name, test := range map[string]struct {
		stack, key, value, services string
		want                        string
	}{
		"domain": {key: "apiDomainPrefix", value: "my-aws", want: `fargate-cd:apiDomainPrefix: "my-aws" is not allowed`},
		"default domain": {stack: "aws-dev",
			want: `fargate-cd:apiDomainPrefix: is missing: the default begins with "fargate-cd-aws-dev"`},
		"certificate": {key: "certificateArn", value: "arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012",
			want: `fargate-cd:domainName: is missing: with certificateArn and a service behind the API`},
		"callback": {key: "apiCallbackUrls", value: `["http://example.com"]`, want: `fargate-cd:apiCallbackUrls[0]: "http://example.com" is not allowed`},
		"origin":   {key: "apiCorsAllowOrigins", value: `["example.com"]`, want: `fargate-cd:apiCorsAllowOrigins[0]: "example.com" is not allowed`},
		"preflight route": {key: "apiCorsAllowOrigins", value: `["*"]`, services: services(service("a", `"api": {"routeKeys": ["OPTIONS /a"]}`)),
			want: `fargate-cd:services[0].api.routeKeys[0]: "OPTIONS /a" is not allowed`},
		"routes of one method": {key: "apiCorsAllowOrigins", value: `["*"]`,
			services: services(service("a", `"priority": 1, "api": {"routeKeys": ["ANY /x"]}`), service("b", `"api": {"routeKeys": ["GET /x"]}`)),
			want:     `fargate-cd:services[1].api.routeKeys: "GET /x" is not allowed: it must be unique in the stack, and service a already has it`},
		"scopes": {services: services(scopes("a", 1, 0), scopes("b", 2, 10), scopes("c", 3, 20), scopes("d", 4, 30), scopes("e", 5, 40)),
			want: "fargate-cd:services: 51 is not allowed: 50 different scopes or fewer"},
		"stack name": {stack: "abcdefghijklmnop",
			want: `stack: "abcdefghijklmnop" is not allowed: 1 to 15 characters with a service on the internal load balancer`},
	} {
		t.Run(name, func(t *testing.T) {
			values := map[string]string{"fargate-cd:services": cmp.Or(test.services, services(service("a", `"api": {}`)))}
			if test.key != "" {
				values["fargate-cd:"+test.key] = test.value
			}
			_, err := Parse("fargate-cd", cmp.Or(test.stack, "dev"), values)
			require.ErrorContains(t, err, test.want)
		})
	}
	_, err := Parse("fargate-cd", "abcdefghijklmnop", map[string]string{
		"fargate-cd:services": services(service("a", `"api": {"publicListener": true}`)),
	})
	require.NoError(t, err, "there is no internal load balancer to name")
}

// The stack has exactly the load balancers that its services need.
func TestLoadBalancers(t *testing.T) {
	public, internal := environment.LoadBalancerPublic, environment.LoadBalancerInternal
	for api, want := range map[string][]string{
		`"priority": 1`:                                   {public},
		`"priority": 1, "api": {}`:                        {internal, public},
		`"priority": 1, "api": {"publicListener": true}`:  {public},
		`"priority": 1, "api": {"publicListener": false}`: {internal, public},
	} {
		config, err := parse(map[string]string{"fargate-cd:services": services(service("a", api), service("b", ""))})
		require.NoError(t, err)
		require.Equal(t, want, config.loadBalancers(), api)
	}
	config, err := parse(map[string]string{"fargate-cd:services": services(service("a", `"api": {}`))})
	require.NoError(t, err)
	require.Equal(t, []string{internal}, config.loadBalancers())
	config, err = parse(map[string]string{"fargate-cd:testListenerPort": "8080", "fargate-cd:services": services(service("a", `"pathPatterns": []`))})
	require.NoError(t, err)
	require.Equal(t, []string{}, config.loadBalancers(), "nil would be the default of an environment")
}

// A second service needs no configured priority, unless the computed priorities collide.
func TestParseComputesPriorities(t *testing.T) {
	config, err := parse(map[string]string{"fargate-cd:services": services(service("a", ""), service("b", `"pathPatterns": ["/b/*"]`))})
	require.NoError(t, err)
	a, b := &config.Services[0], &config.Services[1]
	require.Less(t, b.RulePriority(b.Name), a.RulePriority(a.Name), "the rule for every path comes last")

	_, err = parse(map[string]string{"fargate-cd:services": services(service("a", `"priority": 48677`), service("b", ""))})
	require.ErrorContains(t, err, "fargate-cd:services[1].priority: is missing: the computed priority 48677 is also the priority of service a: set one")
}

// The stack does not create repositories on GitHub, so a monorepo can be the source of several services.
func TestParseAcceptsAMonorepo(t *testing.T) {
	second := strings.Replace(minimal, `"name": "web"`, `"name": "api", "priority": 1`, 1)
	config, err := parse(map[string]string{"fargate-cd:services": "[" + strings.Trim(minimal, "[]") + "," + strings.Trim(second, "[]") + "]"})
	require.NoError(t, err)
	require.Len(t, config.Services, 2)
}

func TestParseStackName(t *testing.T) {
	for stack, valid := range map[string]bool{"dev": true, "Prod-eu": true, "feature_x": false, strings.Repeat("a-", 10) + "a": false} {
		_, err := Parse("fargate-cd", stack, map[string]string{"fargate-cd:services": minimal})
		if valid {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, `stack: "`+stack+`" is not allowed: 1 to 20 letters, digits and single hyphens`)
		}
	}
}
