package sandbox

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cognito"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const (
	poolType           = "aws:cognito/userPool:UserPool"
	clientType         = "aws:cognito/userPoolClient:UserPoolClient"
	poolDomainType     = "aws:cognito/userPoolDomain:UserPoolDomain"
	resourceServerType = "aws:cognito/resourceServer:ResourceServer"
	apiType            = "aws:apigatewayv2/api:Api"
	authorizerType     = "aws:apigatewayv2/authorizer:Authorizer"
	integrationType    = "aws:apigatewayv2/integration:Integration"
	vpcLinkType        = "aws:apigatewayv2/vpcLink:VpcLink"
	deploymentType     = "aws:apigatewayv2/deployment:Deployment"
)

func ofPool(holds string) ref {
	return ref{path: "userPoolId", to: poolType, by: "id", holds: holds,
		absent: "ResourceNotFoundException: User pool %s does not exist."}
}

var ofApi = ref{path: "apiId", to: apiType, by: "id", absent: "NotFoundException: Invalid API identifier specified " +
	AccountID + ":%s"}

// mintInApi mints a part of an API, which has a short id only.
func mintInApi(*account, resource.PropertyMap) (string, outputs) { return shortID(), nil }

// address is an absolute URL that Cognito accepts as a callback.
func address(path string) []rule {
	return []rule{
		matches(path, `https://[^\s#]+|http://(localhost|127\.0\.0\.1|\[::1\])[^\s#]*|[A-Za-z][A-Za-z0-9+.-]*:/[^\s#]*`,
			"an absolute URL without a fragment, https except for localhost and app schemes"),
		lacks(path, `^http://([^l1\[]|l[^o]|1[^2])`, "https except for localhost"),
	}
}

var apiKinds = []kind{
	{
		token: poolType, args: cognito.UserPoolArgs{}, state: cognito.UserPoolState{},
		name: named(128), fixed: "aliasAttributes name usernameAttributes usernameConfiguration.caseSensitive",
		later: "adminCreateUserConfig emailVerificationMessage emailVerificationSubject passwordPolicy smsConfiguration " +
			"smsVerificationMessage verificationMessageTemplate",
		moving: "lastModifiedDate",
		rules: []rule{between("passwordPolicy.minimumLength", 6, 99), oneOf("mfaConfiguration", "ON", "OFF", "OPTIONAL"),
			between("passwordPolicy.temporaryPasswordValidityDays", 0, 365),
			oneOf("deletionProtection", "ACTIVE", "INACTIVE"), oneOf("userPoolTier", "LITE", "ESSENTIALS", "PLUS"),
			exclusive("aliasAttributes", "usernameAttributes"), whole(secondFactor)},
		release: func(_ *account, it item) error {
			if text(it.Props, "deletionProtection") == "ACTIVE" {
				return errors.New("InvalidParameterException: The user pool cannot be deleted because deletion protection " +
					"is activated. Deletion protection must be inactivated first")
			}
			return nil
		},
		mint: func(a *account, _ resource.PropertyMap) (string, outputs) {
			id := a.region + "_" + randomHex(9)
			return id, outputs{"arn": a.arn("cognito-idp", "userpool/"+id), "creationDate": now(), "lastModifiedDate": now(),
				"endpoint": fmt.Sprintf("cognito-idp.%s.amazonaws.com/%s", a.region, id)}
		},
		alter: func(*account, resource.PropertyMap, resource.PropertyMap) (outputs, error) {
			return outputs{"lastModifiedDate": now()}, nil
		},
	},
	{
		token: clientType, args: cognito.UserPoolClientArgs{}, state: cognito.UserPoolClientState{},
		name: named(128), fixed: "generateSecret userPoolId",
		later: "accessTokenValidity allowedOauthFlows allowedOauthFlowsUserPoolClient allowedOauthScopes authSessionValidity " +
			"callbackUrls defaultRedirectUri enablePropagateAdditionalUserContextData enableTokenRevocation explicitAuthFlows " +
			"idTokenValidity logoutUrls preventUserExistenceErrors readAttributes refreshTokenValidity " +
			"supportedIdentityProviders writeAttributes",
		refs: []ref{ofPool("")},
		rules: append(append(address("callbackUrls[]"), address("logoutUrls[]")...), count("callbackUrls", 0, 100),
			oneOf("allowedOauthFlows[]", "code", "implicit", "client_credentials"),
			oneOf("preventUserExistenceErrors", "ENABLED", "LEGACY"), whole(oauthClient)),
		admit: admitClient,
		mint: func(_ *account, p resource.PropertyMap) (string, outputs) {
			out := outputs{"enableTokenRevocation": true, "authSessionValidity": 3}
			if flag(p, "generateSecret") {
				out["clientSecret"] = randomHex(51)
			}
			return randomHex(26), out
		},
	},
	{
		token: poolDomainType, args: cognito.UserPoolDomainArgs{}, state: cognito.UserPoolDomainState{},
		fixed: "domain userPoolId", unique: &unique{"domain", "InvalidParameterException: Domain already associated with another user pool"},
		refs: []ref{ofPool("InvalidParameterException: User pool cannot be deleted. It has a domain configured that " +
			"should be deleted first.")},
		rules: []rule{whole(domainPrefix)}, admit: admitDomain,
		mint: func(_ *account, p resource.PropertyMap) (string, outputs) {
			return text(p, "domain"), outputs{"awsAccountId": AccountID, "version": "20250101000000",
				"cloudfrontDistribution": "d" + randomHex(13) + ".cloudfront.net", "cloudfrontDistributionZoneId": "Z2FDTNDATAQYW2"}
		},
	},
	{
		token: resourceServerType, args: cognito.ResourceServerArgs{}, state: cognito.ResourceServerState{},
		name: named(256), fixed: "identifier name userPoolId",
		unique: &unique{"userPoolId identifier", "InvalidParameterException: A resource server with this identifier"},
		refs:   []ref{ofPool("")}, rules: []rule{count("scopes", 0, 100)},
		mint: func(_ *account, p resource.PropertyMap) (string, outputs) {
			scopes := []any{}
			for _, scope := range texts(p, "scopes[].scopeName") {
				scopes = append(scopes, text(p, "identifier")+"/"+scope)
			}
			return text(p, "userPoolId") + "|" + text(p, "identifier"), outputs{"scopeIdentifiers": scopes}
		},
	},
	{
		token: apiType, args: apigatewayv2.ApiArgs{}, state: apigatewayv2.ApiState{},
		name: named(128), fixed: "credentialsArn protocolType routeKey target",
		rules: []rule{oneOf("protocolType", "HTTP", "WEBSOCKET"), between("corsConfiguration.maxAge", -1, 86400)},
		mint: func(a *account, _ resource.PropertyMap) (string, outputs) {
			id := shortID()
			return id, outputs{"arn": fmt.Sprintf("arn:%s:apigateway:%s::/apis/%s", partition(a.region), a.region, id),
				"apiEndpoint":  fmt.Sprintf("https://%s.execute-api.%s.amazonaws.com", id, a.region),
				"executionArn": a.arn("execute-api", id)}
		},
	},
	{
		token: authorizerType, args: apigatewayv2.AuthorizerArgs{}, state: apigatewayv2.AuthorizerState{},
		name: named(128), fixed: "apiId", later: "authorizerResultTtlInSeconds", refs: []ref{ofApi},
		rules: []rule{oneOf("authorizerType", "JWT", "REQUEST"), whole(jwtAuthorizer)}, mint: mintInApi,
	},
	{
		token: integrationType, args: apigatewayv2.IntegrationArgs{}, state: apigatewayv2.IntegrationState{},
		fixed: "apiId integrationSubtype integrationType", later: "timeoutMilliseconds", need: "responseParameters[].mappings",
		refs: []ref{ofApi,
			{path: "connectionId", to: vpcLinkType, by: "id", absent: "BadRequestException: VpcLink %s does not exist",
				holds: "BadRequestException: Cannot delete vpc link: it is referenced by integrations"}},
		rules: []rule{between("timeoutMilliseconds", 50, 30000), oneOf("connectionType", "INTERNET", "VPC_LINK"),
			oneOf("integrationType", "AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY", "MOCK"),
			oneOf("payloadFormatVersion", "1.0", "2.0"), whole(privateIntegration)},
		admit: admitIntegration, mint: mintInApi,
	},
	{
		token: "aws:apigatewayv2/route:Route", args: apigatewayv2.RouteArgs{}, state: apigatewayv2.RouteState{},
		fixed: "apiId", unique: &unique{"apiId routeKey", "ConflictException: Route with this key"},
		rules: []rule{matches("routeKey", `\$default|\$connect|\$disconnect|(ANY|GET|PUT|POST|DELETE|PATCH|HEAD|OPTIONS) /(\S*[^\s/])?`,
			"$default or a method and a path, such as GET /items/{id}, that does not end in a slash after a segment"),
			oneOf("authorizationType", "NONE", "AWS_IAM", "CUSTOM", "JWT"), whole(jwtRoute)},
		refs: []ref{ofApi,
			{path: "authorizerId", to: authorizerType, by: "id",
				absent: "BadRequestException: Invalid authorizer ID specified: %s",
				holds:  "ConflictException: Cannot delete authorizer, is referenced in a route"},
			{path: "target", to: integrationType, by: "id", strip: "integrations/",
				absent: "BadRequestException: Invalid integration: %s does not exist",
				holds:  "ConflictException: Cannot delete Integration. Please remove it from all routes"}},
		mint: mintInApi,
	},
	{
		token: "aws:apigatewayv2/stage:Stage", args: apigatewayv2.StageArgs{}, state: apigatewayv2.StageState{},
		name: named(128), fixed: "apiId name", later: "deploymentId",
		unique: &unique{"apiId name", "ConflictException: Stage"}, key: "arn",
		rules: []rule{matches("name", `\$default|[\w-]{1,128}`, "$default or at most 128 letters, digits, _ and -"),
			between("defaultRouteSettings.throttlingBurstLimit", 0, 1000000),
			between("defaultRouteSettings.throttlingRateLimit", 0, 1000000)},
		refs: []ref{ofApi, {path: "deploymentId", to: deploymentType, by: "id",
			absent: "NotFoundException: Invalid deployment identifier specified: %s",
			holds:  "BadRequestException: Active stages pointing to this deployment must be moved or deleted"}},
		mint: func(a *account, p resource.PropertyMap) (string, outputs) {
			api, name := text(p, "apiId"), text(p, "name")
			path := name
			if name == "$default" {
				path = ""
			}
			return name, outputs{
				"arn":          fmt.Sprintf("arn:%s:apigateway:%s::/apis/%s/stages/%s", partition(a.region), a.region, api, name),
				"executionArn": a.arn("execute-api", api+"/"+name),
				"invokeUrl":    fmt.Sprintf("https://%s.execute-api.%s.amazonaws.com/%s", api, a.region, path)}
		},
	},
	{
		token: vpcLinkType, args: apigatewayv2.VpcLinkArgs{}, state: apigatewayv2.VpcLinkState{},
		name: named(128), fixed: "securityGroupIds subnetIds", need: "subnetIds",
		refs: []ref{inSubnets("subnetIds[]"), inGroups("securityGroupIds[]")},
		mint: func(a *account, _ resource.PropertyMap) (string, outputs) {
			id := shortID()
			return id, outputs{"arn": fmt.Sprintf("arn:%s:apigateway:%s::/vpclinks/%s", partition(a.region), a.region, id)}
		},
	},
	{
		token: deploymentType, args: apigatewayv2.DeploymentArgs{}, state: apigatewayv2.DeploymentState{},
		fixed: "apiId triggers", refs: []ref{ofApi}, mint: mintInApi,
	},
}
