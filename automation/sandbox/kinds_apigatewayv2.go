package sandbox

import "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"

const (
	apiType         = "aws:apigatewayv2/api:Api"
	authorizerType  = "aws:apigatewayv2/authorizer:Authorizer"
	integrationType = "aws:apigatewayv2/integration:Integration"
	vpcLinkType     = "aws:apigatewayv2/vpcLink:VpcLink"
)

var ofApi = ref{path: "apiId", to: apiType, by: "id", part: true,
	absent: "NotFoundException: Invalid API identifier specified " + accountID + ":%s"}

var apigatewayv2Kinds = []kind{
	{
		new: apigatewayv2.NewApi, name: named(128), fixed: "protocolType",
		rules: []rule{known("protocolType", "HTTP")},
		id:    "{hex10}",
		out: outputs{"arn": "arn:{partition}:apigateway:{region}::/apis/{id}",
			"apiEndpoint":  "https://{id}.execute-api.{region}.amazonaws.com",
			"executionArn": "arn:{partition}:execute-api:{region}:{account}:{id}"},
	},
	{
		new: apigatewayv2.NewAuthorizer, name: named(128), fixed: "apiId", refs: []ref{ofApi},
		rules: []rule{known("authorizerType", "JWT"), needs("identitySources", "jwtConfiguration.issuer", "jwtConfiguration.audiences")},
		id:    "{hex10}",
	},
	{
		new: apigatewayv2.NewIntegration, fixed: "apiId integrationType",
		refs: []ref{ofApi, {path: "connectionId", to: vpcLinkType, by: "id", absent: "BadRequestException: VpcLink %s does not exist",
			holds: "BadRequestException: Cannot delete vpc link: it is referenced by integrations"},
			{path: "integrationUri", to: listenerType, by: "arn", absent: "BadRequestException: Invalid listener ARN: %s"}},
		rules: []rule{known("connectionType", "VPC_LINK"), known("integrationType", "HTTP_PROXY"),
			needs("connectionId", "integrationMethod", "integrationUri")},
		id: "{hex10}",
	},
	{
		new:   apigatewayv2.NewRoute,
		fixed: "apiId", unique: &unique{"apiId routeKey", "ConflictException: Route with this key"},
		rules: []rule{known("authorizationType", "JWT"), needs("authorizerId")},
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
		new: apigatewayv2.NewStage, name: named(128), fixed: "apiId name",
		unique: &unique{"apiId name", "ConflictException: Stage"}, key: "arn",
		rules: []rule{known("name", "$default")}, refs: []ref{ofApi}, id: "{name}",
		out: outputs{"arn": "arn:{partition}:apigateway:{region}::/apis/{apiId}/stages/{name}",
			"executionArn": "arn:{partition}:execute-api:{region}:{account}:{apiId}/{name}",
			"invokeUrl":    "https://{apiId}.execute-api.{region}.amazonaws.com/"},
	},
	{
		new: apigatewayv2.NewVpcLink, name: named(128), fixed: "securityGroupIds subnetIds",
		refs: []ref{inSubnets("subnetIds[]"), inGroups("securityGroupIds[]")},
		id:   "{hex10}", out: outputs{"arn": "arn:{partition}:apigateway:{region}::/vpclinks/{id}"},
	},
}
