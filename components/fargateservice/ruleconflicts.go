package fargateservice

import (
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"fargate-cd/components/environment"
	"fargate-cd/internal/patterns"
	"fargate-cd/internal/problems"
)

// ValidateRules reports conflicts between the service's rule and the rules of other stacks on the same load balancer.
// AWS refuses a priority that another rule has (CreateRule, Elastic Load Balancing API Reference). If two rules match a
// request, only the first one gets it. A rule that the stack already has may stay before other rules, because it takes
// no requests that they get now.
func (s *Spec) ValidateRules(prefix, name string, rules []environment.Rule, found *problems.List) {
	if s.Worker() {
		return
	}
	number := s.RulePriority(name)
	priority, condition := strconv.Itoa(number), s.Condition()
	exists := slices.ContainsFunc(rules, func(each environment.Rule) bool {
		return each.Own && each.Priority == priority && conditionOf(each.Conditions) == condition
	})
	for _, other := range rules {
		if other.Own {
			continue
		}
		owner := other.Owner()
		switch {
		case other.Priority != priority:
		case s.Priority != nil:
			found.Add(prefix+"priority", *s.Priority, "it must be unique on the load balancer, and a rule of %s already has it", owner)
		default:
			found.Missing(prefix+"priority", "the computed priority "+priority+" is also the priority of a rule of "+owner+
				" on the load balancer: set one from 1 to 50000 that no rule has")
		}
		theirs, complete := SpecOf(other.Conditions)
		last, _ := strconv.Atoi(other.Priority)
		switch {
		case complete && theirs.Condition() == condition:
			found.Add(prefix+"pathPatterns", s.PathPatterns, "a rule of %s on the load balancer has the same conditions; set other paths or conditions", owner)
		case number < last && !exists && s.takesFrom(&theirs):
			found.Add(prefix+"pathPatterns", s.PathPatterns, "with the priority %d, this rule would take all requests for %s from a rule of %s, which has "+
				"the priority %d; set narrower patterns, another condition or a larger priority", number, strings.Join(theirs.PathPatterns, ", "), owner, last)
		}
	}
}

// takesFrom reports whether the service's rule, if it comes first, takes all requests that another rule gets through
// one of its paths. It does if these requests meet each of its conditions by at least one value. A rule with more
// conditions than the other one takes only some of the requests, which is the purpose of priorities.
func (s *Spec) takesFrom(other *Spec) bool {
	return someCovered(s.PathPatterns, other.PathPatterns) &&
		(len(s.HostHeaders) == 0 || someCovered(lower(s.HostHeaders), lower(other.HostHeaders))) &&
		!slices.ContainsFunc(s.HttpHeaders, func(ours HttpHeaderSpec) bool {
			return !slices.ContainsFunc(other.HttpHeaders, func(theirs HttpHeaderSpec) bool {
				return strings.EqualFold(ours.HttpHeaderName, theirs.HttpHeaderName) && someCovered(lower(ours.Values), lower(theirs.Values))
			})
		}) &&
		(len(s.QueryStrings) == 0 || slices.ContainsFunc(s.QueryStrings, func(ours QueryStringSpec) bool {
			return slices.ContainsFunc(other.QueryStrings, func(theirs QueryStringSpec) bool {
				return (ours.Key == "" || covers(strings.ToLower(ours.Key), strings.ToLower(theirs.Key))) &&
					covers(strings.ToLower(ours.Value), strings.ToLower(theirs.Value))
			})
		}))
}

// lower returns the texts in lower case: only paths are case-sensitive ("Condition types for listener rules", User Guide for
// Application Load Balancers).
func lower(texts []string) []string {
	var out []string
	for _, text := range texts {
		out = append(out, strings.ToLower(text))
	}
	return out
}

// someCovered reports whether one of the patterns covers one of the others.
func someCovered(given, others []string) bool {
	return slices.ContainsFunc(others, func(other string) bool {
		return slices.ContainsFunc(given, func(pattern string) bool { return covers(pattern, other) })
	})
}

// covers reports whether a pattern matches everything that another pattern matches. In both * and ? are wildcards.
func covers(pattern, other string) bool {
	return patterns.Covers(patterns.Wildcards(pattern), patterns.Wildcards(other))
}

// conditionOf returns the text of Condition for the conditions of a rule. It is empty if the rule has a condition that
// no service can have.
func conditionOf(conditions []types.RuleCondition) string {
	if s, complete := SpecOf(conditions); complete {
		return s.Condition()
	}
	return ""
}

// SpecOf returns a service with the conditions of a rule, and reports whether the service has exactly these. It leaves
// out conditions that no service can have, such as a regular expression. A rule without path patterns matches all paths.
func SpecOf(conditions []types.RuleCondition) (s Spec, complete bool) {
	complete = true
	for _, each := range conditions {
		paths, hosts, header, query := each.PathPatternConfig, each.HostHeaderConfig, each.HttpHeaderConfig, each.QueryStringConfig
		switch {
		case paths != nil && len(paths.RegexValues) == 0:
			s.PathPatterns = paths.Values
		case hosts != nil && len(hosts.RegexValues) == 0:
			s.HostHeaders = hosts.Values
		// A path or a host can also be in Values (RuleCondition, Elastic Load Balancing API Reference).
		case aws.ToString(each.Field) == "path-pattern" && len(each.Values) > 0:
			s.PathPatterns = each.Values
		case aws.ToString(each.Field) == "host-header" && len(each.Values) > 0:
			s.HostHeaders = each.Values
		case header != nil && len(header.RegexValues) == 0:
			s.HttpHeaders = append(s.HttpHeaders, HttpHeaderSpec{HttpHeaderName: aws.ToString(header.HttpHeaderName), Values: header.Values})
		case query != nil:
			// A rule can have several query conditions, all of which a request must match ("Condition types for listener
			// rules", User Guide for Application Load Balancers). A service has one.
			complete = complete && len(s.QueryStrings) == 0
			for _, value := range query.Values {
				s.QueryStrings = append(s.QueryStrings, QueryStringSpec{Key: aws.ToString(value.Key), Value: aws.ToString(value.Value)})
			}
		default:
			complete = false
		}
	}
	if len(s.PathPatterns) == 0 {
		s.PathPatterns = []string{"/*"}
	}
	return s, complete
}
