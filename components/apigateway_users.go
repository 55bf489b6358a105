package components

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cognito"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/deterministic"
)

// newAuthorizer makes the user pool with what it takes to get a token, and the
// authorizer that accepts a token of that pool for one of its clients.
func (g *ApiGateway) newAuthorizer(ctx *pulumi.Context) (*apigatewayv2.Authorizer, error) {
	pool, err := g.newUserPool(ctx)
	if err != nil {
		return nil, err
	}
	if err := g.newDomain(ctx, pool); err != nil {
		return nil, err
	}
	servers, err := g.newResourceServers(ctx, pool)
	if err != nil {
		return nil, err
	}
	audiences, err := g.newClients(ctx, pool, servers)
	if err != nil {
		return nil, err
	}
	authorizer, err := apigatewayv2.NewAuthorizer(ctx, g.name, &apigatewayv2.AuthorizerArgs{
		ApiId:           g.api.ID(),
		AuthorizerType:  pulumi.String("JWT"),
		IdentitySources: pulumi.ToStringArray([]string{"$request.header.Authorization"}),
		JwtConfiguration: apigatewayv2.AuthorizerJwtConfigurationArgs{
			Issuer:    pulumi.Sprintf("https://%s", pool.Endpoint),
			Audiences: audiences,
		},
	}, pulumi.Parent(g))
	if err != nil {
		return nil, fmt.Errorf("creating authorizer: %w", err)
	}
	return authorizer, nil
}

func (g *ApiGateway) newUserPool(ctx *pulumi.Context) (*cognito.UserPool, error) {
	protection := "ACTIVE"
	if g.args.ForceDestroy {
		protection = "INACTIVE"
	}
	pool, err := cognito.NewUserPool(ctx, g.name, &cognito.UserPoolArgs{
		DeletionProtection:     pulumi.String(protection),
		UsernameAttributes:     pulumi.ToStringArray([]string{"email"}),
		AutoVerifiedAttributes: pulumi.ToStringArray([]string{"email"}),
		AdminCreateUserConfig: cognito.UserPoolAdminCreateUserConfigArgs{
			AllowAdminCreateUserOnly: pulumi.Bool(true), // nobody signs up by himself
		},
		PasswordPolicy: cognito.UserPoolPasswordPolicyArgs{
			MinimumLength:    pulumi.Int(14),
			RequireLowercase: pulumi.Bool(true), RequireUppercase: pulumi.Bool(true),
			RequireNumbers: pulumi.Bool(true), RequireSymbols: pulumi.Bool(true),
			TemporaryPasswordValidityDays: pulumi.Int(7),
		},
		MfaConfiguration:              pulumi.String("OPTIONAL"),
		SoftwareTokenMfaConfiguration: cognito.UserPoolSoftwareTokenMfaConfigurationArgs{Enabled: pulumi.Bool(true)},
	}, pulumi.Parent(g))
	if err != nil {
		return nil, fmt.Errorf("creating user pool: %w", err)
	}
	g.UserPoolID = pool.ID().ToStringOutput()
	return pool, nil
}

// newDomain gives the user pool its sign-in pages and token endpoint. The pool
// has one such domain, so an old one goes before a new one comes.
func (g *ApiGateway) newDomain(ctx *pulumi.Context, pool *cognito.UserPool) error {
	account := g.args.Environment.Account
	var prefix pulumi.StringInput = pulumi.String(g.args.DomainPrefix)
	if g.args.DomainPrefix == "" {
		// All accounts of a region share the prefixes: a hash of the account's id makes this one unique.
		stem := domainStem(ctx.Project(), g.name)
		prefix = account.ID.ApplyT(func(id string) string {
			return stem + "-" + deterministic.Fingerprint(id)[:domainHashLength]
		}).(pulumi.StringOutput)
	}
	domain, err := cognito.NewUserPoolDomain(ctx, g.name, &cognito.UserPoolDomainArgs{
		UserPoolId: pool.ID(), Domain: prefix,
	}, pulumi.Parent(g), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return fmt.Errorf("creating domain of the user pool: %w", err)
	}
	g.SignInURL = pulumi.Sprintf("https://%s.auth.%s.amazoncognito.com", domain.Domain, account.Region)
	return nil
}

// serverNameOther is what the name of a resource server cannot have, unlike its identifier (CreateResourceServer).
var serverNameOther = regexp.MustCompile(`[^\w+=,.@-]`)

// newResourceServers makes a resource server for each part before the last slash of the custom scopes.
func (g *ApiGateway) newResourceServers(ctx *pulumi.Context, pool *cognito.UserPool) ([]pulumi.Resource, error) {
	var servers []pulumi.Resource
	for _, identifier := range slices.Sorted(maps.Keys(g.scopes.byServer)) {
		scopes := cognito.ResourceServerScopeArray{}
		for _, name := range g.scopes.byServer[identifier] {
			scopes = append(scopes, cognito.ResourceServerScopeArgs{
				ScopeName: pulumi.String(name), ScopeDescription: pulumi.String(identifier + "/" + name),
			})
		}
		server, err := cognito.NewResourceServer(ctx, g.name+"-"+identifier, &cognito.ResourceServerArgs{
			UserPoolId: pool.ID(),
			Identifier: pulumi.String(identifier),
			Name:       pulumi.String(serverNameOther.ReplaceAllString(identifier, "-")),
			Scopes:     scopes,
		}, pulumi.Parent(g))
		if err != nil {
			return nil, fmt.Errorf("creating resource server %s: %w", identifier, err)
		}
		servers = append(servers, server)
	}
	return servers, nil
}

// newClients makes the client for people and, where a machine can get a scope,
// the client for machines. It returns their ids. Cognito refuses a client whose
// scopes do not exist, so the resource servers come first.
func (g *ApiGateway) newClients(
	ctx *pulumi.Context, pool *cognito.UserPool, servers []pulumi.Resource,
) (pulumi.StringArray, error) {
	people, err := cognito.NewUserPoolClient(ctx, g.name, &cognito.UserPoolClientArgs{
		UserPoolId:                      pool.ID(),
		ExplicitAuthFlows:               pulumi.ToStringArray([]string{"ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"}),
		AllowedOauthFlowsUserPoolClient: pulumi.Bool(true),
		AllowedOauthFlows:               pulumi.ToStringArray([]string{"code"}), // without a secret, so with PKCE
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
