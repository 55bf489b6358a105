package apigateway

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/environment"
	"fargate-cd/internal/problems"
)

// maxLinkSubnets is the maximum number of subnets of a VPC link ("Quotas for configuring and running an HTTP API in API
// Gateway", API Gateway Developer Guide).
const maxLinkSubnets = 10

// LinkSubnets checks the number of subnets of the VPC link, which uses the subnets of the tasks, and returns the
// subnets. If they are not known yet, the returned subnets fail when there are too many.
func LinkSubnets(key string, tasks pulumi.StringArrayInput, found *problems.List) pulumi.StringArrayInput {
	return found.Inputs(tasks, func(known []string, found *problems.List) {
		if n := len(known); n > maxLinkSubnets {
			found.Add(key, n, "%d subnets or fewer with a service behind the API", maxLinkSubnets)
		}
	})
}

// destination is a target to which the API forwards requests: a load balancer and, if the listener rule of the service
// has a condition on the host, a host.
type destination struct {
	balancer *environment.LoadBalancer
	host     string
}

// destination returns the load balancer and the host by which the API reaches the service.
func (s *Service) destination(env *environment.Environment) destination {
	return destination{s.balancer(env), s.Host}
}

// newIntegrations creates the VPC link and, for each destination, an integration with the production listener of the
// load balancer. An HTTP API identifies a load balancer by the ARN of a listener.
func (g *ApiGateway) newIntegrations(ctx *pulumi.Context) (map[destination]*apigatewayv2.Integration, error) {
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
		SubnetIds:        LinkSubnets("taskSubnetIds", env.TaskSubnetIDs, new(problems.List)), // an output, which fails itself
		SecurityGroupIds: pulumi.StringArray{group.ID()},
	}, pulumi.Parent(g))
	if err != nil {
		return nil, fmt.Errorf("creating VPC link: %w", err)
	}
	g.VpcLinkID = link.ID().ToStringOutput()
	integrations := map[destination]*apigatewayv2.Integration{}
	admitted := map[*environment.LoadBalancer]bool{}
	for _, service := range g.args.Services {
		to := service.destination(env)
		if !admitted[to.balancer] {
			if err := g.admitLink(ctx, to.balancer, group); err != nil {
				return nil, err
			}
			admitted[to.balancer] = true
		}
		if integrations[to] != nil {
			continue
		}
		integrations[to], err = g.newIntegration(ctx, to, link)
		if err != nil {
			return nil, err
		}
	}
	return integrations, nil
}

// admitLink allows connections from the VPC link to a load balancer, in the security groups of both.
func (g *ApiGateway) admitLink(ctx *pulumi.Context, balancer *environment.LoadBalancer, group *ec2.SecurityGroup) error {
	port := pulumi.Int(balancer.ListenerPort)
	_, err := vpc.NewSecurityGroupEgressRule(ctx, g.name+"-link-to-"+balancer.Label(), &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId:           group.ID(),
		Description:               pulumi.String("To the load balancer"),
		ReferencedSecurityGroupId: balancer.SecurityGroupID,
		IpProtocol:                pulumi.String("tcp"), FromPort: port, ToPort: port,
	}, pulumi.Parent(g))
	if err != nil {
		return fmt.Errorf("creating egress rule of the VPC link: %w", err)
	}
	_, err = vpc.NewSecurityGroupIngressRule(ctx, g.name+"-link"+g.suffix(balancer), &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId:           balancer.SecurityGroupID,
		Description:               pulumi.String("VPC link of the API to the production listener"),
		ReferencedSecurityGroupId: group.ID(),
		IpProtocol:                pulumi.String("tcp"), FromPort: port, ToPort: port,
	}, pulumi.Parent(g))
	if err != nil {
		return fmt.Errorf("creating ingress rule of the load balancer for the VPC link: %w", err)
	}
	return nil
}

func (g *ApiGateway) newIntegration(ctx *pulumi.Context, to destination, link *apigatewayv2.VpcLink) (*apigatewayv2.Integration, error) {
	args := &apigatewayv2.IntegrationArgs{
		ApiId:                g.api.ID(),
		IntegrationType:      pulumi.String("HTTP_PROXY"),
		IntegrationMethod:    pulumi.String("ANY"),
		IntegrationUri:       to.balancer.ListenerArn,
		ConnectionType:       pulumi.String("VPC_LINK"),
		ConnectionId:         link.ID(),
		PayloadFormatVersion: pulumi.String("1.0"), // the only version for a proxy
		TimeoutMilliseconds:  pulumi.Int(30000),    // the maximum and AWS's default
	}
	// With a TLS configuration the API uses HTTPS ("AWS::ApiGatewayV2::Integration TlsConfig", AWS CloudFormation
	// Template Reference).
	if to.balancer.HTTPS() {
		args.TlsConfig = apigatewayv2.IntegrationTlsConfigArgs{ServerNameToVerify: pulumi.String(to.balancer.ServerName)}
	}
	setHost(args, to.host)
	integration, err := apigatewayv2.NewIntegration(ctx, g.integrationName(to), args, pulumi.Parent(g))
	if err != nil {
		return nil, fmt.Errorf("creating integration with the load balancer: %w", err)
	}
	return integration, nil
}

// suffix returns the suffix of the names of resources that exist once for each load balancer.
func (g *ApiGateway) suffix(balancer *environment.LoadBalancer) string {
	if balancer == g.args.Environment.Internal {
		return "-internal"
	}
	return ""
}

// integrationName returns the name of the integration with a load balancer and host.
func (g *ApiGateway) integrationName(to destination) string {
	name := g.name + g.suffix(to.balancer)
	if to.host != "" {
		name += "-" + to.host
	}
	return name
}

// balancer returns the load balancer through which the API reaches the service, or nil if the environment does not have
// it.
func (s *Service) balancer(env *environment.Environment) *environment.LoadBalancer {
	if s.PublicListener {
		return env.Public
	}
	return env.Internal
}
