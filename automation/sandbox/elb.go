package sandbox

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// DescribeRules returns the rules of a listener, without its default rule.
func (api *API) DescribeRules(_ context.Context, in *elb.DescribeRulesInput, _ ...func(*elb.Options)) (*elb.DescribeRulesOutput, error) {
	out := &elb.DescribeRulesOutput{}
	err := api.account.store.view(func() error {
		listener := aws.ToString(in.ListenerArn)
		if _, found, err := api.account.find(listenerType, "arn", listener); err != nil || !found {
			if err == nil {
				err = &types.ListenerNotFoundException{Message: aws.String("One or more listeners not found: " + listener)}
			}
			return err
		}
		rules, err := api.account.mentioning(ruleType, listener)
		for _, it := range rules {
			if text(it.Props, "listenerArn") == listener {
				priority, _ := number(it.Props, "priority")
				out.Rules = append(out.Rules, types.Rule{
					RuleArn: aws.String(it.ID), Priority: aws.String(fmt.Sprint(int(priority))), Conditions: describeConditions(it.Props),
					IsDefault: aws.Bool(false),
				})
			}
		}
		return err
	})
	return out, err
}

func describeConditions(p resource.PropertyMap) []types.RuleCondition {
	var all []types.RuleCondition
	each(p, "conditions[]", func(_ string, v resource.PropertyValue) {
		condition := v.ObjectValue()
		if values := texts(condition, "pathPattern.values[]"); len(values) > 0 {
			all = append(all, types.RuleCondition{PathPatternConfig: &types.PathPatternConditionConfig{Values: values}})
		}
		if values := texts(condition, "hostHeader.values[]"); len(values) > 0 {
			all = append(all, types.RuleCondition{HostHeaderConfig: &types.HostHeaderConditionConfig{Values: values}})
		}
		if values := texts(condition, "httpHeader.values[]"); len(values) > 0 {
			all = append(all, types.RuleCondition{HttpHeaderConfig: &types.HttpHeaderConditionConfig{
				HttpHeaderName: aws.String(text(condition, "httpHeader.httpHeaderName")), Values: values,
			}})
		}
		var queries []types.QueryStringKeyValuePair
		each(condition, "queryStrings[]", func(_ string, v resource.PropertyValue) {
			query := types.QueryStringKeyValuePair{Value: aws.String(text(v.ObjectValue(), "value"))}
			if key := text(v.ObjectValue(), "key"); key != "" {
				query.Key = aws.String(key)
			}
			queries = append(queries, query)
		})
		if len(queries) > 0 {
			all = append(all, types.RuleCondition{QueryStringConfig: &types.QueryStringConditionConfig{Values: queries}})
		}
	})
	return all
}

// DescribeTags returns the tags of rules.
func (api *API) DescribeTags(_ context.Context, in *elb.DescribeTagsInput, _ ...func(*elb.Options)) (*elb.DescribeTagsOutput, error) {
	out := &elb.DescribeTagsOutput{}
	err := api.account.store.view(func() error {
		for _, arn := range in.ResourceArns {
			it, found, err := api.account.find(ruleType, "arn", arn)
			if err != nil {
				return err
			}
			if !found {
				return &types.RuleNotFoundException{Message: aws.String("One or more rules not found: " + arn)}
			}
			described := types.TagDescription{ResourceArn: aws.String(arn)}
			if tags, given := it.Props["tags"]; given && tags.IsObject() {
				for key, value := range tags.ObjectValue() {
					described.Tags = append(described.Tags, types.Tag{Key: aws.String(string(key)), Value: aws.String(value.StringValue())})
				}
			}
			out.TagDescriptions = append(out.TagDescriptions, described)
		}
		return nil
	})
	return out, err
}
