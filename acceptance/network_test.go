//go:build acceptance

package acceptance

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/stretchr/testify/require"
)

// network is what is created of it; the rest of the expectations goes by the
// names public-1, private-1 and so on, which its own routes have earned.
func (s system) network() []string {
	if s.ownNetwork {
		return nil
	}
	lines := []string{"VPC 10.0.0.0/16", "default group has 0 rules"}
	for zone := 1; zone <= 2; zone++ {
		out := "nothing"
		if s.natGateways > 0 {
			out = fmt.Sprintf("NAT gateway in public-%d", min(zone, s.natGateways))
		}
		lines = append(lines,
			fmt.Sprintf("public-%d leads to internet gateway, public address on launch false", zone),
			fmt.Sprintf("private-%d leads to %s, public address on launch false", zone, out))
	}
	return lines
}

func seenNetwork(t *testing.T, d *deployed, names *book) []string {
	if d.ownVpc != "" {
		require.Equal(t, d.ownVpc, names.vpc, "the balancer must be in the VPC that the configuration names")
		return nil
	}
	vpcs := ask(t, d.ec2.DescribeVpcs, &ec2.DescribeVpcsInput{VpcIds: []string{names.vpc}})
	lines := []string{"VPC " + aws.ToString(vpcs.Vpcs[0].CidrBlock)}
	for _, subnet := range subnets(t, d, names.vpc) {
		lines = append(lines, fmt.Sprintf("%s leads to %s, public address on launch %t", names.plain(subnet.id), subnet.gateway, subnet.public))
	}
	for _, group := range groupsOf(t, d, names.vpc) {
		if aws.ToString(group.GroupName) == "default" {
			rules := len(group.IpPermissions) + len(group.IpPermissionsEgress)
			lines = append(lines, fmt.Sprintf("default group has %d rules", rules))
		}
	}
	return lines
}

// subnet is a subnet and what its default route leads to.
type subnet struct {
	id, zone, gateway string
	public            bool // what starts in it gets a public address
}

// name is public-1 for the subnet of the first zone that leads to the internet.
func (s subnet) kind() string {
	if s.gateway == "internet gateway" {
		return "public"
	}
	return "private"
}

// subnets of a VPC, in the order of their zones.
func subnets(t *testing.T, d *deployed, vpc string) []subnet {
	t.Helper()
	inVpc := []types.Filter{{Name: aws.String("vpc-id"), Values: []string{vpc}}}
	tables := ask(t, d.ec2.DescribeRouteTables, &ec2.DescribeRouteTablesInput{Filters: inVpc})
	gateway := map[string]string{} // of a subnet
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
	nats := ask(t, d.ec2.DescribeNatGateways, &ec2.DescribeNatGatewaysInput{Filter: inVpc})
	found := ask(t, d.ec2.DescribeSubnets, &ec2.DescribeSubnetsInput{Filters: inVpc})
	var all []subnet
	for _, s := range found.Subnets {
		to := gateway[aws.ToString(s.SubnetId)]
		for _, nat := range nats.NatGateways {
			if aws.ToString(nat.NatGatewayId) == to {
				to = "NAT gateway in " + aws.ToString(nat.SubnetId)
			}
		}
		all = append(all, subnet{
			aws.ToString(s.SubnetId), aws.ToString(s.AvailabilityZone), cmp.Or(to, "nothing"), aws.ToBool(s.MapPublicIpOnLaunch),
		})
	}
	slices.SortFunc(all, func(a, b subnet) int { return cmp.Compare(a.zone+a.id, b.zone+b.id) })
	return all
}

func groupsOf(t *testing.T, d *deployed, vpc string) []types.SecurityGroup {
	t.Helper()
	return ask(t, d.ec2.DescribeSecurityGroups, &ec2.DescribeSecurityGroupsInput{
		Filters: []types.Filter{{Name: aws.String("vpc-id"), Values: []string{vpc}}},
	}).SecurityGroups
}

// newBook reads which ids the stack has. The region is the case's own, so its
// balancers are the stack's.
func newBook(t *testing.T, d *deployed) *book {
	t.Helper()
	b := &book{d: d, names: map[string]string{account: "ACCOUNT"}}
	balancers := ask(t, d.elb.DescribeLoadBalancers, &elasticloadbalancingv2.DescribeLoadBalancersInput{}).LoadBalancers
	require.NotEmpty(t, balancers, "balancers in %s", d.region)
	b.vpc = aws.ToString(balancers[0].VpcId)
	b.add(t, metricName(balancers[0].LoadBalancerArn), "the balancer")
	counts := map[string]int{}
	for _, s := range subnets(t, d, b.vpc) {
		counts[s.kind()]++
		b.add(t, s.id, fmt.Sprintf("%s-%d", s.kind(), counts[s.kind()]))
	}
	for _, group := range groupsOf(t, d, b.vpc) {
		b.add(t, aws.ToString(group.GroupId), aws.ToString(group.GroupName))
	}
	for _, balancer := range balancers {
		kind := kindOf(balancer)
		listeners := ask(t, d.elb.DescribeListeners, &elasticloadbalancingv2.DescribeListenersInput{LoadBalancerArn: balancer.LoadBalancerArn})
		for _, listener := range listeners.Listeners {
			arn, port := aws.ToString(listener.ListenerArn), aws.ToInt32(listener.Port)
			b.add(t, arn, fmt.Sprintf("%s listener %d", kind, port))
			b.add(t, strings.Replace(arn, ":listener/", ":listener-rule/", 1), fmt.Sprintf("rules of %s listener %d", kind, port))
		}
	}
	for _, group := range ask(t, d.elb.DescribeTargetGroups, &elasticloadbalancingv2.DescribeTargetGroupsInput{}).TargetGroups {
		b.add(t, aws.ToString(group.TargetGroupArn), aws.ToString(group.TargetGroupName))
		b.add(t, metricName(group.TargetGroupArn), "group "+aws.ToString(group.TargetGroupName))
	}
	for _, key := range keys(t, d) {
		b.add(t, key.arn, "key for "+key.description)
	}
	return b
}
