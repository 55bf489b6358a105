//go:build acceptance

package readback

import (
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
)

// network returns the network that the stack creates. All expectations name a subnet by the
// target of its default route and by the order of the Availability Zones, such as public-1.
func (s System) network() []string {
	if s.OwnNetwork {
		return nil
	}
	lines := []string{"VPC 10.0.0.0/16", "default group has 0 rules", "Gateway endpoint com.amazonaws.REGION.s3 in 4 route tables"}
	if s.FlowLogs {
		lines = append(lines, "flow log ALL to arn:aws:logs:REGION:ACCOUNT:log-group:STACK-flow-logs")
	}
	for zone := 1; zone <= 2; zone++ {
		out := "nothing"
		if s.NATGateways > 0 {
			out = fmt.Sprintf("NAT gateway in public-%d", min(zone, s.NATGateways))
		}
		lines = append(lines,
			fmt.Sprintf("public-%d leads to internet gateway, public address on launch false", zone),
			fmt.Sprintf("private-%d leads to %s, public address on launch false", zone, out))
	}
	return lines
}

func seenNetwork(t *testing.T, d *lab.Stack, names *lab.Book) []string {
	if d.OwnVPC != "" {
		require.Equal(t, d.OwnVPC, names.VPC, "the load balancer must be in the configured VPC")
		return nil
	}
	vpcs := lab.Ask(t, d.EC2.DescribeVpcs, &ec2.DescribeVpcsInput{VpcIds: []string{names.VPC}})
	lines := []string{"VPC " + aws.ToString(vpcs.Vpcs[0].CidrBlock)}
	for _, subnet := range lab.Subnets(t, d, names.VPC) {
		lines = append(lines, fmt.Sprintf("%s leads to %s, public address on launch %t", names.Plain(subnet.ID), subnet.Gateway, subnet.PublicIP))
	}
	for _, endpoint := range lab.VPCEndpoints(t, d, names.VPC) {
		lines = append(lines, fmt.Sprintf("%s endpoint %s in %d route tables", endpoint.VpcEndpointType, aws.ToString(endpoint.ServiceName), len(endpoint.RouteTableIds)))
	}
	for _, log := range lab.Ask(t, d.EC2.DescribeFlowLogs, &ec2.DescribeFlowLogsInput{}).FlowLogs {
		lines = append(lines, fmt.Sprintf("flow log %s to %s", log.TrafficType, aws.ToString(log.LogDestination)))
	}
	for _, group := range lab.SecurityGroups(t, d, names.VPC) {
		if aws.ToString(group.GroupName) == "default" {
			rules := len(group.IpPermissions) + len(group.IpPermissionsEgress)
			lines = append(lines, fmt.Sprintf("default group has %d rules", rules))
		}
	}
	return lines
}

// Endpoints returns the VPC endpoints in the stack's network, with the number of their subnets.
func Endpoints(t *testing.T, d *lab.Stack) []string {
	t.Helper()
	names := lab.EmptyBook(d.Name, d.Region)
	var lines []string
	for _, endpoint := range lab.VPCEndpoints(t, d, lab.VPC(t, d)) {
		lines = append(lines, names.Plain(fmt.Sprintf("%s %s in %d subnets, private DNS %t", endpoint.VpcEndpointType,
			aws.ToString(endpoint.ServiceName), len(endpoint.SubnetIds), aws.ToBool(endpoint.PrivateDnsEnabled))))
	}
	slices.Sort(lines)
	return lines
}
