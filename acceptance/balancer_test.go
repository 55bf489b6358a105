//go:build acceptance

package acceptance

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// balancer is each load balancer with its listeners, and their rules, each of
// which leads to the target group of the service whose paths it names.
func (s system) balancer() []string {
	var lines []string
	for _, name := range s.balancers() {
		scheme, subnets := "internet-facing", "public-1 public-2"
		if name == internal {
			scheme, subnets = "internal", s.taskSubnets()
		}
		lines = append(lines,
			fmt.Sprintf("%s: application, %s in %s, group STACK-%s, protected %t, drops invalid headers true", name, scheme, subnets, name, s.protected),
			fmt.Sprintf("%s listener 80: HTTP, otherwise 404 Not found", name))
		if s.testPort != 0 {
			lines = append(lines, fmt.Sprintf("%s listener %d: HTTP, otherwise 404 Not found", name, s.testPort))
		}
	}
	for _, each := range s.services {
		rule := fmt.Sprintf("rule %s for %s leads to ", each.priority, strings.Join(each.paths, " "))
		lines = append(lines, fmt.Sprintf("%s listener 80: %s%s-blue 100 %%", each.balancer(), rule, each.name))
		if s.testPort != 0 && each.blueGreen != nil {
			lines = append(lines, fmt.Sprintf("%s listener %d: %s%s-blue 100 %%", each.balancer(), s.testPort, rule, each.name))
		}
	}
	return lines
}

// taskSubnets are where the tasks are, and with them the internal balancer and the API's link.
func (s system) taskSubnets() string {
	if s.publicTasks {
		return "public-1 public-2"
	}
	return "private-1 private-2"
}

func seenBalancer(t *testing.T, d *deployed, names *book) []string {
	var lines []string
	balancers := ask(t, d.elb.DescribeLoadBalancers, &elasticloadbalancingv2.DescribeLoadBalancersInput{})
	for _, balancer := range balancers.LoadBalancers {
		name := kindOf(balancer)
		var zones []string
		for _, zone := range balancer.AvailabilityZones {
			zones = append(zones, aws.ToString(zone.SubnetId))
		}
		attributes := map[string]string{}
		for _, attribute := range ask(t, d.elb.DescribeLoadBalancerAttributes, &elasticloadbalancingv2.DescribeLoadBalancerAttributesInput{
			LoadBalancerArn: balancer.LoadBalancerArn,
		}).Attributes {
			attributes[aws.ToString(attribute.Key)] = aws.ToString(attribute.Value)
		}
		lines = append(lines, fmt.Sprintf("%s: %s, %s in %s, group %s, protected %s, drops invalid headers %s",
			name, balancer.Type, cmp.Or(balancer.Scheme, unsaidScheme), names.sorted(zones), strings.Join(balancer.SecurityGroups, " "),
			attributes["deletion_protection.enabled"], attributes["routing.http.drop_invalid_header_fields.enabled"]))
		listeners := ask(t, d.elb.DescribeListeners, &elasticloadbalancingv2.DescribeListenersInput{LoadBalancerArn: balancer.LoadBalancerArn})
		for _, listener := range listeners.Listeners {
			begin := fmt.Sprintf("%s listener %d: ", name, aws.ToInt32(listener.Port))
			for _, action := range listener.DefaultActions {
				lines = append(lines, fmt.Sprintf("%s%s, otherwise %s", begin, listener.Protocol, destination(action)))
			}
			for _, rule := range rulesOf(t, d, listener.ListenerArn) {
				lines = append(lines, begin+rule)
			}
		}
	}
	return lines
}

// kindOf is which of a system's load balancers it is, by its scheme.
func kindOf(balancer types.LoadBalancer) string {
	if balancer.Scheme == types.LoadBalancerSchemeEnumInternal {
		return internal
	}
	return public
}

// rulesOf are a listener's own rules, as text.
func rulesOf(t *testing.T, d *deployed, listener *string) []string {
	t.Helper()
	var lines []string
	rules := ask(t, d.elb.DescribeRules, &elasticloadbalancingv2.DescribeRulesInput{ListenerArn: listener})
	for _, rule := range rules.Rules {
		if aws.ToBool(rule.IsDefault) {
			continue // a copy of the listener's default action
		}
		var conditions, actions []string
		for _, condition := range rule.Conditions {
			if condition.PathPatternConfig != nil {
				conditions = append(conditions, condition.PathPatternConfig.Values...)
			} else {
				conditions = append(conditions, aws.ToString(condition.Field)) // another kind than was asked for
			}
		}
		slices.Sort(conditions) // any of them will do
		for _, action := range rule.Actions {
			actions = append(actions, destination(action))
		}
		lines = append(lines, fmt.Sprintf("rule %s for %s leads to %s",
			aws.ToString(rule.Priority), strings.Join(conditions, " "), strings.Join(actions, " and ")))
	}
	return lines
}

// destination is an action of a listener in words: each target group with its
// share of the traffic, as CodeDeploy may have set it.
func destination(action types.Action) string {
	switch {
	case action.FixedResponseConfig != nil:
		return aws.ToString(action.FixedResponseConfig.StatusCode) + " " + aws.ToString(action.FixedResponseConfig.MessageBody)
	case action.TargetGroupArn != nil:
		return aws.ToString(action.TargetGroupArn) + " 100 %"
	case action.ForwardConfig != nil:
		var groups []string
		for _, group := range action.ForwardConfig.TargetGroups {
			if weight := aws.ToInt32(group.Weight); weight > 0 {
				groups = append(groups, fmt.Sprintf("%s %d %%", aws.ToString(group.TargetGroupArn), weight))
			}
		}
		slices.Sort(groups)
		return strings.Join(groups, ", ")
	default:
		return string(action.Type)
	}
}

// targetGroups are one for each service, two for one that CodeDeploy deploys.
func (s system) targetGroups() []string {
	var lines []string
	for _, each := range s.services {
		colours := []string{"blue"}
		if each.blueGreen != nil {
			colours = append(colours, "green")
		}
		for _, colour := range colours {
			lines = append(lines, fmt.Sprintf(
				"%s-%s: HTTP %d to ip, checks HTTP %s every %d s, timeout %d s, healthy after %d, unhealthy after %d, codes %s, leaves after %s s, %s",
				each.name, colour, each.port, each.check.path, each.check.interval, each.check.timeout, each.check.healthy,
				each.check.unhealthy, each.check.codes, each.leaveAfter, each.algorithm))
		}
	}
	return lines
}

func seenTargetGroups(t *testing.T, d *deployed, _ *book) []string {
	var lines []string
	for _, group := range ask(t, d.elb.DescribeTargetGroups, &elasticloadbalancingv2.DescribeTargetGroupsInput{}).TargetGroups {
		attributes := map[string]string{}
		for _, attribute := range ask(t, d.elb.DescribeTargetGroupAttributes, &elasticloadbalancingv2.DescribeTargetGroupAttributesInput{
			TargetGroupArn: group.TargetGroupArn,
		}).Attributes {
			attributes[aws.ToString(attribute.Key)] = aws.ToString(attribute.Value)
		}
		lines = append(lines, fmt.Sprintf(
			"%s: %s %d to %s, checks %s %s every %d s, timeout %d s, healthy after %d, unhealthy after %d, codes %s, leaves after %s s, %s",
			aws.ToString(group.TargetGroupName), group.Protocol, aws.ToInt32(group.Port), group.TargetType,
			group.HealthCheckProtocol, aws.ToString(group.HealthCheckPath), aws.ToInt32(group.HealthCheckIntervalSeconds),
			aws.ToInt32(group.HealthCheckTimeoutSeconds), aws.ToInt32(group.HealthyThresholdCount), aws.ToInt32(group.UnhealthyThresholdCount),
			aws.ToString(group.Matcher.HttpCode), attributes["deregistration_delay.timeout_seconds"], attributes["load_balancing.algorithm.type"]))
	}
	return lines
}
