//go:build acceptance

package acceptance

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/stretchr/testify/require"
)

// api is an HTTP API before the balancer. Each route wants a token that the
// user pool has issued for its client, and of some the scopes as well.
func (s system) api() []string {
	if len(s.routes) == 0 {
		return nil
	}
	lines := []string{
		"API: HTTP",
		"link: in private-1 private-2, groups [STACK-link]",
		"stage $default: deploys by itself true, logs to arn:aws:logs:REGION:ACCOUNT:log-group:STACK-access, 1000 requests a second, 500 at once",
		"users: MFA OPTIONAL, 14 characters, nobody signs up true",
		"client: flows [ALLOW_REFRESH_TOKEN_AUTH ALLOW_USER_SRP_AUTH], user existence errors prevented ENABLED, revocable true",
	}
	for _, route := range s.routes {
		lines = append(lines,
			fmt.Sprintf("%s: JWT, scopes %v", route.key, route.scopes),
			fmt.Sprintf("%s: token in [$request.header.Authorization], issuer https://cognito-idp.REGION.amazonaws.com/POOL, audience [CLIENT]", route.key),
			fmt.Sprintf("%s: HTTP_PROXY ANY by VPC_LINK to listener 80, 1.0, 30000 ms", route.key),
		)
	}
	return lines
}

func seenAPI(t *testing.T, d *deployed, names *book) []string {
	apis := ask(t, d.apigateway.GetApis, &apigatewayv2.GetApisInput{}).Items
	if len(apis) == 0 {
		return nil
	}
	require.Len(t, apis, 1, "APIs in %s", d.region)
	lines := seenUsers(t, d, names)
	lines = append(lines, fmt.Sprintf("API: %s", apis[0].ProtocolType))
	for _, link := range ask(t, d.apigateway.GetVpcLinks, &apigatewayv2.GetVpcLinksInput{}).Items {
		lines = append(lines, fmt.Sprintf("link: in %s, groups %v", names.sorted(link.SubnetIds), link.SecurityGroupIds))
	}
	for _, stage := range ask(t, d.apigateway.GetStages, &apigatewayv2.GetStagesInput{ApiId: apis[0].ApiId}).Items {
		line := fmt.Sprintf("stage %s: deploys by itself %t", aws.ToString(stage.StageName), aws.ToBool(stage.AutoDeploy))
		if stage.AccessLogSettings != nil {
			line += ", logs to " + aws.ToString(stage.AccessLogSettings.DestinationArn)
		}
		if limits := stage.DefaultRouteSettings; limits != nil {
			line += fmt.Sprintf(", %.0f requests a second, %d at once", aws.ToFloat64(limits.ThrottlingRateLimit), aws.ToInt32(limits.ThrottlingBurstLimit))
		}
		lines = append(lines, line)
	}
	for _, route := range ask(t, d.apigateway.GetRoutes, &apigatewayv2.GetRoutesInput{ApiId: apis[0].ApiId}).Items {
		lines = append(lines, seenRoute(t, d, apis[0].ApiId, route)...)
	}
	return lines
}

// seenRoute tells who passes on a route, and where it leads.
func seenRoute(t *testing.T, d *deployed, api *string, route types.Route) []string {
	begin := aws.ToString(route.RouteKey) + ": "
	lines := []string{fmt.Sprintf("%s%s, scopes %v", begin, route.AuthorizationType, route.AuthorizationScopes)}
	if route.AuthorizerId != nil {
		authorizer := ask(t, d.apigateway.GetAuthorizer, &apigatewayv2.GetAuthorizerInput{ApiId: api, AuthorizerId: route.AuthorizerId})
		require.NotNil(t, authorizer.JwtConfiguration, "authorizer of route %s", *route.RouteKey)
		lines = append(lines, fmt.Sprintf("%stoken in %v, issuer %s, audience %v", begin, authorizer.IdentitySource,
			aws.ToString(authorizer.JwtConfiguration.Issuer), authorizer.JwtConfiguration.Audience))
	}
	var id string
	_, err := fmt.Sscanf(aws.ToString(route.Target), "integrations/%s", &id)
	require.NoError(t, err, "target %s of route %s", aws.ToString(route.Target), *route.RouteKey)
	to := ask(t, d.apigateway.GetIntegration, &apigatewayv2.GetIntegrationInput{ApiId: api, IntegrationId: &id})
	return append(lines, fmt.Sprintf("%s%s %s by %s to %s, %s, %d ms", begin, to.IntegrationType, aws.ToString(to.IntegrationMethod),
		to.ConnectionType, aws.ToString(to.IntegrationUri), aws.ToString(to.PayloadFormatVersion), aws.ToInt32(to.TimeoutInMillis)))
}

// seenUsers tells of the user pool and its client, and notes their ids.
func seenUsers(t *testing.T, d *deployed, names *book) []string {
	pools := ask(t, d.cognito.ListUserPools, &cognitoidentityprovider.ListUserPoolsInput{MaxResults: aws.Int32(10)}).UserPools
	require.Len(t, pools, 1, "user pools in %s", d.region)
	names.add(t, aws.ToString(pools[0].Id), "POOL")
	pool := ask(t, d.cognito.DescribeUserPool, &cognitoidentityprovider.DescribeUserPoolInput{UserPoolId: pools[0].Id}).UserPool
	lines := []string{fmt.Sprintf("users: MFA %s, %d characters, nobody signs up %t", pool.MfaConfiguration,
		aws.ToInt32(pool.Policies.PasswordPolicy.MinimumLength), pool.AdminCreateUserConfig.AllowAdminCreateUserOnly)}
	clients := ask(t, d.cognito.ListUserPoolClients, &cognitoidentityprovider.ListUserPoolClientsInput{UserPoolId: pools[0].Id}).UserPoolClients
	require.Len(t, clients, 1, "clients of the user pool in %s", d.region)
	names.add(t, aws.ToString(clients[0].ClientId), "CLIENT")
	client := ask(t, d.cognito.DescribeUserPoolClient, &cognitoidentityprovider.DescribeUserPoolClientInput{
		UserPoolId: pools[0].Id, ClientId: clients[0].ClientId,
	}).UserPoolClient
	return append(lines, fmt.Sprintf("client: flows %v, user existence errors prevented %s, revocable %t", client.ExplicitAuthFlows,
		client.PreventUserExistenceErrors, aws.ToBool(client.EnableTokenRevocation)))
}
