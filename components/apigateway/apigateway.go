// Package apigateway puts an HTTP API with Cognito before the services of an
// environment.
package apigateway

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/environment"
	"fargate-cd/internal/defaults"
	"fargate-cd/internal/problems"
)

const typeToken = "fargate-cd:components:ApiGateway"

// Args are the inputs of an ApiGateway.
type Args struct {
	Spec
	// Environment whose load balancers are behind the API. Required.
	Environment *environment.Environment
	// Services are what the API forwards to, one at least.
	Services []Service
	// ForceDestroy lets the stack delete the user pool with its users. By default AWS refuses to.
	ForceDestroy bool
	// LogRetentionDays is how long the access log is kept. By default 30.
	LogRetentionDays int `default:"30"`
}

// ApiGateway is an HTTP API before the load balancers. Every route requires a
// token of its Cognito user pool.
type ApiGateway struct {
	pulumi.ResourceState

	// URL is where the API answers.
	URL pulumi.StringOutput `pulumi:"url"`
	// UserPoolID is the Cognito user pool whose tokens the API requires.
	UserPoolID pulumi.StringOutput `pulumi:"userPoolId"`
	// SecurityGroupID is the group of the VPC link, from which the API's requests come.
	SecurityGroupID pulumi.StringOutput `pulumi:"securityGroupId"`
	// SignInURL is the domain of the user pool, where people and machines get tokens.
	SignInURL pulumi.StringOutput `pulumi:"signInUrl"`
	// UserPoolClientID is the client for people: authorization code with PKCE, no secret.
	UserPoolClientID pulumi.StringOutput `pulumi:"userPoolClientId"`
	// MachineClientID and MachineClientSecret are the client for machines; both are the zero Output
	// unless HasMachineClient.
	MachineClientID     pulumi.StringOutput `pulumi:"machineClientId"`
	MachineClientSecret pulumi.StringOutput `pulumi:"machineClientSecret"`

	name   string
	args   *Args
	scopes scopeSet
	api    *apigatewayv2.Api
}

// New registers an ApiGateway. It fails before registering anything
// when the arguments are not valid.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*ApiGateway, error) {
	if args == nil || args.Environment == nil {
		return nil, errors.New("the environment of ApiGateway " + name + " is missing")
	}
	given := *args
	defaults.Set(&given)
	var found problems.List
	found.Retention("logRetentionDays", given.LogRetentionDays)
	given.Spec.Validate("", ctx.Project(), name, &found)
	validateServices(&given, &found)
	if err := found.Err(); err != nil {
		return nil, err
	}

	g := &ApiGateway{name: name, args: &given, scopes: scopesOf(given.Services)}
	if err := ctx.RegisterComponentResource(typeToken, name, g, opts...); err != nil {
		return nil, fmt.Errorf("registering API %s: %w", name, err)
	}
	if err := g.register(ctx); err != nil {
		return nil, fmt.Errorf("API %s: %w", name, err)
	}
	outputs := pulumi.Map{
		"url": g.URL, "userPoolId": g.UserPoolID, "securityGroupId": g.SecurityGroupID,
		"signInUrl": g.SignInURL, "userPoolClientId": g.UserPoolClientID,
	}
	if g.HasMachineClient() {
		outputs["machineClientId"], outputs["machineClientSecret"] = g.MachineClientID, g.MachineClientSecret
	}
	return g, ctx.RegisterResourceOutputs(g, outputs)
}

// HasMachineClient reports whether there is a client for machines: a machine gets
// custom scopes only, so there must be one.
func (g *ApiGateway) HasMachineClient() bool { return len(g.scopes.custom()) > 0 }

// Scopes returns the scopes that the client for people may request.
func (g *ApiGateway) Scopes() []string { return g.scopes.people() }

// register creates the children, each after what it needs.
func (g *ApiGateway) register(ctx *pulumi.Context) error {
	args := &apigatewayv2.ApiArgs{
		ProtocolType: pulumi.String("HTTP"),
		Description:  pulumi.String("API of " + g.name),
	}
	if g.args.cors() {
		args.CorsConfiguration = apigatewayv2.ApiCorsConfigurationArgs{
			AllowOrigins: pulumi.ToStringArray(g.args.CorsAllowOrigins),
			AllowMethods: pulumi.ToStringArray(corsMethods),
			AllowHeaders: pulumi.ToStringArray(g.args.CorsAllowHeaders),
			MaxAge:       pulumi.Int(corsMaxAgeSeconds),
		}
	}
	api, err := apigatewayv2.NewApi(ctx, g.name, args, pulumi.Parent(g))
	if err != nil {
		return fmt.Errorf("creating HTTP API: %w", err)
	}
	g.api = api
	authorizer, err := g.newAuthorizer(ctx)
	if err != nil {
		return err
	}
	integrations, err := g.newIntegrations(ctx)
	if err != nil {
		return err
	}
	routes, err := g.newRoutes(ctx, authorizer, integrations)
	if err != nil {
		return err
	}
	return g.newStage(ctx, routes)
}
