package apigateway

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cognito"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/deterministic"
	"fargate-cd/internal/problems"
)

// domainPattern matches a domain prefix (CreateUserPoolDomain).
var domainPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// reservedInDomain are words that Cognito refuses in a domain prefix.
var reservedInDomain = []string{"aws", "amazon", "cognito"}

// mfaOptional is the default of Mfa.
const mfaOptional = "OPTIONAL"

func (s *Spec) validateMfa(prefix string, found *problems.List) {
	found.OneOf(prefix+"apiMfa", s.Mfa, mfaOptional, "ON", "OFF")
}

func (s *Spec) validateDomain(key, project, name string, found *problems.List) {
	prefix, isDefault := s.DomainPrefix, s.DomainPrefix == ""
	if isDefault {
		prefix = domainStem(project, name) + "-" + strings.Repeat("0", domainHashLength)
	}
	valid := domainPattern.MatchString(prefix)
	for _, word := range reservedInDomain {
		valid = valid && !strings.Contains(prefix, word)
	}
	const allowed = "1 to 63 lower-case letters, digits and hyphens, with no hyphen at either end, and without the words aws, amazon and cognito"
	switch {
	case valid:
	case isDefault:
		found.Missing(key, fmt.Sprintf("the default begins with %q, from the names of project and stack, but Cognito requires %s", domainStem(project, name), allowed))
	default:
		found.Add(key, prefix, "%s", allowed)
	}
}

// newAuthorizer creates the user pool with its domain, resource servers and clients, and
// the authorizer, which accepts the tokens that the pool issues for its clients.
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

// newUserPool creates the user pool. Pulumi protects it unless ForceDestroy is set: Cognito refuses to delete it, but only
// after an update that removes the API has deleted the API.
func (g *ApiGateway) newUserPool(ctx *pulumi.Context) (*cognito.UserPool, error) {
	protection := "ACTIVE"
	if g.args.ForceDestroy {
		protection = "INACTIVE"
	}
	args := &cognito.UserPoolArgs{
		DeletionProtection:     pulumi.String(protection),
		UsernameAttributes:     pulumi.ToStringArray([]string{"email"}),
		AutoVerifiedAttributes: pulumi.ToStringArray([]string{"email"}),
		AdminCreateUserConfig: cognito.UserPoolAdminCreateUserConfigArgs{
			AllowAdminCreateUserOnly: pulumi.Bool(true), // nobody can sign up
		},
		PasswordPolicy: cognito.UserPoolPasswordPolicyArgs{
			MinimumLength:    pulumi.Int(14),
			RequireLowercase: pulumi.Bool(true), RequireUppercase: pulumi.Bool(true),
			RequireNumbers: pulumi.Bool(true), RequireSymbols: pulumi.Bool(true),
			TemporaryPasswordValidityDays: pulumi.Int(7),
		},
		// By default Cognito prefers SMS to e-mail for the code of a forgotten password ("AWS::Cognito::UserPool
		// AccountRecoverySetting", AWS CloudFormation Template Reference).
		AccountRecoverySetting: cognito.UserPoolAccountRecoverySettingArgs{
			RecoveryMechanisms: cognito.UserPoolAccountRecoverySettingRecoveryMechanismArray{
				cognito.UserPoolAccountRecoverySettingRecoveryMechanismArgs{Name: pulumi.String("verified_email"), Priority: pulumi.Int(1)},
			},
		},
		MfaConfiguration: pulumi.String(g.args.Mfa),
	}
	if g.args.Mfa != "OFF" {
		args.SoftwareTokenMfaConfiguration = cognito.UserPoolSoftwareTokenMfaConfigurationArgs{Enabled: pulumi.Bool(true)}
	}
	pool, err := cognito.NewUserPool(ctx, g.name, args, pulumi.Parent(g), pulumi.Protect(!g.args.ForceDestroy))
	if err != nil {
		return nil, fmt.Errorf("creating user pool: %w", err)
	}
	g.UserPoolID, g.UserPoolArn = pool.ID().ToStringOutput(), pool.Arn
	return pool, nil
}

// newDomain creates the domain of the user pool, which has the sign-in pages and the
// token endpoint. A pool has only one such domain, so a replacement deletes the old
// domain first.
func (g *ApiGateway) newDomain(ctx *pulumi.Context, pool *cognito.UserPool) error {
	account := g.args.Environment.Account
	var prefix pulumi.StringInput = pulumi.String(g.args.DomainPrefix)
	if g.args.DomainPrefix == "" {
		// A prefix must be unique across all accounts of a region, so the default contains a hash of the account's id.
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

// domainHashLength is the length of the hash in a default domain prefix.
const domainHashLength = 8

// domainStem returns the beginning of the default domain prefix.
func domainStem(project, name string) string { return strings.ToLower(project + "-" + name) }
