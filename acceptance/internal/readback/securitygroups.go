//go:build acceptance

package readback

import (
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"fargate-cd/acceptance/internal/lab"
)

// securityGroups returns the rules of the security groups. They allow everyone to reach the
// public load balancer, the API's VPC link to reach the load balancers of its routes,
// internal clients to reach the internal load balancer, the test networks to reach the test
// listeners, a load balancer to reach the ports of its containers, and tasks to reach HTTPS.
func (s System) securityGroups() []string {
	var lines []string
	for _, balancer := range s.Balancers() {
		if balancer == lab.Public {
			lines = append(lines, fmt.Sprintf("STACK-alb in tcp %d-%d from 0.0.0.0/0", s.port(), s.port()))
		}
		if s.Domain != "" && balancer == lab.Public {
			lines = append(lines, "STACK-alb in tcp 80-80 from 0.0.0.0/0") // the redirect
		}
		if slices.ContainsFunc(s.Routes, func(r Route) bool { return r.Public == (balancer == lab.Public) }) {
			lines = append(lines,
				fmt.Sprintf("STACK-%s in tcp %d-%d from STACK-link", balancer, s.port(), s.port()),
				fmt.Sprintf("STACK-link out tcp %d-%d to STACK-%s", s.port(), s.port(), balancer))
		}
		if balancer == lab.Internal {
			for _, from := range s.InternalFrom {
				lines = append(lines, fmt.Sprintf("STACK-internal in tcp %d-%d from %s", s.port(), s.port(), from))
			}
		}
		for _, from := range s.TestFrom {
			lines = append(lines, fmt.Sprintf("STACK-%s in tcp %d-%d from %s", balancer, s.TestPort, s.TestPort, from))
		}
	}
	for _, each := range s.Services {
		lines = append(lines,
			fmt.Sprintf("%s-tasks in tcp %d-%d from STACK-%s", each.Name, each.Port, each.Port, each.balancer()),
			fmt.Sprintf("STACK-%s out tcp %d-%d to %s-tasks", each.balancer(), each.Port, each.Port, each.Name),
			fmt.Sprintf("%s-tasks out tcp 443-443 to 0.0.0.0/0", each.Name),
		)
	}
	return lines
}

func seenSecurityGroups(t *testing.T, d *lab.Stack, names *lab.Book) []string {
	var lines []string
	for _, group := range lab.SecurityGroups(t, d, names.VPC) {
		name := aws.ToString(group.GroupName)
		if name == "default" {
			continue // part of the network
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

// Ingress returns the rules of a security group for incoming traffic.
func Ingress(t *testing.T, d *lab.Stack, group string) []string {
	t.Helper()
	names := lab.NewBook(t, d)
	var lines []string
	for _, each := range lab.SecurityGroups(t, d, names.VPC) {
		if names.Plain(aws.ToString(each.GroupName)) != group {
			continue
		}
		for _, rule := range each.IpPermissions {
			for _, line := range peers("in", "from", rule) {
				lines = append(lines, names.Plain(line))
			}
		}
	}
	slices.Sort(lines)
	return lines
}

// peers returns a line for each peer of a rule.
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
