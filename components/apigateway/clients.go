package apigateway

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cognito"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/problems"
)

// invalidInServerName matches characters that are valid in the identifier of a resource server, but not in its name
// (CreateResourceServer).
var invalidInServerName = regexp.MustCompile(`[^\w+=,.@-]`)

var (
	callbackPattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:/[^\s#]*$`)
	webPattern      = regexp.MustCompile(`^(https://[^\s/#?]+|http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?)([/?]|$)`)
)

// validateCallbacks checks the callback URLs of the client for people.
func (s *Spec) validateCallbacks(prefix string, found *problems.List) {
	if n := len(s.CallbackURLs); n < 1 || n > 100 { // CreateUserPoolClient; the authorization code flow needs one
		found.Add(prefix+"apiCallbackUrls", s.CallbackURLs, "1 to 100 URLs")
	}
	for i, url := range s.CallbackURLs {
		key := prefix + problems.Indexed("apiCallbackUrls", i)
		web := strings.HasPrefix(strings.ToLower(url), "http:") || strings.HasPrefix(strings.ToLower(url), "https:")
		if !callbackPattern.MatchString(url) || web && !webPattern.MatchString(url) || len(url) > 1024 {
			found.Add(key, url, "an absolute URL without a fragment: https, or http on localhost, or the scheme of an app")
		}
		if slices.Contains(s.CallbackURLs[:i], url) {
			found.Add(key, url, "each URL only once")
		}
	}
}

// newResourceServers creates the resource servers of the custom scopes. The identifier of a resource server is the part
// of a scope before the last slash.
func (g *ApiGateway) newResourceServers(ctx *pulumi.Context, pool *cognito.UserPool) ([]pulumi.Resource, error) {
	var servers []pulumi.Resource
	for _, identifier := range g.scopes.servers() {
		scopes := cognito.ResourceServerScopeArray{}
		for _, name := range g.scopes.byServer[identifier] {
			scopes = append(scopes, cognito.ResourceServerScopeArgs{
				ScopeName: pulumi.String(name), ScopeDescription: pulumi.String(identifier + "/" + name),
			})
		}
		server, err := cognito.NewResourceServer(ctx, g.name+"-"+identifier, &cognito.ResourceServerArgs{
			UserPoolId: pool.ID(),
			Identifier: pulumi.String(identifier),
			Name:       pulumi.String(invalidInServerName.ReplaceAllString(identifier, "-")),
			Scopes:     scopes,
		}, pulumi.Parent(g))
		if err != nil {
			return nil, fmt.Errorf("creating resource server %s: %w", identifier, err)
		}
		servers = append(servers, server)
	}
	return servers, nil
}

// newClients creates the client for people and, if there are custom scopes, the client
// for machines. It returns their ids. The clients depend on the resource servers,
// because Cognito refuses a client whose scopes do not exist.
func (g *ApiGateway) newClients(
	ctx *pulumi.Context, pool *cognito.UserPool, servers []pulumi.Resource,
) (pulumi.StringArray, error) {
	people, err := cognito.NewUserPoolClient(ctx, g.name, &cognito.UserPoolClientArgs{
		UserPoolId:                      pool.ID(),
		ExplicitAuthFlows:               pulumi.ToStringArray([]string{"ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"}),
		AllowedOauthFlowsUserPoolClient: pulumi.Bool(true),
		AllowedOauthFlows:               pulumi.ToStringArray([]string{"code"}), // with PKCE, because there is no secret
		AllowedOauthScopes:              pulumi.ToStringArray(g.scopes.people()),
		CallbackUrls:                    pulumi.ToStringArray(g.args.CallbackURLs),
		SupportedIdentityProviders:      pulumi.ToStringArray([]string{"COGNITO"}),
		PreventUserExistenceErrors:      pulumi.String("ENABLED"),
		EnableTokenRevocation:           pulumi.Bool(true),
	}, pulumi.Parent(g), pulumi.DependsOn(servers))
	if err != nil {
		return nil, fmt.Errorf("creating user pool client: %w", err)
	}
	g.UserPoolClientID = people.ID().ToStringOutput()
	audiences := pulumi.StringArray{people.ID()}
	if !g.HasMachineClient() {
		return audiences, nil
	}
	machines, err := cognito.NewUserPoolClient(ctx, g.name+"-machines", &cognito.UserPoolClientArgs{
		UserPoolId:                      pool.ID(),
		GenerateSecret:                  pulumi.Bool(true),
		ExplicitAuthFlows:               pulumi.ToStringArray([]string{"ALLOW_REFRESH_TOKEN_AUTH"}), // no person signs in here
		AllowedOauthFlowsUserPoolClient: pulumi.Bool(true),
		AllowedOauthFlows:               pulumi.ToStringArray([]string{"client_credentials"}),
		AllowedOauthScopes:              pulumi.ToStringArray(g.scopes.custom()),
		PreventUserExistenceErrors:      pulumi.String("ENABLED"),
		EnableTokenRevocation:           pulumi.Bool(true),
	}, pulumi.Parent(g), pulumi.DependsOn(servers))
	if err != nil {
		return nil, fmt.Errorf("creating user pool client for machines: %w", err)
	}
	g.MachineClientID = machines.ID().ToStringOutput()
	g.MachineClientSecret = pulumi.ToSecret(machines.ClientSecret).(pulumi.StringOutput)
	return append(audiences, machines.ID()), nil
}
