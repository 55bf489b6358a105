package components

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cognito"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const apiGatewayType = "fargate-cd:components:ApiGateway"

// APISpec puts a service behind the API.
type APISpec struct {
	// RouteKeys are routes of the HTTP API, such as GET /web/{proxy+}. By default every method of the
	// service's path patterns.
	RouteKeys []string `json:"routeKeys"`
	// Scopes are OAuth scopes of which an access token needs one. By default any token of the user pool will do.
	Scopes []string `json:"scopes"`
}

// Validate notes what AWS would refuse, under keys that begin with the prefix.
// The path patterns are those of the service.
func (a *APISpec) Validate(prefix string, pathPatterns []string, faults *Faults) {
	for i, key := range a.RouteKeys {
		faults.matches(prefix+indexed("routeKeys", i), key, routeKeyPattern, "a method or ANY, and a path such as GET /web/{proxy+}")
	}
	for i, scope := range a.Scopes {
		faults.matches(prefix+indexed("scopes", i), scope, scopePattern, "an OAuth scope, such as web/read")
	}
	if _, err := a.Routes(pathPatterns); err != nil {
		faults.Missing(prefix+"routeKeys", err.Error())
	}
}

// Routes are the route keys, derived from the path patterns unless they are configured.
// The error says which pattern has no route of its kind.
func (a *APISpec) Routes(pathPatterns []string) ([]string, error) {
	if len(a.RouteKeys) > 0 {
		return a.RouteKeys, nil
	}
	var keys []string
	add := func(key string) { // /web and /web/* both stand for ANY /web
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	for _, pattern := range pathPatterns {
		path, all := strings.CutSuffix(pattern, "/*")
		if strings.ContainsAny(path, "*?") {
			return nil, fmt.Errorf("an API has no route like the path pattern %s: name the routes", pattern)
		}
		if !all {
			add("ANY " + path)
			continue
		}
		add("ANY " + path + "/{proxy+}")
		add("ANY " + path + "/")
		if path != "" {
			add("ANY " + path)
		}
	}
	return keys, nil
}

// APIService is a service behind the API.
type APIService struct {
	// Name of the service.
	Name string
	APISpec
	// PathPatterns are those of the service.
	PathPatterns []string
}

// ApiGatewayArgs are the inputs of an ApiGateway.
type ApiGatewayArgs struct {
	// Environment whose load balancer is behind the API. Required.
	Environment *Environment
	// Services are what the API forwards to, one at least.
	Services []APIService
	// ForceDestroy lets the stack delete the user pool with its users. By default AWS refuses to.
	ForceDestroy bool
	// LogRetentionDays is how long the access log is kept. By default 30.
	LogRetentionDays int `default:"30"`
}

// ApiGateway is an HTTP API before the load balancer. Every route wants a token
// of its Cognito user pool.
type ApiGateway struct {
	pulumi.ResourceState

	URL              pulumi.StringOutput `pulumi:"url"`
	UserPoolID       pulumi.StringOutput `pulumi:"userPoolId"`
	UserPoolClientID pulumi.StringOutput `pulumi:"userPoolClientId"`

	name string
	args *ApiGatewayArgs
	api  *apigatewayv2.Api
}

// NewApiGateway registers an ApiGateway. It fails before registering anything
// when the arguments are not valid.
func NewApiGateway(
	ctx *pulumi.Context, name string, args *ApiGatewayArgs, opts ...pulumi.ResourceOption,
) (*ApiGateway, error) {
	if args == nil || args.Environment == nil {
		return nil, errors.New("the environment of ApiGateway " + name + " is missing")
	}
	given := *args
	SetDefaults(&given)
	var faults Faults
	faults.Retention("logRetentionDays", given.LogRetentionDays)
	validateServices(given.Services, &faults)
	if err := faults.Err(); err != nil {
		return nil, err
	}

	g := &ApiGateway{name: name, args: &given}
	if err := ctx.RegisterComponentResource(apiGatewayType, name, g, opts...); err != nil {
		return nil, fmt.Errorf("registering API %s: %w", name, err)
	}
	if err := g.register(ctx); err != nil {
		return nil, fmt.Errorf("API %s: %w", name, err)
	}
	return g, ctx.RegisterResourceOutputs(g, pulumi.Map{
		"url": g.URL, "userPoolId": g.UserPoolID, "userPoolClientId": g.UserPoolClientID,
	})
}

func validateServices(services []APIService, faults *Faults) {
	if len(services) == 0 {
		faults.Missing("services", "an API needs a service to forward to")
	}
	owner := map[string]string{}
	for i, service := range services {
		prefix := indexed("services", i) + "."
		service.APISpec.Validate(prefix, service.PathPatterns, faults)
		keys, _ := service.Routes(service.PathPatterns) // its error is a fault already
		for _, key := range keys {
			if other, taken := owner[key]; taken {
				faults.Add(prefix+"routeKeys", key, "a route that service %s does not have", other)
			}
			owner[key] = service.Name
		}
	}
}

// register makes the children, in the order in which they need one another.
func (g *ApiGateway) register(ctx *pulumi.Context) error {
	api, err := apigatewayv2.NewApi(ctx, g.name, &apigatewayv2.ApiArgs{
		ProtocolType: pulumi.String("HTTP"),
		Description:  pulumi.String("API of " + g.name),
	}, pulumi.Parent(g))
	if err != nil {
		return fmt.Errorf("creating HTTP API: %w", err)
	}
	g.api = api
	authorizer, err := g.newAuthorizer(ctx)
	if err != nil {
		return err
	}
	integration, err := g.newIntegration(ctx)
	if err != nil {
		return err
	}
	routes, err := g.newRoutes(ctx, authorizer, integration)
	if err != nil {
		return err
	}
	return g.newStage(ctx, routes)
}

// newAuthorizer makes the user pool, its client, and the authorizer that
// accepts a token of that pool for that client.
func (g *ApiGateway) newAuthorizer(ctx *pulumi.Context) (*apigatewayv2.Authorizer, error) {
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
	client, err := cognito.NewUserPoolClient(ctx, g.name, &cognito.UserPoolClientArgs{
		UserPoolId:                 pool.ID(),
		ExplicitAuthFlows:          pulumi.ToStringArray([]string{"ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"}),
		PreventUserExistenceErrors: pulumi.String("ENABLED"),
		EnableTokenRevocation:      pulumi.Bool(true),
	}, pulumi.Parent(g))
	if err != nil {
		return nil, fmt.Errorf("creating user pool client: %w", err)
	}
	g.UserPoolID, g.UserPoolClientID = pool.ID().ToStringOutput(), client.ID().ToStringOutput()
	authorizer, err := apigatewayv2.NewAuthorizer(ctx, g.name, &apigatewayv2.AuthorizerArgs{
		ApiId:           g.api.ID(),
		AuthorizerType:  pulumi.String("JWT"),
		IdentitySources: pulumi.ToStringArray([]string{"$request.header.Authorization"}),
		JwtConfiguration: apigatewayv2.AuthorizerJwtConfigurationArgs{
			Issuer:    pulumi.Sprintf("https://%s", pool.Endpoint),
			Audiences: pulumi.StringArray{client.ID()},
		},
	}, pulumi.Parent(g))
	if err != nil {
		return nil, fmt.Errorf("creating authorizer: %w", err)
	}
	return authorizer, nil
}

// newIntegration leads from the API through a VPC link to the production
// listener: an HTTP API reaches a load balancer by the ARN of its listener.
func (g *ApiGateway) newIntegration(ctx *pulumi.Context) (*apigatewayv2.Integration, error) {
	environment := g.args.Environment
	group, err := ec2.NewSecurityGroup(ctx, g.name+"-link", &ec2.SecurityGroupArgs{
		Description: pulumi.String("VPC link of the API"),
		VpcId:       environment.VpcID,
	}, pulumi.Parent(g))
	if err != nil {
		return nil, fmt.Errorf("creating security group of the VPC link: %w", err)
	}
	port := pulumi.Int(environment.spec.ListenerPort)
	_, err = vpc.NewSecurityGroupEgressRule(ctx, g.name+"-link-to-alb", &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId:           group.ID(),
		Description:               pulumi.String("To the load balancer"),
		ReferencedSecurityGroupId: environment.LoadBalancerSecurityGroupID,
		IpProtocol:                pulumi.String("tcp"), FromPort: port, ToPort: port,
	}, pulumi.Parent(g))
	if err != nil {
		return nil, fmt.Errorf("letting the VPC link out: %w", err)
	}
	_, err = vpc.NewSecurityGroupIngressRule(ctx, g.name+"-link", &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId:           environment.LoadBalancerSecurityGroupID,
		Description:               pulumi.String("VPC link of the API to the production listener"),
		ReferencedSecurityGroupId: group.ID(),
		IpProtocol:                pulumi.String("tcp"), FromPort: port, ToPort: port,
	}, pulumi.Parent(g))
	if err != nil {
		return nil, fmt.Errorf("admitting the VPC link: %w", err)
	}
	link, err := apigatewayv2.NewVpcLink(ctx, g.name, &apigatewayv2.VpcLinkArgs{
		SubnetIds: environment.TaskSubnetIDs, SecurityGroupIds: pulumi.StringArray{group.ID()},
	}, pulumi.Parent(g))
	if err != nil {
		return nil, fmt.Errorf("creating VPC link: %w", err)
	}
	integration, err := apigatewayv2.NewIntegration(ctx, g.name, &apigatewayv2.IntegrationArgs{
		ApiId:                g.api.ID(),
		IntegrationType:      pulumi.String("HTTP_PROXY"),
		IntegrationMethod:    pulumi.String("ANY"),
		IntegrationUri:       environment.ListenerArn,
		ConnectionType:       pulumi.String("VPC_LINK"),
		ConnectionId:         link.ID(),
		PayloadFormatVersion: pulumi.String("1.0"), // the only one for a proxy
		TimeoutMilliseconds:  pulumi.Int(30000),    // the longest, which is also AWS's default
	}, pulumi.Parent(g))
	if err != nil {
		return nil, fmt.Errorf("creating integration with the load balancer: %w", err)
	}
	return integration, nil
}

func (g *ApiGateway) newRoutes(
	ctx *pulumi.Context, authorizer *apigatewayv2.Authorizer, integration *apigatewayv2.Integration,
) ([]pulumi.Resource, error) {
	var made []pulumi.Resource
	for _, service := range g.args.Services {
		keys, err := service.Routes(service.PathPatterns)
		if err != nil {
			return nil, err
		}
		for _, key := range keys {
			args := &apigatewayv2.RouteArgs{
				ApiId:             g.api.ID(),
				RouteKey:          pulumi.String(key),
				Target:            pulumi.Sprintf("integrations/%s", integration.ID()),
				AuthorizationType: pulumi.String("JWT"),
				AuthorizerId:      authorizer.ID(),
			}
			if len(service.Scopes) > 0 {
				args.AuthorizationScopes = pulumi.ToStringArray(service.Scopes)
			}
			route, err := apigatewayv2.NewRoute(ctx, g.name+"-"+key, args, pulumi.Parent(g))
			if err != nil {
				return nil, fmt.Errorf("creating route %s: %w", key, err)
			}
			made = append(made, route)
		}
	}
	return made, nil
}

// newStage makes the default stage, which takes over every change of the API,
// once there is something to serve.
func (g *ApiGateway) newStage(ctx *pulumi.Context, routes []pulumi.Resource) error {
	logs, err := cloudwatch.NewLogGroup(ctx, g.name+"-access", &cloudwatch.LogGroupArgs{
		RetentionInDays: pulumi.Int(g.args.LogRetentionDays),
	}, pulumi.Parent(g))
	if err != nil {
		return fmt.Errorf("creating log group of the API: %w", err)
	}
	format, err := jsonText(accessLog)
	if err != nil {
		return fmt.Errorf("writing the format of the access log: %w", err)
	}
	stage, err := apigatewayv2.NewStage(ctx, g.name, &apigatewayv2.StageArgs{
		ApiId:      g.api.ID(),
		Name:       pulumi.String("$default"),
		AutoDeploy: pulumi.Bool(true),
		AccessLogSettings: apigatewayv2.StageAccessLogSettingsArgs{
			DestinationArn: logs.Arn, Format: pulumi.String(format),
		},
		DefaultRouteSettings: apigatewayv2.StageDefaultRouteSettingsArgs{
			// The quota of an account is 10,000 and 5,000: one API never takes all of it.
			ThrottlingRateLimit:  pulumi.Float64(1000),
			ThrottlingBurstLimit: pulumi.Int(500),
		},
	}, pulumi.Parent(g), pulumi.DependsOn(routes))
	if err != nil {
		return fmt.Errorf("creating stage: %w", err)
	}
	g.URL = stage.InvokeUrl
	return nil
}

// accessLog is one line of the access log; a map's keys are written in order.
var accessLog = map[string]string{
	"requestId":        "$context.requestId",
	"requestTime":      "$context.requestTime",
	"ip":               "$context.identity.sourceIp",
	"routeKey":         "$context.routeKey",
	"path":             "$context.path",
	"status":           "$context.status",
	"responseLength":   "$context.responseLength",
	"authorizerError":  "$context.authorizer.error",
	"integrationError": "$context.integrationErrorMessage",
	"latencyMs":        "$context.responseLatency",
}
