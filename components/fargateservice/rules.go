package fargateservice

import (
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"fargate-cd/components/environment"
	"fargate-cd/internal/problems"
)

// ValidateOtherRules reports a service whose rule would collide with rules of other stacks on the same load balancer: AWS
// refuses a priority that another rule has (CreateRule, Elastic Load Balancing API Reference), and of two rules with the same
// conditions only the first one gets requests.
func (s *Spec) ValidateOtherRules(prefix, name string, others []environment.Rule, found *problems.List) {
	if s.Worker() {
		return
	}
	priority, condition := strconv.Itoa(s.RulePriority(name)), s.Condition()
	for _, other := range others {
		owner := "another stack"
		if other.Stack != "" {
			owner = "stack " + other.Stack
		}
		switch {
		case other.Priority != priority:
		case s.Priority != nil:
			found.Add(prefix+"priority", *s.Priority, "unique on the load balancer, and a rule of %s has it already", owner)
		default:
			found.Missing(prefix+"priority", "the computed priority "+priority+" is also the priority of a rule of "+owner+
				" on the load balancer: set one from 1 to 50000 that no rule has")
		}
		if conditionOf(other.Conditions) == condition {
			found.Add(prefix+"pathPatterns", s.PathPatterns, "other than those of a rule of %s on the load balancer, which with the same conditions "+
				"gets the same requests", owner)
		}
	}
}

// conditionOf returns the text that Condition returns for a service with the conditions of a rule.
func conditionOf(conditions []types.RuleCondition) string {
	var s Spec
	for _, each := range conditions {
		switch {
		case each.PathPatternConfig != nil:
			s.PathPatterns = each.PathPatternConfig.Values
		case each.HostHeaderConfig != nil:
			s.HostHeaders = each.HostHeaderConfig.Values
		case each.HttpHeaderConfig != nil:
			s.HttpHeaders = append(s.HttpHeaders, HttpHeaderSpec{
				HttpHeaderName: aws.ToString(each.HttpHeaderConfig.HttpHeaderName), Values: each.HttpHeaderConfig.Values,
			})
		case each.QueryStringConfig != nil:
			for _, value := range each.QueryStringConfig.Values {
				s.QueryStrings = append(s.QueryStrings, QueryStringSpec{Key: aws.ToString(value.Key), Value: aws.ToString(value.Value)})
			}
		default:
			return "" // a condition that no service has
		}
	}
	return s.Condition()
}
