//go:build acceptance

package lab

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// The kinds of load balancer. A stack creates only those that a service needs.
const (
	Public   = "alb"      // internet-facing, named like its security group
	Internal = "internal" // for the API and for clients in the network
)

// BalancerKind returns the kind of a load balancer, Public or Internal, from its scheme.
func BalancerKind(balancer types.LoadBalancer) string {
	if balancer.Scheme == types.LoadBalancerSchemeEnumInternal {
		return Internal
	}
	return Public
}

// Balancers returns the load balancers of the stack's services. Their names begin with the name of the stack that created them.
func Balancers(t *testing.T, d *Stack) []types.LoadBalancer {
	t.Helper()
	all := Ask(t, d.ELB.DescribeLoadBalancers, &elasticloadbalancingv2.DescribeLoadBalancersInput{}).LoadBalancers
	return slices.DeleteFunc(all, func(b types.LoadBalancer) bool { return !strings.HasPrefix(*b.LoadBalancerName, d.environment()+"-") })
}

// Listeners returns the listeners of a load balancer.
func Listeners(t *testing.T, d *Stack, balancer types.LoadBalancer) []types.Listener {
	t.Helper()
	return Ask(t, d.ELB.DescribeListeners, &elasticloadbalancingv2.DescribeListenersInput{
		LoadBalancerArn: balancer.LoadBalancerArn,
	}).Listeners
}

// TargetGroups returns the target groups in the stack's region.
func TargetGroups(t *testing.T, d *Stack) []types.TargetGroup {
	t.Helper()
	return Ask(t, d.ELB.DescribeTargetGroups, &elasticloadbalancingv2.DescribeTargetGroupsInput{}).TargetGroups
}

// ListenerRules returns the rules of a listener as text, without the default rule.
func ListenerRules(t *testing.T, d *Stack, listener *string) []string {
	t.Helper()
	var lines []string
	rules := Ask(t, d.ELB.DescribeRules, &elasticloadbalancingv2.DescribeRulesInput{ListenerArn: listener})
	for _, rule := range rules.Rules {
		if aws.ToBool(rule.IsDefault) {
			continue // a copy of the listener's default action
		}
		var conditions, actions []string
		for _, condition := range rule.Conditions {
			conditions = append(conditions, conditionTexts(condition)...)
		}
		slices.Sort(conditions) // AWS returns them in any order
		for _, action := range rule.Actions {
			actions = append(actions, Destination(action))
		}
		lines = append(lines, fmt.Sprintf("rule %s for %s leads to %s",
			aws.ToString(rule.Priority), strings.Join(conditions, " "), strings.Join(actions, " and ")))
	}
	return lines
}

// conditionTexts returns the values of a rule's condition as text.
func conditionTexts(condition types.RuleCondition) []string {
	var texts []string
	switch {
	case condition.PathPatternConfig != nil:
		return condition.PathPatternConfig.Values
	case condition.HostHeaderConfig != nil:
		return condition.HostHeaderConfig.Values
	case condition.HttpHeaderConfig != nil:
		for _, value := range condition.HttpHeaderConfig.Values {
			texts = append(texts, aws.ToString(condition.HttpHeaderConfig.HttpHeaderName)+":"+value)
		}
	case condition.QueryStringConfig != nil:
		for _, value := range condition.QueryStringConfig.Values {
			texts = append(texts, "?"+aws.ToString(value.Key)+"="+aws.ToString(value.Value))
		}
	default:
		texts = []string{aws.ToString(condition.Field)} // a kind that the program does not use
	}
	return texts
}

// Destination returns a listener's action as text. A forward action becomes its target
// groups with their shares of the traffic, which CodeDeploy may have changed.
func Destination(action types.Action) string {
	switch {
	case action.RedirectConfig != nil:
		to := action.RedirectConfig
		return fmt.Sprintf("%s %s %s://%s:%s%s", action.Type, to.StatusCode, aws.ToString(to.Protocol), aws.ToString(to.Host), aws.ToString(to.Port), aws.ToString(to.Path))
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

// BalancerAttributes returns the attributes of a load balancer by their keys.
func BalancerAttributes(t *testing.T, d *Stack, balancer types.LoadBalancer) map[string]string {
	t.Helper()
	attributes := map[string]string{}
	for _, each := range Ask(t, d.ELB.DescribeLoadBalancerAttributes, &elasticloadbalancingv2.DescribeLoadBalancerAttributesInput{
		LoadBalancerArn: balancer.LoadBalancerArn,
	}).Attributes {
		attributes[aws.ToString(each.Key)] = aws.ToString(each.Value)
	}
	return attributes
}

// TargetGroupAttributes returns the attributes of a target group by their keys.
func TargetGroupAttributes(t *testing.T, d *Stack, group types.TargetGroup) map[string]string {
	t.Helper()
	attributes := map[string]string{}
	for _, each := range Ask(t, d.ELB.DescribeTargetGroupAttributes, &elasticloadbalancingv2.DescribeTargetGroupAttributesInput{
		TargetGroupArn: group.TargetGroupArn,
	}).Attributes {
		attributes[aws.ToString(each.Key)] = aws.ToString(each.Value)
	}
	return attributes
}

// healthyTargets returns the healthy targets of a target group.
func healthyTargets(t *testing.T, d *Stack, group types.TargetGroup) []types.TargetDescription {
	t.Helper()
	var found []types.TargetDescription
	health := Ask(t, d.ELB.DescribeTargetHealth, &elasticloadbalancingv2.DescribeTargetHealthInput{TargetGroupArn: group.TargetGroupArn})
	for _, each := range health.TargetHealthDescriptions {
		if each.TargetHealth.State == types.TargetHealthStateEnumHealthy {
			found = append(found, *each.Target)
		}
	}
	return found
}
