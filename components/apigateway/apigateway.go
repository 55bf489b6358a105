// Package apigateway creates an HTTP API with Cognito in front of the services of an
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
	// Environment is the environment whose load balancers are behind the API. Required.
	Environment *environment.Environment
	// Services are the services to which the API forwards. At least one is required.
	Services []Service
	// ForceDestroy lets the stack delete the user pool with its users. By default AWS refuses to delete it.
	ForceDestroy bool
	// LogRetentionDays is the retention of the access log, in days. By default 30.
	LogRetentionDays int `default:"30"`
}

// ApiGateway is an HTTP API in front of the load balancers. Every route requires a
// token of its Cognito user pool.
type ApiGateway struct {
	pulumi.ResourceState

	// ID is the id of the API.
	ID pulumi.StringOutput `pulumi:"apiId"`
	// ExecutionArn is the prefix of the ARNs of the API's stages and routes. The permission of a Lambda function that a
	// route calls contains it.
	ExecutionArn pulumi.StringOutput `pulumi:"executionArn"`
	// AuthorizerID is the id of the authorizer; a further route with it requires the same tokens. VpcLinkID is the id of the
	// VPC link, for a further integration.
	AuthorizerID pulumi.StringOutput `pulumi:"authorizerId"`
	VpcLinkID    pulumi.StringOutput `pulumi:"vpcLinkId"`
	// URL is the URL of the API.
	URL pulumi.StringOutput `pulumi:"url"`
	// UserPoolID and UserPoolArn identify the Cognito user pool whose tokens the API requires.
	UserPoolID  pulumi.StringOutput `pulumi:"userPoolId"`
	UserPoolArn pulumi.StringOutput `pulumi:"userPoolArn"`
	// SecurityGroupID is the id of the security group of the VPC link, from which the API's requests come.
	SecurityGroupID pulumi.StringOutput `pulumi:"securityGroupId"`
	// SignInURL is the URL of the user pool's domain, which has the sign-in pages and the token endpoint.
	SignInURL pulumi.StringOutput `pulumi:"signInUrl"`
	// UserPoolClientID is the id of the client for people, which uses the authorization code with PKCE and has no secret.
	UserPoolClientID pulumi.StringOutput `pulumi:"userPoolClientId"`
	// MachineClientID and MachineClientSecret are the id and the secret of the client for machines. Both are the zero
	// Output if HasMachineClient reports false.
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
	return g, ctx.RegisterResourceOutputs(g, g.outputs())
}

// outputs returns the outputs of the component.
func (g *ApiGateway) outputs() pulumi.Map {
	outputs := pulumi.Map{
		"apiId": g.ID, "executionArn": g.ExecutionArn, "authorizerId": g.AuthorizerID, "vpcLinkId": g.VpcLinkID, "url": g.URL,
		"userPoolId": g.UserPoolID, "userPoolArn": g.UserPoolArn, "securityGroupId": g.SecurityGroupID,
		"signInUrl": g.SignInURL, "userPoolClientId": g.UserPoolClientID,
	}
	if g.HasMachineClient() {
		outputs["machineClientId"], outputs["machineClientSecret"] = g.MachineClientID, g.MachineClientSecret
	}
	return outputs
}

// HasMachineClient reports whether there is a client for machines. A machine can get
// only custom scopes, so there is a client if a service has a custom scope.
func (g *ApiGateway) HasMachineClient() bool { return len(g.scopes.custom()) > 0 }

// Scopes returns the scopes that the client for people may request.
func (g *ApiGateway) Scopes() []string { return g.scopes.people() }

// register creates the children in the order of their dependencies.
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
	g.api, g.ID, g.ExecutionArn = api, api.ID().ToStringOutput(), api.ExecutionArn
	authorizer, err := g.newAuthorizer(ctx)
	if err != nil {
		return err
	}
	g.AuthorizerID = authorizer.ID().ToStringOutput()
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
