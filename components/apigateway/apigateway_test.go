package apigateway_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/apigateway"
	"fargate-cd/components/environment"
	"fargate-cd/internal/enginetest"
	"fargate-cd/internal/problems/problemtest"
)

var twoServices = &apigateway.Args{Services: []apigateway.Service{
	{Name: "web", PathPatterns: []string{"/web", "/web/*"}},
	{Name: "admin", ServiceSpec: apigateway.ServiceSpec{RouteKeys: []string{"GET /admin"}, Scopes: []string{"admin/read"}}},
}}

func TestChildren(t *testing.T) {
	counts := func(routes int, more map[string]int) map[string]int {
		want := map[string]int{
			"apigatewayv2.Api": 1, "cognito.UserPool": 1, "cognito.UserPoolDomain": 1, "cognito.UserPoolClient": 1,
			"apigatewayv2.Authorizer": 1, "ec2.SecurityGroup": 1, "vpc.SecurityGroupEgressRule": 1,
			"vpc.SecurityGroupIngressRule": 1, "apigatewayv2.VpcLink": 1, "apigatewayv2.Integration": 1,
			"apigatewayv2.Route": routes, "cloudwatch.LogGroup": 1, "apigatewayv2.Stage": 1,
		}
		maps.Copy(want, more)
		return want
	}
	for name, test := range map[string]struct {
		services []apigateway.Service
		want     map[string]int
	}{
		"minimal": {[]apigateway.Service{{Name: "web", PathPatterns: []string{"/*"}}}, counts(2, nil)},
		"custom scopes": {twoServices.Services, counts(3, map[string]int{
			"cognito.ResourceServer": 1, "cognito.UserPoolClient": 2,
		})},
		"Cognito's own scopes": {[]apigateway.Service{
			{Name: "web", PathPatterns: []string{"/web"}, ServiceSpec: apigateway.ServiceSpec{Scopes: []string{"email"}}},
		}, counts(1, nil)},
		"on both load balancers": {[]apigateway.Service{
			{Name: "a", PathPatterns: []string{"/a"}}, {Name: "b", PathPatterns: []string{"/b"}},
			{Name: "c", PathPatterns: []string{"/c"}, ServiceSpec: apigateway.ServiceSpec{PublicListener: true}},
		}, counts(3, map[string]int{
			"apigatewayv2.Integration": 2, "vpc.SecurityGroupEgressRule": 2, "vpc.SecurityGroupIngressRule": 2,
		})},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			r.MustRun(t, setup{api: &apigateway.Args{Services: test.services}}.program)
			require.Equal(t, test.want, r.Children(t, "ApiGateway", enginetest.Stack))
		})
	}
}

// Each field with a pulumi tag is an output. Other resources, such as further routes, refer to it.
func TestOutputs(t *testing.T) {
	r := &enginetest.Engine{}
	var values <-chan map[string]any
	r.MustRun(t, func(ctx *pulumi.Context) error {
		api, err := setup{api: twoServices}.register(ctx)
		if err == nil {
			values = enginetest.Values(apigateway.Outputs(api))
		}
		return err
	})
	want := object{
		"apiId": "test-api", "executionArn": "arn:aws:execute-api:test", "authorizerId": "test-authorizer", "vpcLinkId": "test-vpclink",
		"url": "https://test.execute-api.example/", "userPoolId": "test-userpool",
		"userPoolArn": "arn:aws:cognito:eu-central-1:111122223333:userpool/test", "securityGroupId": "test-link-securitygroup",
		"signInUrl": "https://fargate-cd-test-16d4f7a5.auth.eu-central-1.amazoncognito.com", "userPoolClientId": "test-userpoolclient",
		"machineClientId": "test-machines-userpoolclient", "machineClientSecret": "secret of test-machines",
	}
	require.Equal(t, want, <-values)
	require.Equal(t, enginetest.OutputKeys[apigateway.ApiGateway](), enginetest.Keys(want))
}

// Every route requires a token of the API's user pool.
func TestAuthorization(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, setup{api: twoServices}.program)

	require.Equal(t, object{"protocolType": "HTTP", "description": "API of test"}, r.One(t, "apigatewayv2.Api", "test").Inputs)
	require.Equal(t, object{
		"apiId": "test-api", "authorizerType": "JWT", "identitySources": list{"$request.header.Authorization"},
		"jwtConfiguration": object{"issuer": "https://cognito.example/test", "audiences": list{"test-userpoolclient", "test-machines-userpoolclient"}},
	}, r.One(t, "apigatewayv2.Authorizer", "test").Inputs)
	for _, client := range r.All("cognito.UserPoolClient") {
		require.True(t, r.One(t, "apigatewayv2.Authorizer", "test").Needs(client), "every client is an audience")
	}

	got := map[string]any{} // route → scopes
	for _, route := range r.All("apigatewayv2.Route") {
		key := route.Inputs["routeKey"].(string)
		got[key] = route.Inputs["authorizationScopes"]
		require.Equal(t, "test-"+key, route.Name)
		delete(route.Inputs, "routeKey")
		delete(route.Inputs, "authorizationScopes")
		require.Equal(t, object{
			"apiId": "test-api", "target": "integrations/test-internal-integration", "authorizationType": "JWT", "authorizerId": "test-authorizer",
		}, route.Inputs)
		require.True(t, route.Needs(r.One(t, "apigatewayv2.Authorizer", "test")))
		require.True(t, r.One(t, "apigatewayv2.Stage", "test").Needs(route), "the stage is created after all routes")
	}
	require.Equal(t, object{
		"ANY /web": nil, "ANY /web/{proxy+}": nil, "GET /admin": list{"admin/read"},
	}, got)
}

func TestUsers(t *testing.T) {
	for name, test := range map[string]struct {
		forceDestroy bool
		want         string
	}{"kept": {false, "ACTIVE"}, "a demonstration": {true, "INACTIVE"}} {
		t.Run(name, func(t *testing.T) {
			args := *twoServices
			args.ForceDestroy = test.forceDestroy
			r := &enginetest.Engine{}
			r.MustRun(t, setup{api: &args}.program)

			require.Equal(t, object{
				"deletionProtection": test.want,
				"usernameAttributes": list{"email"}, "autoVerifiedAttributes": list{"email"},
				"adminCreateUserConfig": object{"allowAdminCreateUserOnly": true},
				"passwordPolicy": object{
					"minimumLength": 14.0, "requireLowercase": true, "requireUppercase": true, "requireNumbers": true,
					"requireSymbols": true, "temporaryPasswordValidityDays": 7.0,
				},
				"accountRecoverySetting": object{"recoveryMechanisms": list{object{"name": "verified_email", "priority": 1.0}}},
				"mfaConfiguration":       "OPTIONAL", "softwareTokenMfaConfiguration": object{"enabled": true},
			}, r.One(t, "cognito.UserPool", "test").Inputs)
			require.Equal(t, !test.forceDestroy, r.One(t, "cognito.UserPool", "test").Protect)
		})
	}
}

// A person and a machine can each get a token that the routes accept.
func TestTokens(t *testing.T) {
	r := &enginetest.Engine{}
	args := *twoServices
	args.CallbackURLs = []string{"https://app.example.com/in"}
	r.MustRun(t, setup{api: &args}.program)

	domain := r.One(t, "cognito.UserPoolDomain", "test")
	require.Equal(t, object{"userPoolId": "test-userpool", "domain": domain.Inputs["domain"]}, domain.Inputs)
	require.Regexp(t, "^fargate-cd-test-[0-9a-f]{8}$", domain.Inputs["domain"], "unique to the account and the stack")
	require.NotContains(t, domain.Inputs["domain"], enginetest.AccountID)
	require.Equal(t, object{
		"userPoolId": "test-userpool", "identifier": "admin", "name": "admin",
		"scopes": list{object{"scopeName": "read", "scopeDescription": "admin/read"}},
	}, r.One(t, "cognito.ResourceServer", "test-admin").Inputs)
	require.Equal(t, object{
		"userPoolId":                      "test-userpool",
		"explicitAuthFlows":               list{"ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"},
		"allowedOauthFlowsUserPoolClient": true,
		"allowedOauthFlows":               list{"code"},
		"allowedOauthScopes":              list{"openid", "admin/read"},
		"callbackUrls":                    list{"https://app.example.com/in"},
		"supportedIdentityProviders":      list{"COGNITO"},
		"preventUserExistenceErrors":      "ENABLED",
		"enableTokenRevocation":           true,
	}, r.One(t, "cognito.UserPoolClient", "test").Inputs)
	require.Equal(t, object{
		"userPoolId":                      "test-userpool",
		"generateSecret":                  true,
		"explicitAuthFlows":               list{"ALLOW_REFRESH_TOKEN_AUTH"},
		"allowedOauthFlowsUserPoolClient": true,
		"allowedOauthFlows":               list{"client_credentials"},
		"allowedOauthScopes":              list{"admin/read"},
		"preventUserExistenceErrors":      "ENABLED",
		"enableTokenRevocation":           true,
	}, r.One(t, "cognito.UserPoolClient", "test-machines").Inputs)
	for _, client := range r.All("cognito.UserPoolClient") {
		require.True(t, client.Needs(r.One(t, "cognito.ResourceServer", "test-admin")), "Cognito refuses scopes that do not exist")
	}
}

func TestDomain(t *testing.T) {
	r := &enginetest.Engine{}
	args := *twoServices
	args.DomainPrefix = "my-app"
	args.Services = []apigateway.Service{{
		Name: "a", PathPatterns: []string{"/a"}, ServiceSpec: apigateway.ServiceSpec{Scopes: []string{"https://api.example.com/read"}},
	}}
	r.MustRun(t, setup{api: &args}.program)
	require.Equal(t, "my-app", r.One(t, "cognito.UserPoolDomain", "test").Inputs["domain"])
	server := r.One(t, "cognito.ResourceServer", "test-https://api.example.com").Inputs
	require.Equal(t, "https://api.example.com", server["identifier"])
	require.Equal(t, "https---api.example.com", server["name"], "a name allows fewer characters than an identifier")
}

func TestCors(t *testing.T) {
	r := &enginetest.Engine{}
	args := *twoServices
	args.CorsAllowOrigins = []string{"https://app.example.com"}
	r.MustRun(t, setup{api: &args}.program)
	require.Equal(t, object{
		"allowOrigins": list{"https://app.example.com"},
		"allowMethods": list{"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"},
		"allowHeaders": list{"authorization", "content-type"}, "maxAge": 600.0,
	}, r.One(t, "apigatewayv2.Api", "test").Inputs["corsConfiguration"])
	require.Len(t, r.All("apigatewayv2.Route"), 6+6+1)
	for _, route := range r.All("apigatewayv2.Route") {
		require.Equal(t, "JWT", route.Inputs["authorizationType"], route.Name)
		require.NotRegexp(t, "^(ANY|OPTIONS) ", route.Inputs["routeKey"], "API Gateway answers the preflight request")
	}
}

// With HTTPS the API verifies the certificate of the load balancer by the domain name.
func TestIntegrationsOverHTTPS(t *testing.T) {
	secured := environment.Spec{DomainName: "app.example.com", HostedZoneID: "Z0123456789ABCDEFGHIJ"}
	services := []apigateway.Service{{Name: "inside", PathPatterns: []string{"/a"}}}
	r := &enginetest.Engine{}
	r.MustRun(t, setup{environment: secured, api: &apigateway.Args{Services: services}}.program)
	require.Equal(t, object{"serverNameToVerify": "app.example.com"}, r.One(t, "apigatewayv2.Integration", "test-internal").Inputs["tlsConfig"])
	require.Equal(t, 443.0, r.One(t, "vpc.SecurityGroupEgressRule", "test-link-to-internal").Inputs["toPort"])
	require.Equal(t, 443.0, r.One(t, "vpc.SecurityGroupIngressRule", "test-link-internal").Inputs["fromPort"])

	nameless := environment.Spec{CertificateArn: pulumi.String("arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012")}
	services = append(services, apigateway.Service{Name: "another", PathPatterns: []string{"/b"}}) // the problem is reported once for all services
	err := (&enginetest.Engine{}).Run(setup{environment: nameless, api: &apigateway.Args{Services: services}}.program, nil)
	problemtest.Require(t, err, "environment: is missing: a domain name by which the API verifies the certificate of the load balancer")
}

// The API reaches a service through the VPC link and the load balancer of the service.
func TestIntegrations(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, setup{environment: environment.Spec{ListenerPort: 8000}, api: &apigateway.Args{
		Services: []apigateway.Service{
			{Name: "inside", PathPatterns: []string{"/a"}},
			{Name: "both", PathPatterns: []string{"/b"}, ServiceSpec: apigateway.ServiceSpec{PublicListener: true}},
		},
	}}.program)

	for route, suffix := range map[string]string{"ANY /a": "-internal", "ANY /b": ""} {
		require.Equal(t, "integrations/test"+suffix+"-integration", r.One(t, "apigatewayv2.Route", "test-"+route).Inputs["target"])
		require.Equal(t, object{
			"apiId": "test-api", "integrationType": "HTTP_PROXY", "integrationMethod": "ANY",
			"integrationUri": "arn:aws:lb:eu-central-1:111122223333:listener/test" + suffix + "-production",
			"connectionType": "VPC_LINK", "connectionId": "test-vpclink",
			"payloadFormatVersion": "1.0", "timeoutMilliseconds": 30000.0,
		}, r.One(t, "apigatewayv2.Integration", "test"+suffix).Inputs)
	}
	require.Equal(t, object{
		"subnetIds": list{"subnet-private-1", "subnet-private-2"}, "securityGroupIds": list{"test-link-securitygroup"},
	}, r.One(t, "apigatewayv2.VpcLink", "test").Inputs)
	require.Equal(t, object{"description": "VPC link of the API", "vpcId": "test-vpc-id"},
		r.One(t, "ec2.SecurityGroup", "test-link").Inputs)
	for _, balancer := range []struct{ group, egress, ingress string }{
		{"test-alb-securitygroup", "test-link-to-alb", "test-link"},
		{"test-internal-securitygroup", "test-link-to-internal", "test-link-internal"},
	} {
		require.Equal(t, object{
			"securityGroupId": "test-link-securitygroup", "referencedSecurityGroupId": balancer.group, "description": "To the load balancer",
			"ipProtocol": "tcp", "fromPort": 8000.0, "toPort": 8000.0,
		}, r.One(t, "vpc.SecurityGroupEgressRule", balancer.egress).Inputs)
		require.Equal(t, object{
			"securityGroupId": balancer.group, "referencedSecurityGroupId": "test-link-securitygroup",
			"description": "VPC link of the API to the production listener",
			"ipProtocol":  "tcp", "fromPort": 8000.0, "toPort": 8000.0,
		}, r.One(t, "vpc.SecurityGroupIngressRule", balancer.ingress).Inputs)
	}
}

// A load balancer selects the service by the Host header if the service has a host, so the API sets this header.
// Security group rules exist once for each load balancer.
func TestIntegrationsSetTheHost(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, setup{api: &apigateway.Args{Services: []apigateway.Service{
		{Name: "a", PathPatterns: []string{"/a"}},
		{Name: "b", PathPatterns: []string{"/b"}, Host: "b.example.com"},
		{Name: "c", PathPatterns: []string{"/c"}, Host: "b.example.com"},
	}}}.program)
	require.Len(t, r.All("apigatewayv2.Integration"), 2)
	require.NotContains(t, r.One(t, "apigatewayv2.Integration", "test-internal").Inputs, "requestParameters")
	require.Equal(t, object{"overwrite:header.Host": "b.example.com"},
		r.One(t, "apigatewayv2.Integration", "test-internal-b.example.com").Inputs["requestParameters"])
	for route, integration := range map[string]string{"ANY /a": "test-internal", "ANY /b": "test-internal-b.example.com", "ANY /c": "test-internal-b.example.com"} {
		require.Equal(t, "integrations/"+integration+"-integration", r.One(t, "apigatewayv2.Route", "test-"+route).Inputs["target"])
	}
	require.Len(t, r.All("vpc.SecurityGroupEgressRule"), 1)
}

// A VPC link has fewer subnets than a service of ECS can have. The component knows only the subnets of the environment,
// which are outputs.
func TestLinkSubnets(t *testing.T) {
	for count, want := range map[int]string{10: "", 11: "taskSubnetIds: 11 is not allowed: 10 subnets or fewer with a service behind the API"} {
		existing := environment.Spec{
			VpcID:           pulumi.String("vpc-0123456789abcdef0"),
			PublicSubnetIDs: pulumi.ToStringArray([]string{"subnet-00000001", "subnet-00000002"}),
		}
		var tasks pulumi.StringArray
		for i := range count {
			tasks = append(tasks, pulumi.String(fmt.Sprintf("subnet-1000000%x", i)))
		}
		existing.PrivateSubnetIDs = tasks
		r := &enginetest.Engine{}
		err := r.Run(setup{environment: existing, api: twoServices}.program, nil)
		if want == "" {
			require.NoError(t, err)
			require.Len(t, r.One(t, "apigatewayv2.VpcLink", "test").Inputs["subnetIds"], count)
			continue
		}
		require.ErrorContains(t, err, want)
		require.Empty(t, r.All("apigatewayv2.VpcLink"))
	}
}

func TestStage(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, setup{api: &apigateway.Args{Services: twoServices.Services, LogRetentionDays: 365}}.program)

	stage := r.One(t, "apigatewayv2.Stage", "test").Inputs
	logs := stage["accessLogSettings"].(object)
	var line map[string]string
	require.NoError(t, json.Unmarshal([]byte(logs["format"].(string)), &line))
	for _, field := range []string{"requestId", "status", "routeKey", "authorizerError", "integrationError"} {
		require.Contains(t, line, field)
	}
	delete(logs, "format")
	require.Equal(t, object{
		"apiId": "test-api", "name": "$default", "autoDeploy": true,
		"accessLogSettings":    object{"destinationArn": "arn:aws:cloudwatch:eu-central-1:111122223333:loggroup/test-access"},
		"defaultRouteSettings": object{"throttlingRateLimit": 1000.0, "throttlingBurstLimit": 500.0},
	}, stage)
	require.Equal(t, object{"name": "/aws/vendedlogs/apigateway/fargate-cd-test", "retentionInDays": 365.0},
		r.One(t, "cloudwatch.LogGroup", "test-access").Inputs)
}

func TestRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		given *apigateway.Args
		want  string
	}{
		"no services": {&apigateway.Args{}, "services: is missing: at least one service to which the API forwards"},
		"a bad log":   {&apigateway.Args{Services: twoServices.Services, LogRetentionDays: 2}, "logRetentionDays: 2 is not allowed"},
		"a route twice": {&apigateway.Args{Services: []apigateway.Service{
			{Name: "a", PathPatterns: []string{"/web"}}, {Name: "b", ServiceSpec: apigateway.ServiceSpec{RouteKeys: []string{"ANY /web"}}},
		}}, `services[1].routeKeys: "ANY /web" is not allowed: service a already has this route`},
		"no route for a pattern": {&apigateway.Args{Services: []apigateway.Service{
			{Name: "a", PathPatterns: []string{"/a*"}},
		}}, "services[0].routeKeys: is missing: the path pattern /a* has no equivalent route of an HTTP API"},
		"a bad domain": {&apigateway.Args{
			Services: twoServices.Services, Spec: apigateway.Spec{DomainPrefix: "aws"},
		}, `apiDomainPrefix: "aws" is not allowed`},
		"a preflight route": {&apigateway.Args{
			Spec:     apigateway.Spec{CorsAllowOrigins: []string{"*"}},
			Services: []apigateway.Service{{Name: "a", ServiceSpec: apigateway.ServiceSpec{RouteKeys: []string{"OPTIONS /a"}}}},
		}, `services[0].routeKeys[0]: "OPTIONS /a" is not allowed`},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			require.ErrorContains(t, r.Run(setup{api: test.given}.program, nil), test.want)
			require.Empty(t, r.All("fargate-cd:components:ApiGateway"), "no part of the API is registered")
		})
	}
	err := (&enginetest.Engine{}).Run(setup{api: twoServices, balancers: []string{environment.LoadBalancerPublic}}.program, nil)
	require.ErrorContains(t, err, "services[0].publicListener: false is not allowed: the environment has no internal load balancer")
	err = (&enginetest.Engine{}).Run(func(ctx *pulumi.Context) error {
		_, err := apigateway.New(ctx, "test", &apigateway.Args{Services: twoServices.Services})
		return err
	}, nil)
	require.ErrorContains(t, err, "the environment of ApiGateway test is missing")
}
