//go:build acceptance

package acceptance

import (
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// securityGroups let the world reach the public balancer and the API's link the
// internal one, the test networks each test listener, a service's balancer each
// container's port, and tasks HTTPS.
func (s system) securityGroups() []string {
	var lines []string
	for _, balancer := range s.balancers() {
		if balancer == public {
			lines = append(lines, "STACK-alb in tcp 80-80 from 0.0.0.0/0")
		}
		if slices.ContainsFunc(s.routes, func(r route) bool { return r.public == (balancer == public) }) {
			lines = append(lines,
				fmt.Sprintf("STACK-%s in tcp 80-80 from STACK-link", balancer), fmt.Sprintf("STACK-link out tcp 80-80 to STACK-%s", balancer))
		}
		for _, from := range s.testFrom {
			lines = append(lines, fmt.Sprintf("STACK-%s in tcp %d-%d from %s", balancer, s.testPort, s.testPort, from))
		}
	}
	for _, each := range s.services {
		lines = append(lines,
			fmt.Sprintf("%s-tasks in tcp %d-%d from STACK-%s", each.name, each.port, each.port, each.balancer()),
			fmt.Sprintf("STACK-%s out tcp %d-%d to %s-tasks", each.balancer(), each.port, each.port, each.name),
			fmt.Sprintf("%s-tasks out tcp 443-443 to 0.0.0.0/0", each.name),
		)
	}
	return lines
}

func seenSecurityGroups(t *testing.T, d *deployed, names *book) []string {
	var lines []string
	for _, group := range groupsOf(t, d, names.vpc) {
		name := aws.ToString(group.GroupName)
		if name == "default" {
			continue // the network's
		}
		for _, rule := range group.IpPermissions {
			lines = append(lines, peers(name+" in", "from", rule)...)
		}
		for _, rule := range group.IpPermissionsEgress {
			lines = append(lines, peers(name+" out", "to", rule)...)
		}
	}
	return lines
}

// peers is a line for each peer of a rule.
func peers(begin, preposition string, rule types.IpPermission) []string {
	begin = fmt.Sprintf("%s %s %d-%d %s ", begin, aws.ToString(rule.IpProtocol), aws.ToInt32(rule.FromPort), aws.ToInt32(rule.ToPort), preposition)
	var lines []string
	for _, block := range rule.IpRanges {
		lines = append(lines, begin+aws.ToString(block.CidrIp))
	}
	for _, block := range rule.Ipv6Ranges {
		lines = append(lines, begin+aws.ToString(block.CidrIpv6))
	}
	for _, group := range rule.UserIdGroupPairs {
		lines = append(lines, begin+aws.ToString(group.GroupId))
	}
	for _, list := range rule.PrefixListIds {
		lines = append(lines, begin+aws.ToString(list.PrefixListId))
	}
	return lines
}
