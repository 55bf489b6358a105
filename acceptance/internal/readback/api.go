//go:build acceptance

package readback

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
)

// api returns the HTTP API in front of the load balancers, with its user pool. Each route
// requires a token that the user pool has issued for one of its clients. Some routes also
// require scopes.
func (s System) api() []string {
	if len(s.Routes) == 0 {
		return nil
	}
	audience, people := "PEOPLE", append([]string{"openid"}, s.Scopes()...)
	api := "API: HTTP"
	if len(s.Origins) > 0 {
		api += fmt.Sprintf(", scripts of %v with [authorization content-type]", s.Origins)
	}
	lines := []string{
		api,
		fmt.Sprintf("link: in %s, groups [STACK-link]", s.taskSubnets()),
		"stage $default: deploys by itself true, logs to arn:aws:logs:REGION:ACCOUNT:log-group:/aws/vendedlogs/apigateway/fargate-cd-STACK, 1000 requests a second, 500 at once",
		fmt.Sprintf("users: MFA %s, 14 characters, nobody signs up true, domain fargate-cd-STACK-%s, recovery by [verified_email]",
			cmp.Or(s.MFA, "OPTIONAL"), accountHash),
		fmt.Sprintf("client STACK: flows [ALLOW_REFRESH_TOKEN_AUTH ALLOW_USER_SRP_AUTH], user existence errors prevented ENABLED, revocable true, "+
			"secret false, OAuth true [code] %v, back to [http://localhost:8400/callback], users of [COGNITO]", people),
	}
	if len(s.Scopes()) > 0 {
		audience += " MACHINES" // a client for machines exists only if there are custom scopes
		lines = append(lines, fmt.Sprintf("client STACK-machines: flows [ALLOW_REFRESH_TOKEN_AUTH], user existence errors prevented ENABLED, revocable true, "+
			"secret true, OAuth true [client_credentials] %v, back to [], users of []", s.Scopes()))
	}
	for _, scope := range s.Scopes() {
		lines = append(lines, "scope "+scope)
	}
	verifies := ""
	if s.Domain != "" {
		verifies = ", verifies " + s.Domain
	}
	for _, route := range s.Routes {
		listener := lab.Internal
		if route.Public {
			listener = lab.Public
		}
		lines = append(lines,
			fmt.Sprintf("%s: JWT, scopes %v", route.Key, route.Scopes),
			fmt.Sprintf("%s: token in [$request.header.Authorization], issuer https://cognito-idp.REGION.amazonaws.com/POOL, audience %s", route.Key, audience),
			fmt.Sprintf("%s: HTTP_PROXY ANY by VPC_LINK to %s listener %d, 1.0, 30000 ms%s%s", route.Key, listener, s.port(), verifies, route.sets()),
		)
	}
	return lines
}

// sets returns the header that the API sets in the requests of the route, or "" for none.
func (r Route) sets() string {
	if r.Host == "" {
		return ""
	}
	return ", sets map[overwrite:header.Host:" + r.Host + "]"
}

// accountHash is the beginning of the SHA-256 of ["123456789012"]. It makes the domain
// prefix of the user pool unique among the prefixes of all accounts.
const accountHash = "7876e629"

// Scopes returns the custom scopes of all routes.
func (s System) Scopes() []string {
	var scopes []string
	for _, route := range s.Routes {
		scopes = append(scopes, route.Scopes...)
	}
	slices.Sort(scopes)
	return slices.Compact(scopes)
}

func seenAPI(t *testing.T, d *lab.Stack, names *lab.Book) []string {
	apis := lab.Ask(t, d.APIGateway.GetApis, &apigatewayv2.GetApisInput{}).Items
	if len(apis) == 0 {
		return nil
	}
	require.Len(t, apis, 1, "APIs in %s", d.Region)
	lines := seenUsers(t, d, names)
	line := fmt.Sprintf("API: %s", apis[0].ProtocolType)
	if cors := apis[0].CorsConfiguration; cors != nil {
		slices.Sort(cors.AllowHeaders)
		line += fmt.Sprintf(", scripts of %v with %v", cors.AllowOrigins, cors.AllowHeaders)
	}
	lines = append(lines, line)
	for _, link := range lab.Ask(t, d.APIGateway.GetVpcLinks, &apigatewayv2.GetVpcLinksInput{}).Items {
		lines = append(lines, fmt.Sprintf("link: in %s, groups %v", names.Sorted(link.SubnetIds), link.SecurityGroupIds))
	}
	for _, stage := range lab.Ask(t, d.APIGateway.GetStages, &apigatewayv2.GetStagesInput{ApiId: apis[0].ApiId}).Items {
		line := fmt.Sprintf("stage %s: deploys by itself %t", aws.ToString(stage.StageName), aws.ToBool(stage.AutoDeploy))
		if stage.AccessLogSettings != nil {
			line += ", logs to " + aws.ToString(stage.AccessLogSettings.DestinationArn)
		}
		if limits := stage.DefaultRouteSettings; limits != nil {
			line += fmt.Sprintf(", %.0f requests a second, %d at once", aws.ToFloat64(limits.ThrottlingRateLimit), aws.ToInt32(limits.ThrottlingBurstLimit))
		}
		lines = append(lines, line)
	}
	for _, route := range lab.Ask(t, d.APIGateway.GetRoutes, &apigatewayv2.GetRoutesInput{ApiId: apis[0].ApiId}).Items {
		lines = append(lines, seenRoute(t, d, apis[0].ApiId, route, names)...)
	}
	return lines
}

// seenRoute returns the authorizer and the integration of a route.
func seenRoute(t *testing.T, d *lab.Stack, api *string, route types.Route, names *lab.Book) []string {
	begin := aws.ToString(route.RouteKey) + ": "
	lines := []string{fmt.Sprintf("%s%s, scopes %v", begin, route.AuthorizationType, route.AuthorizationScopes)}
	if route.AuthorizerId != nil {
		authorizer := lab.Ask(t, d.APIGateway.GetAuthorizer, &apigatewayv2.GetAuthorizerInput{ApiId: api, AuthorizerId: route.AuthorizerId})
		require.NotNil(t, authorizer.JwtConfiguration, "authorizer of route %s", *route.RouteKey)
		lines = append(lines, fmt.Sprintf("%stoken in %v, issuer %s, audience %s", begin, authorizer.IdentitySource,
			aws.ToString(authorizer.JwtConfiguration.Issuer), backwards(names.Sorted(authorizer.JwtConfiguration.Audience))))
	}
	var id string
	_, err := fmt.Sscanf(aws.ToString(route.Target), "integrations/%s", &id)
	require.NoError(t, err, "target %s of route %s", aws.ToString(route.Target), *route.RouteKey)
	to := lab.Ask(t, d.APIGateway.GetIntegration, &apigatewayv2.GetIntegrationInput{ApiId: api, IntegrationId: &id})
	verifies := ""
	if to.TlsConfig != nil {
		verifies = ", verifies " + aws.ToString(to.TlsConfig.ServerNameToVerify)
	}
	if len(to.RequestParameters) > 0 {
		verifies += fmt.Sprintf(", sets %v", to.RequestParameters)
	}
	return append(lines, fmt.Sprintf("%s%s %s by %s to %s, %s, %d ms%s", begin, to.IntegrationType, aws.ToString(to.IntegrationMethod),
		to.ConnectionType, aws.ToString(to.IntegrationUri), aws.ToString(to.PayloadFormatVersion), aws.ToInt32(to.TimeoutInMillis), verifies))
}

// backwards returns the words in reverse order, with PEOPLE before MACHINES.
func backwards(words string) string {
	list := strings.Fields(words)
	slices.Reverse(list)
	return strings.Join(list, " ")
}

// seenUsers returns the user pool, its clients and its scopes, and records the names of their ids.
func seenUsers(t *testing.T, d *lab.Stack, names *lab.Book) []string {
	pools := lab.Ask(t, d.Cognito.ListUserPools, &cognitoidentityprovider.ListUserPoolsInput{MaxResults: aws.Int32(10)}).UserPools
	require.Len(t, pools, 1, "user pools in %s", d.Region)
	names.Add(t, aws.ToString(pools[0].Id), "POOL")
	pool := lab.Ask(t, d.Cognito.DescribeUserPool, &cognitoidentityprovider.DescribeUserPoolInput{UserPoolId: pools[0].Id}).UserPool
	var recovery []string
	if pool.AccountRecoverySetting != nil {
		for _, mechanism := range pool.AccountRecoverySetting.RecoveryMechanisms {
			recovery = append(recovery, string(mechanism.Name))
		}
	}
	lines := []string{fmt.Sprintf("users: MFA %s, %d characters, nobody signs up %t, domain %s, recovery by %v", pool.MfaConfiguration,
		aws.ToInt32(pool.Policies.PasswordPolicy.MinimumLength), pool.AdminCreateUserConfig.AllowAdminCreateUserOnly, aws.ToString(pool.Domain), recovery)}
	clients := lab.Ask(t, d.Cognito.ListUserPoolClients, &cognitoidentityprovider.ListUserPoolClientsInput{
		UserPoolId: pools[0].Id, MaxResults: aws.Int32(10),
	}).UserPoolClients
	for _, each := range clients {
		client := lab.Ask(t, d.Cognito.DescribeUserPoolClient, &cognitoidentityprovider.DescribeUserPoolClientInput{
			UserPoolId: pools[0].Id, ClientId: each.ClientId,
		}).UserPoolClient
		name := "PEOPLE"
		if client.ClientSecret != nil {
			name = "MACHINES"
		}
		names.Add(t, aws.ToString(client.ClientId), name)
		slices.Sort(client.AllowedOAuthScopes)
		slices.SortStableFunc(client.AllowedOAuthScopes, func(a, b string) int { // Cognito's own scopes come first
			return strings.Count(a, "/") - strings.Count(b, "/")
		})
		lines = append(lines, fmt.Sprintf("client %s: flows %v, user existence errors prevented %s, revocable %t, "+
			"secret %t, OAuth %t %v %v, back to %v, users of %v",
			aws.ToString(client.ClientName), client.ExplicitAuthFlows, client.PreventUserExistenceErrors, aws.ToBool(client.EnableTokenRevocation),
			client.ClientSecret != nil, aws.ToBool(client.AllowedOAuthFlowsUserPoolClient), client.AllowedOAuthFlows, client.AllowedOAuthScopes,
			client.CallbackURLs, client.SupportedIdentityProviders))
	}
	servers := lab.Ask(t, d.Cognito.ListResourceServers, &cognitoidentityprovider.ListResourceServersInput{
		UserPoolId: pools[0].Id, MaxResults: aws.Int32(10),
	}).ResourceServers
	for _, server := range servers {
		for _, scope := range server.Scopes {
			lines = append(lines, fmt.Sprintf("scope %s/%s", aws.ToString(server.Identifier), aws.ToString(scope.ScopeName)))
		}
	}
	return lines
}
