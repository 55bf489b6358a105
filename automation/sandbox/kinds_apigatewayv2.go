package sandbox

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const (
	apiType         = "aws:apigatewayv2/api:Api"
	authorizerType  = "aws:apigatewayv2/authorizer:Authorizer"
	integrationType = "aws:apigatewayv2/integration:Integration"
	routeType       = "aws:apigatewayv2/route:Route"
	vpcLinkType     = "aws:apigatewayv2/vpcLink:VpcLink"
)

var ofApi = ref{path: "apiId", to: apiType, by: "id", part: true,
	absent: "NotFoundException: Invalid API identifier specified " + accountID + ":%s"}

var apigatewayv2Kinds = []kind{
	{
		new:  apigatewayv2.NewApi,
		name: named(128), fixed: "credentialsArn protocolType routeKey target",
		rules: []rule{oneOf("protocolType", "HTTP", "WEBSOCKET"), between("corsConfiguration.maxAge", -1, 86400)},
		id:    "{hex10}",
		out: outputs{"arn": "arn:{partition}:apigateway:{region}::/apis/{id}",
			"apiEndpoint":  "https://{id}.execute-api.{region}.amazonaws.com",
			"executionArn": "arn:{partition}:execute-api:{region}:{account}:{id}"},
	},
	{
		new:  apigatewayv2.NewAuthorizer,
		name: named(128), fixed: "apiId", refs: []ref{ofApi},
		rules: []rule{oneOf("authorizerType", "JWT", "REQUEST"),
			matches("jwtConfiguration.issuer", `https://\S+`, "an https URL"), whole(jwtAuthorizer)},
		id: "{hex10}",
	},
	{
		new:   apigatewayv2.NewIntegration,
		fixed: "apiId integrationSubtype integrationType",
		refs: []ref{ofApi, {path: "connectionId", to: vpcLinkType, by: "id", absent: "BadRequestException: VpcLink %s does not exist",
			holds: "BadRequestException: Cannot delete vpc link: it is referenced by integrations"}},
		rules: []rule{between("timeoutMilliseconds", 50, 30000), oneOf("connectionType", "INTERNET", "VPC_LINK"),
			oneOf("integrationType", "AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY", "MOCK"),
			oneOf("payloadFormatVersion", "1.0", "2.0"), whole(privateIntegration)},
		admit: admitIntegration, id: "{hex10}",
	},
	{
		new:   apigatewayv2.NewRoute,
		fixed: "apiId", unique: &unique{"apiId routeKey", "ConflictException: Route with this key"},
		rules: []rule{matches("routeKey", `\$default|(ANY|GET|PUT|POST|DELETE|PATCH|HEAD|OPTIONS) /(\S*[^\s/])?`,
			"$default or a method and a path, such as GET /items/{id}, that does not end in a slash after a segment"),
			oneOf("authorizationType", "NONE", "AWS_IAM", "CUSTOM", "JWT"), whole(jwtRoute)},
		refs: []ref{ofApi,
			{path: "authorizerId", to: authorizerType, by: "id",
				absent: "BadRequestException: Invalid authorizer ID specified: %s",
				holds:  "ConflictException: Cannot delete authorizer, is referenced in a route"},
			{path: "target", to: integrationType, by: "id", strip: "integrations/",
				absent: "BadRequestException: Invalid integration: %s does not exist",
				holds:  "ConflictException: Cannot delete Integration. Please remove it from all routes"}},
		id: "{hex10}",
	},
	{
		new:  apigatewayv2.NewStage,
		name: named(128), fixed: "apiId name",
		unique: &unique{"apiId name", "ConflictException: Stage"}, key: "arn",
		rules: []rule{matches("name", `\$default|[\w-]{1,128}`, "$default or at most 128 letters, digits, _ and -")},
		refs:  []ref{ofApi}, id: "{name}",
		out: outputs{"arn": "arn:{partition}:apigateway:{region}::/apis/{apiId}/stages/{name}",
			"executionArn": "arn:{partition}:execute-api:{region}:{account}:{apiId}/{name}"},
		mint: func(_ *account, p resource.PropertyMap) outputs {
			path := strings.TrimPrefix(text(p, "name"), "$default")
			return outputs{"invokeUrl": "https://{apiId}.execute-api.{region}.amazonaws.com/" + path}
		},
	},
	{
		new:  apigatewayv2.NewVpcLink,
		name: named(128), fixed: "securityGroupIds subnetIds", rules: []rule{count("subnetIds", 1, 10)},
		refs: []ref{inSubnets("subnetIds[]"), inGroups("securityGroupIds[]")},
		id:   "{hex10}", out: outputs{"arn": "arn:{partition}:apigateway:{region}::/vpclinks/{id}"},
	},
}

// jwtAuthorizer checks that a JWT authorizer has the inputs with which API Gateway verifies a token.
func jwtAuthorizer(p resource.PropertyMap) []failure {
	if text(p, "authorizerType") != "JWT" {
		return nil
	}
	var failures []failure
	need := func(in resource.PropertyMap, parent string, names ...resource.PropertyKey) {
		for _, name := range names {
			if !in.HasValue(name) {
				failures = append(failures, failure{parent + string(name), "is required for a JWT authorizer"})
			}
		}
	}
	need(p, "", "identitySources", "jwtConfiguration")
	if v := p["jwtConfiguration"]; v.IsObject() {
		need(v.ObjectValue(), "jwtConfiguration.", "issuer", "audiences")
	}
	return failures
}

// jwtRoute checks that a protected route names its authorizer.
func jwtRoute(p resource.PropertyMap) []failure {
	kind := text(p, "authorizationType")
	if (kind == "JWT" || kind == "CUSTOM") && !p.HasValue("authorizerId") {
		return []failure{{"authorizerId", fmt.Sprintf("is required with authorizationType %q", kind)}}
	}
	return nil
}

// privateIntegration checks the inputs that a private integration and an HTTP proxy require.
func privateIntegration(p resource.PropertyMap) []failure {
	var failures []failure
	uri := text(p, "integrationUri")
	private := text(p, "connectionType") == "VPC_LINK"
	if private && !p.HasValue("connectionId") {
		failures = append(failures, failure{"connectionId", "is required with connectionType VPC_LINK"})
	}
	if private && uri != "" && !strings.HasPrefix(uri, "arn:") {
		failures = append(failures, failure{"integrationUri", fmt.Sprintf("is %q; allowed with VPC_LINK is the ARN of a listener "+
			"or of a Cloud Map service", uri)})
	}
	if text(p, "integrationType") == "HTTP_PROXY" && !p.HasValue("integrationMethod") {
		failures = append(failures, failure{"integrationMethod", "is required for HTTP_PROXY"})
	}
	return failures
}

// admitIntegration refuses a private integration with a listener that does not exist.
func admitIntegration(a *account, p resource.PropertyMap) error {
	uri, ok := value(p, "integrationUri")
	if !ok || serviceOf(text(p, "integrationUri")) != "elasticloadbalancing" {
		return nil
	}
	return a.follow(ref{to: listenerType, by: "arn", absent: "BadRequestException: Invalid listener ARN: %s"}, uri)
}
