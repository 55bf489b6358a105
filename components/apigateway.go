package components

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/environment"
	"fargate-cd/internal/defaults"
	"fargate-cd/internal/deterministic"
	"fargate-cd/internal/problems"
)

const apiGatewayType = "fargate-cd:components:ApiGateway"

// ApiGatewayArgs are the inputs of an ApiGateway.
type ApiGatewayArgs struct {
	ApiGatewaySpec
	// Environment whose load balancers are behind the API. Required.
	Environment *environment.Environment
	// Services are what the API forwards to, one at least.
	Services []APIService
	// ForceDestroy lets the stack delete the user pool with its users. By default AWS refuses to.
	ForceDestroy bool
	// LogRetentionDays is how long the access log is kept. By default 30.
	LogRetentionDays int `default:"30"`
}

// ApiGateway is an HTTP API before the load balancers. Every route requires a
// token of its Cognito user pool.
type ApiGateway struct {
	pulumi.ResourceState

	URL        pulumi.StringOutput `pulumi:"url"`
	UserPoolID pulumi.StringOutput `pulumi:"userPoolId"`
	// SignInURL is the domain of the user pool, where people and machines get tokens.
	SignInURL pulumi.StringOutput `pulumi:"signInUrl"`
	// UserPoolClientID is the client for people: authorization code with PKCE, no secret.
	UserPoolClientID pulumi.StringOutput `pulumi:"userPoolClientId"`
	// MachineClientID and MachineClientSecret are the client for machines; both are the zero Output
	// unless HasMachineClient.
	MachineClientID     pulumi.StringOutput `pulumi:"machineClientId"`
	MachineClientSecret pulumi.StringOutput `pulumi:"machineClientSecret"`

	name   string
	args   *ApiGatewayArgs
	scopes apiScopes
	api    *apigatewayv2.Api
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
	defaults.Set(&given)
	var found problems.List
	found.Retention("logRetentionDays", given.LogRetentionDays)
	given.ApiGatewaySpec.Validate("", ctx.Project(), name, &found)
	validateServices(&given, &found)
	if err := found.Err(); err != nil {
		return nil, err
	}

	g := &ApiGateway{name: name, args: &given, scopes: scopesOf(given.Services)}
	if err := ctx.RegisterComponentResource(apiGatewayType, name, g, opts...); err != nil {
		return nil, fmt.Errorf("registering API %s: %w", name, err)
	}
	if err := g.register(ctx); err != nil {
		return nil, fmt.Errorf("API %s: %w", name, err)
	}
	outputs := pulumi.Map{
		"url": g.URL, "userPoolId": g.UserPoolID, "signInUrl": g.SignInURL, "userPoolClientId": g.UserPoolClientID,
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

func validateServices(args *ApiGatewayArgs, found *problems.List) {
	if len(args.Services) == 0 {
		found.Missing("services", "an API needs a service to forward to")
	}
	owner := map[string]string{}
	for i, service := range args.Services {
		prefix := problems.Indexed("services", i) + "."
		service.APISpec.Validate(prefix, service.PathPatterns, found)
		args.ValidateRoutes(prefix, &service.APISpec, found)
		if service.balancer(args.Environment) == nil {
			found.Add(prefix+"publicListener", service.PublicListener, "the environment has no such load balancer")
		}
		keys, _ := args.Routes(&service.APISpec, service.PathPatterns) // its error is a fault already
		for _, key := range keys {
			if other, taken := owner[key]; taken {
				found.Add(prefix+"routeKeys", key, "a route that service %s does not have", other)
			}
			owner[key] = service.Name
		}
	}
	ValidateScopes("services", args.Services, found)
}

// register makes the children, in the order in which they need one another.
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

// newIntegrations leads from the API through one VPC link to the production
// listener of each load balancer that has a service of the API. An HTTP API
// reaches a load balancer by the ARN of its listener.
func (g *ApiGateway) newIntegrations(ctx *pulumi.Context) (map[*environment.LoadBalancer]*apigatewayv2.Integration, error) {
	env := g.args.Environment
	group, err := ec2.NewSecurityGroup(ctx, g.name+"-link", &ec2.SecurityGroupArgs{
		Description: pulumi.String("VPC link of the API"),
		VpcId:       env.VpcID,
	}, pulumi.Parent(g))
	if err != nil {
		return nil, fmt.Errorf("creating security group of the VPC link: %w", err)
	}
	link, err := apigatewayv2.NewVpcLink(ctx, g.name, &apigatewayv2.VpcLinkArgs{
		SubnetIds: env.TaskSubnetIDs, SecurityGroupIds: pulumi.StringArray{group.ID()},
	}, pulumi.Parent(g))
	if err != nil {
		return nil, fmt.Errorf("creating VPC link: %w", err)
	}
	integrations := map[*environment.LoadBalancer]*apigatewayv2.Integration{}
	for _, service := range g.args.Services {
		balancer := service.balancer(env)
		if integrations[balancer] != nil {
			continue
		}
		integrations[balancer], err = g.newIntegration(ctx, balancer, link, group)
		if err != nil {
			return nil, err
		}
	}
	return integrations, nil
}

func (g *ApiGateway) newIntegration(
	ctx *pulumi.Context, balancer *environment.LoadBalancer, link *apigatewayv2.VpcLink, group *ec2.SecurityGroup,
) (*apigatewayv2.Integration, error) {
	suffix := ""
	if balancer == g.args.Environment.Internal {
		suffix = "-internal"
	}
	port := pulumi.Int(balancer.ListenerPort)
	_, err := vpc.NewSecurityGroupEgressRule(ctx, g.name+"-link-to-"+balancer.Label(), &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId:           group.ID(),
		Description:               pulumi.String("To the load balancer"),
		ReferencedSecurityGroupId: balancer.SecurityGroupID,
		IpProtocol:                pulumi.String("tcp"), FromPort: port, ToPort: port,
	}, pulumi.Parent(g))
	if err != nil {
		return nil, fmt.Errorf("letting the VPC link out: %w", err)
	}
	_, err = vpc.NewSecurityGroupIngressRule(ctx, g.name+"-link"+suffix, &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId:           balancer.SecurityGroupID,
		Description:               pulumi.String("VPC link of the API to the production listener"),
		ReferencedSecurityGroupId: group.ID(),
		IpProtocol:                pulumi.String("tcp"), FromPort: port, ToPort: port,
	}, pulumi.Parent(g))
	if err != nil {
		return nil, fmt.Errorf("admitting the VPC link: %w", err)
	}
	integration, err := apigatewayv2.NewIntegration(ctx, g.name+suffix, &apigatewayv2.IntegrationArgs{
		ApiId:                g.api.ID(),
		IntegrationType:      pulumi.String("HTTP_PROXY"),
		IntegrationMethod:    pulumi.String("ANY"),
		IntegrationUri:       balancer.ListenerArn,
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
	ctx *pulumi.Context, authorizer *apigatewayv2.Authorizer, integrations map[*environment.LoadBalancer]*apigatewayv2.Integration,
) ([]pulumi.Resource, error) {
	var made []pulumi.Resource
	for _, service := range g.args.Services {
		keys, err := g.args.Routes(&service.APISpec, service.PathPatterns)
		if err != nil {
			return nil, err
		}
		for _, key := range keys {
			args := &apigatewayv2.RouteArgs{
				ApiId:             g.api.ID(),
				RouteKey:          pulumi.String(key),
				Target:            pulumi.Sprintf("integrations/%s", integrations[service.balancer(g.args.Environment)].ID()),
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
		// A log group with another beginning takes a place in one resource policy of 5,120 characters ("Avoiding
		// Amazon CloudWatch Logs resource policy size restrictions", Step Functions Developer Guide). The name of
		// the cluster is unique in the account and region, and so is this name.
		Name:            pulumi.String("/aws/vendedlogs/apigateway/" + g.args.Environment.Cluster()),
		RetentionInDays: pulumi.Int(g.args.LogRetentionDays),
	}, pulumi.Parent(g))
	if err != nil {
		return fmt.Errorf("creating log group of the API: %w", err)
	}
	format, err := deterministic.JSON(accessLog)
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
