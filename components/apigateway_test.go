package components_test

import (
	"encoding/json"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components"
)

var twoServices = &components.ApiGatewayArgs{Services: []components.APIService{
	{Name: "web", PathPatterns: []string{"/web", "/web/*"}},
	{Name: "admin", APISpec: components.APISpec{RouteKeys: []string{"GET /admin"}, Scopes: []string{"admin/read"}}},
}}

func TestApiGatewayChildren(t *testing.T) {
	for name, test := range map[string]struct {
		services   []components.APIService
		wantRoutes int
	}{
		"minimal": {[]components.APIService{{Name: "web", PathPatterns: []string{"/*"}}}, 2},
		"full":    {twoServices.Services, 4},
	} {
		t.Run(name, func(t *testing.T) {
			r := &recorder{}
			run(t, r, setup{api: &components.ApiGatewayArgs{Services: test.services}}.program)
			require.Equal(t, map[string]int{
				"apigatewayv2.Api": 1, "cognito.UserPool": 1, "cognito.UserPoolClient": 1, "apigatewayv2.Authorizer": 1,
				"ec2.SecurityGroup": 1, "vpc.SecurityGroupEgressRule": 1, "vpc.SecurityGroupIngressRule": 1,
				"apigatewayv2.VpcLink": 1, "apigatewayv2.Integration": 1, "apigatewayv2.Route": test.wantRoutes,
				"cloudwatch.LogGroup": 1, "apigatewayv2.Stage": 1,
			}, r.children(t, "ApiGateway", stackName))
		})
	}
}

// Nothing gets through without a token of the user pool that was made for this API.
func TestApiGatewayAuthorization(t *testing.T) {
	r := &recorder{}
	run(t, r, setup{api: twoServices}.program)

	require.Equal(t, object{"protocolType": "HTTP", "description": "API of test"}, r.one(t, "apigatewayv2.Api", "test").Inputs)
	require.Equal(t, object{
		"apiId": "test-api", "authorizerType": "JWT", "identitySources": list{"$request.header.Authorization"},
		"jwtConfiguration": object{"issuer": "https://cognito.example/test", "audiences": list{"test-userpoolclient"}},
	}, r.one(t, "apigatewayv2.Authorizer", "test").Inputs)
	require.True(t, r.one(t, "apigatewayv2.Authorizer", "test").dependsOn(r.one(t, "cognito.UserPoolClient", "test")),
		"the audience is the client")

	got := map[string]any{} // route → scopes
	for _, route := range r.all("apigatewayv2.Route") {
		key := route.Inputs["routeKey"].(string)
		got[key] = route.Inputs["authorizationScopes"]
		require.Equal(t, "test-"+key, route.Name)
		delete(route.Inputs, "routeKey")
		delete(route.Inputs, "authorizationScopes")
		require.Equal(t, object{
			"apiId": "test-api", "target": "integrations/test-integration", "authorizationType": "JWT", "authorizerId": "test-authorizer",
		}, route.Inputs)
		require.True(t, route.dependsOn(r.one(t, "apigatewayv2.Authorizer", "test")))
		require.True(t, r.one(t, "apigatewayv2.Stage", "test").dependsOn(route), "the stage serves complete routes only")
	}
	require.Equal(t, object{
		"ANY /web": nil, "ANY /web/{proxy+}": nil, "ANY /web/": nil, "GET /admin": list{"admin/read"},
	}, got)
}

func TestApiGatewayUsers(t *testing.T) {
	for name, test := range map[string]struct {
		forceDestroy bool
		want         string
	}{"kept": {false, "ACTIVE"}, "a demonstration": {true, "INACTIVE"}} {
		t.Run(name, func(t *testing.T) {
			args := *twoServices
			args.ForceDestroy = test.forceDestroy
			r := &recorder{}
			run(t, r, setup{api: &args}.program)

			require.Equal(t, object{
				"deletionProtection": test.want,
				"usernameAttributes": list{"email"}, "autoVerifiedAttributes": list{"email"},
				"adminCreateUserConfig": object{"allowAdminCreateUserOnly": true},
				"passwordPolicy": object{
					"minimumLength": 14.0, "requireLowercase": true, "requireUppercase": true, "requireNumbers": true,
					"requireSymbols": true, "temporaryPasswordValidityDays": 7.0,
				},
				"mfaConfiguration": "OPTIONAL", "softwareTokenMfaConfiguration": object{"enabled": true},
			}, r.one(t, "cognito.UserPool", "test").Inputs)
			require.Equal(t, object{
				"userPoolId":                 "test-userpool",
				"explicitAuthFlows":          list{"ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"},
				"preventUserExistenceErrors": "ENABLED",
				"enableTokenRevocation":      true,
			}, r.one(t, "cognito.UserPoolClient", "test").Inputs)
		})
	}
}

// The way from the API to the load balancer stays inside the network.
func TestApiGatewayWay(t *testing.T) {
	r := &recorder{}
	run(t, r, setup{environment: components.EnvironmentSpec{ListenerPort: 8000}, api: twoServices}.program)

	require.Equal(t, object{
		"apiId": "test-api", "integrationType": "HTTP_PROXY", "integrationMethod": "ANY",
		"integrationUri": "arn:aws:lb:eu-central-1:111122223333:listener/test-production",
		"connectionType": "VPC_LINK", "connectionId": "test-vpclink",
		"payloadFormatVersion": "1.0", "timeoutMilliseconds": 30000.0,
	}, r.one(t, "apigatewayv2.Integration", "test").Inputs)
	require.Equal(t, object{
		"subnetIds": list{"subnet-private-1", "subnet-private-2"}, "securityGroupIds": list{"test-link-securitygroup"},
	}, r.one(t, "apigatewayv2.VpcLink", "test").Inputs)
	require.Equal(t, object{"description": "VPC link of the API", "vpcId": "test-vpc-id"},
		r.one(t, "ec2.SecurityGroup", "test-link").Inputs)
	require.Equal(t, object{
		"securityGroupId": "test-link-securitygroup", "referencedSecurityGroupId": "test-alb-securitygroup", "description": "To the load balancer",
		"ipProtocol": "tcp", "fromPort": 8000.0, "toPort": 8000.0,
	}, r.one(t, "vpc.SecurityGroupEgressRule", "test-link-to-alb").Inputs)
	require.Equal(t, object{
		"securityGroupId": "test-alb-securitygroup", "referencedSecurityGroupId": "test-link-securitygroup",
		"description": "VPC link of the API to the production listener",
		"ipProtocol":  "tcp", "fromPort": 8000.0, "toPort": 8000.0,
	}, r.one(t, "vpc.SecurityGroupIngressRule", "test-link").Inputs)
}

func TestApiGatewayStage(t *testing.T) {
	r := &recorder{}
	run(t, r, setup{api: &components.ApiGatewayArgs{Services: twoServices.Services, LogRetentionDays: 365}}.program)

	stage := r.one(t, "apigatewayv2.Stage", "test").Inputs
	logs := stage["accessLogSettings"].(object)
	var line map[string]string
	require.NoError(t, json.Unmarshal([]byte(logs["format"].(string)), &line))
	for _, needed := range []string{"requestId", "status", "routeKey", "authorizerError", "integrationError"} {
		require.Contains(t, line, needed)
	}
	delete(logs, "format")
	require.Equal(t, object{
		"apiId": "test-api", "name": "$default", "autoDeploy": true,
		"accessLogSettings":    object{"destinationArn": "arn:aws:cloudwatch:eu-central-1:111122223333:loggroup/test-access"},
		"defaultRouteSettings": object{"throttlingRateLimit": 1000.0, "throttlingBurstLimit": 500.0},
	}, stage)
	require.Equal(t, object{"retentionInDays": 365.0}, r.one(t, "cloudwatch.LogGroup", "test-access").Inputs)
}

func TestApiGatewayRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		given *components.ApiGatewayArgs
		want  string
	}{
		"no services": {&components.ApiGatewayArgs{}, "services: is missing: an API needs a service to forward to"},
		"a bad log":   {&components.ApiGatewayArgs{Services: twoServices.Services, LogRetentionDays: 2}, "logRetentionDays: 2 is not allowed"},
		"a route twice": {&components.ApiGatewayArgs{Services: []components.APIService{
			{Name: "a", PathPatterns: []string{"/web"}}, {Name: "b", PathPatterns: []string{"/web/*"}},
		}}, `services[1].routeKeys: "ANY /web" is not allowed: a route that service a does not have`},
		"no route for a pattern": {&components.ApiGatewayArgs{Services: []components.APIService{
			{Name: "a", PathPatterns: []string{"/a*"}},
		}}, "services[0].routeKeys: is missing: an API has no route like the path pattern /a*"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &recorder{}
			require.ErrorContains(t, r.run(setup{api: test.given}.program, nil), test.want)
			require.Empty(t, r.all("fargate-cd:components:ApiGateway"), "nothing of it is registered")
		})
	}
	err := (&recorder{}).run(func(ctx *pulumi.Context) error {
		_, err := components.NewApiGateway(ctx, "test", &components.ApiGatewayArgs{Services: twoServices.Services})
		return err
	}, nil)
	require.ErrorContains(t, err, "the environment of ApiGateway test is missing")
}
