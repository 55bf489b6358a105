package apigateway

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/environment"
)

// newIntegrations creates the VPC link and, for each load balancer with a service of
// the API, an integration with its production listener. An HTTP API identifies a load
// balancer by the ARN of a listener.
func (g *ApiGateway) newIntegrations(ctx *pulumi.Context) (map[*environment.LoadBalancer]*apigatewayv2.Integration, error) {
	env := g.args.Environment
	group, err := ec2.NewSecurityGroup(ctx, g.name+"-link", &ec2.SecurityGroupArgs{
		Description: pulumi.String("VPC link of the API"),
		VpcId:       env.VpcID,
	}, pulumi.Parent(g))
	if err != nil {
		return nil, fmt.Errorf("creating security group of the VPC link: %w", err)
	}
	g.SecurityGroupID = group.ID().ToStringOutput()
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
		return nil, fmt.Errorf("creating egress rule of the VPC link: %w", err)
	}
	_, err = vpc.NewSecurityGroupIngressRule(ctx, g.name+"-link"+suffix, &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId:           balancer.SecurityGroupID,
		Description:               pulumi.String("VPC link of the API to the production listener"),
		ReferencedSecurityGroupId: group.ID(),
		IpProtocol:                pulumi.String("tcp"), FromPort: port, ToPort: port,
	}, pulumi.Parent(g))
	if err != nil {
		return nil, fmt.Errorf("creating ingress rule of the load balancer for the VPC link: %w", err)
	}
	args := &apigatewayv2.IntegrationArgs{
		ApiId:                g.api.ID(),
		IntegrationType:      pulumi.String("HTTP_PROXY"),
		IntegrationMethod:    pulumi.String("ANY"),
		IntegrationUri:       balancer.ListenerArn,
		ConnectionType:       pulumi.String("VPC_LINK"),
		ConnectionId:         link.ID(),
		PayloadFormatVersion: pulumi.String("1.0"), // the only version for a proxy
		TimeoutMilliseconds:  pulumi.Int(30000),    // the maximum and AWS's default
	}
	// With a TLS configuration the API uses HTTPS ("AWS::ApiGatewayV2::Integration TlsConfig", AWS CloudFormation
	// Template Reference).
	if balancer.HTTPS() {
		args.TlsConfig = apigatewayv2.IntegrationTlsConfigArgs{ServerNameToVerify: pulumi.String(balancer.ServerName)}
	}
	integration, err := apigatewayv2.NewIntegration(ctx, g.name+suffix, args, pulumi.Parent(g))
	if err != nil {
		return nil, fmt.Errorf("creating integration with the load balancer: %w", err)
	}
	return integration, nil
}

// balancer returns the load balancer on which the API reaches the service, or nil if the environment does not have it.
func (s *Service) balancer(env *environment.Environment) *environment.LoadBalancer {
	if s.PublicListener {
		return env.Public
	}
	return env.Internal
}
