//go:build acceptance

package lab

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/require"
)

// VPC returns the id of the VPC of the stack's load balancers.
func VPC(t *testing.T, d *Stack) string {
	t.Helper()
	balancers := Balancers(t, d)
	require.NotEmpty(t, balancers, "load balancers in %s", d.Region)
	return aws.ToString(balancers[0].VpcId)
}

// Subnet is a subnet and the target of its default route.
type Subnet struct {
	ID, Zone, Gateway string
	PublicIP          bool // network interfaces in it get a public address on launch
}

// kind returns "public" if the subnet's default route leads to the internet gateway, otherwise "private".
func (s Subnet) kind() string {
	if s.Gateway == "internet gateway" {
		return "public"
	}
	return "private"
}

// Subnets returns the subnets of a VPC, sorted by zone.
func Subnets(t *testing.T, d *Stack, vpc string) []Subnet {
	t.Helper()
	tables := Ask(t, d.EC2.DescribeRouteTables, &ec2.DescribeRouteTablesInput{Filters: inVPC(vpc)})
	gateway := map[string]string{} // by subnet
	for _, table := range tables.RouteTables {
		to := "nothing"
		for _, route := range table.Routes {
			switch {
			case aws.ToString(route.DestinationCidrBlock) != "0.0.0.0/0":
			case route.NatGatewayId != nil:
				to = *route.NatGatewayId
			case strings.HasPrefix(aws.ToString(route.GatewayId), "igw-"):
				to = "internet gateway"
			}
		}
		for _, association := range table.Associations {
			gateway[aws.ToString(association.SubnetId)] = to
		}
	}
	nats := Ask(t, d.EC2.DescribeNatGateways, &ec2.DescribeNatGatewaysInput{Filter: inVPC(vpc)})
	found := Ask(t, d.EC2.DescribeSubnets, &ec2.DescribeSubnetsInput{Filters: inVPC(vpc)})
	var all []Subnet
	for _, s := range found.Subnets {
		to := gateway[aws.ToString(s.SubnetId)]
		for _, nat := range nats.NatGateways {
			if aws.ToString(nat.NatGatewayId) == to {
				to = "NAT gateway in " + aws.ToString(nat.SubnetId)
			}
		}
		all = append(all, Subnet{
			aws.ToString(s.SubnetId), aws.ToString(s.AvailabilityZone), cmp.Or(to, "nothing"), aws.ToBool(s.MapPublicIpOnLaunch),
		})
	}
	slices.SortFunc(all, func(a, b Subnet) int { return cmp.Compare(a.Zone+a.ID, b.Zone+b.ID) })
	return all
}

// SecurityGroups returns the security groups of a VPC.
func SecurityGroups(t *testing.T, d *Stack, vpc string) []types.SecurityGroup {
	t.Helper()
	return Ask(t, d.EC2.DescribeSecurityGroups, &ec2.DescribeSecurityGroupsInput{Filters: inVPC(vpc)}).SecurityGroups
}

// VPCEndpoints returns the endpoints in a VPC.
func VPCEndpoints(t *testing.T, d *Stack, vpc string) []types.VpcEndpoint {
	t.Helper()
	return Ask(t, d.EC2.DescribeVpcEndpoints, &ec2.DescribeVpcEndpointsInput{Filters: inVPC(vpc)}).VpcEndpoints
}

// Zones returns the names of the Availability Zones of the region, sorted.
func (d *Stack) Zones() []string {
	d.t.Helper()
	var names []string
	for _, each := range Ask(d.t, d.EC2.DescribeAvailabilityZones, &ec2.DescribeAvailabilityZonesInput{}).AvailabilityZones {
		names = append(names, aws.ToString(each.ZoneName))
	}
	slices.Sort(names)
	return names
}

// inVPC returns the filter for the resources in a VPC.
func inVPC(vpc string) []types.Filter {
	return []types.Filter{{Name: aws.String("vpc-id"), Values: []string{vpc}}}
}
