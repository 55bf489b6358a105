package environment

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// Rule is a listener rule on a load balancer that several stacks use.
type Rule struct {
	// Stack is the name of the stack that created the rule; empty if the rule has no tag for it.
	Stack string
	// Own reports whether the current stack created the rule.
	Own bool
	// Priority is the priority of the rule, as a decimal number.
	Priority string
	// Conditions are the conditions of the rule.
	Conditions []types.RuleCondition
}

// Owner names the stack that created the rule, as a part of a sentence.
func (r *Rule) Owner() string {
	if r.Stack == "" {
		return "another stack"
	}
	return "stack " + r.Stack
}

// maxDescribedTags is the maximum number of resources in one call (DescribeTags, Elastic Load Balancing API Reference).
const maxDescribedTags = 20

// Rules reads from AWS the rules on the production listener of a load balancer, those of the current stack and of other
// stacks. It returns none unless the environment is a guest's.
func (e *Environment) Rules(ctx context.Context, b *LoadBalancer, project, stack string) ([]Rule, error) {
	if b == nil || b.listenerArn == "" {
		return nil, nil
	}
	var all []types.Rule
	for input := (&elb.DescribeRulesInput{ListenerArn: aws.String(b.listenerArn)}); ; {
		page, err := e.ecs.DescribeRules(ctx, input)
		if err != nil {
			return nil, fmt.Errorf("reading the rules of the load balancer of stack %s: %w", e.host, err)
		}
		for _, rule := range page.Rules {
			if !aws.ToBool(rule.IsDefault) {
				all = append(all, rule)
			}
		}
		if input.Marker = page.NextMarker; aws.ToString(page.NextMarker) == "" {
			break
		}
	}
	var rules []Rule
	for some := range slices.Chunk(all, maxDescribedTags) {
		tags, err := e.tagsOf(ctx, some)
		if err != nil {
			return nil, err
		}
		for _, rule := range some {
			tagsOfRule := tags[aws.ToString(rule.RuleArn)]
			rules = append(rules, Rule{
				Stack: tagsOfRule["pulumi:stack"], Own: tagsOfRule["pulumi:project"] == project && tagsOfRule["pulumi:stack"] == stack,
				Priority: aws.ToString(rule.Priority), Conditions: rule.Conditions,
			})
		}
	}
	return rules, nil
}

// tagsOf returns the tags of the rules, by the ARN of the rule.
func (e *Environment) tagsOf(ctx context.Context, rules []types.Rule) (map[string]map[string]string, error) {
	var arns []string
	for _, rule := range rules {
		arns = append(arns, aws.ToString(rule.RuleArn))
	}
	described, err := e.ecs.DescribeTags(ctx, &elb.DescribeTagsInput{ResourceArns: arns})
	if err != nil {
		return nil, fmt.Errorf("reading the tags of the rules of the load balancer of stack %s: %w", e.host, err)
	}
	tags := map[string]map[string]string{}
	for _, each := range described.TagDescriptions {
		tagsOfRule := map[string]string{}
		for _, tag := range each.Tags {
			tagsOfRule[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
		}
		tags[aws.ToString(each.ResourceArn)] = tagsOfRule
	}
	return tags, nil
}
