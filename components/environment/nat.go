package environment

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	awsxec2 "github.com/pulumi/pulumi-awsx/sdk/v2/go/awsx/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// NAT gateway strategies, with the names that awsx uses.
const (
	NatGatewayNone     = "None"     // no NAT gateway
	NatGatewaySingle   = "Single"   // one NAT gateway for all zones
	NatGatewayOnePerAz = "OnePerAz" // one NAT gateway in each zone
)

// newNatGateways creates the NAT gateways and the routes to them in the route tables of the private subnets, and adds
// the routes to egress. It returns the public addresses of the gateways.
//
// awsx does not create the NAT gateways, because then the outputs of the network would be known only after the NAT
// gateways exist. AWS takes about as long for a NAT gateway as for a load balancer. This way it creates both at the
// same time.
func (e *Environment) newNatGateways(ctx *pulumi.Context, network *awsxec2.Vpc, name string, tables pulumi.StringArray) (addresses []pulumi.Resource, err error) {
	var gateway *ec2.NatGateway
	for i := range e.spec.AvailabilityZones {
		if gateway == nil || e.spec.NatGatewayStrategy == NatGatewayOnePerAz {
			var address *ec2.Eip
			if gateway, address, err = e.newNatGateway(ctx, network, name, i); err != nil {
				return nil, err
			}
			addresses = append(addresses, address)
		}
		routeName := fmt.Sprintf("%s-private-%d", name, i+1)
		route, err := ec2.NewRoute(ctx, routeName, &ec2.RouteArgs{
			RouteTableId:         tables[i],
			NatGatewayId:         gateway.ID(),
			DestinationCidrBlock: pulumi.String(anywhere),
		}, pulumi.Parent(e), e.networkAlias(routeName, "aws:ec2/routeTable:RouteTable", "aws:ec2/route:Route"))
		if err != nil {
			return nil, fmt.Errorf("creating route %s: %w", routeName, err)
		}
		e.egress = append(e.egress, route)
	}
	return addresses, nil
}

// newNatGateway creates a NAT gateway with its public address in the public subnet
// of a zone.
func (e *Environment) newNatGateway(ctx *pulumi.Context, network *awsxec2.Vpc, name string, zone int) (*ec2.NatGateway, *ec2.Eip, error) {
	name = fmt.Sprintf("%s-%d", name, zone+1)
	tags := pulumi.StringMap{"Name": pulumi.String(name)}
	// An Elastic IP address requires an internet gateway in the VPC, and the internet gateway can be detached only after the
	// address is released (AllocateAddress and DetachInternetGateway, Amazon EC2 API Reference).
	dependsOn := pulumi.DependsOn([]pulumi.Resource{network})
	address, err := ec2.NewEip(ctx, name, &ec2.EipArgs{Tags: tags}, pulumi.Parent(e), dependsOn,
		e.networkAlias(name, "aws:ec2/eip:Eip"))
	if err != nil {
		return nil, nil, fmt.Errorf("creating the address of NAT gateway %s: %w", name, err)
	}
	gateway, err := ec2.NewNatGateway(ctx, name, &ec2.NatGatewayArgs{
		SubnetId:     network.PublicSubnetIds.Index(pulumi.Int(zone)),
		AllocationId: address.AllocationId,
		Tags:         tags,
	}, pulumi.Parent(e), dependsOn, e.networkAlias(name, "aws:ec2/natGateway:NatGateway"))
	if err != nil {
		return nil, nil, fmt.Errorf("creating NAT gateway %s: %w", name, err)
	}
	return gateway, address, nil
}

// networkAlias returns the alias of a resource that awsx created in earlier versions of
// this project, so that an update of an existing stack keeps the resource instead of
// replacing it. The types are the types of its parents below the subnet, and its own
// type.
func (e *Environment) networkAlias(name string, types ...string) pulumi.ResourceOption {
	below := "$" + strings.Join(append([]string{"awsx:ec2:Vpc", "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet"}, types...), "$")
	urn := e.URN().ApplyT(func(urn pulumi.URN) pulumi.URN {
		environment := string(urn)[:strings.LastIndex(string(urn), "::")]
		return pulumi.URN(environment + below + "::" + name)
	}).(pulumi.URNOutput)
	return pulumi.Aliases([]pulumi.Alias{{URN: urn}})
}
