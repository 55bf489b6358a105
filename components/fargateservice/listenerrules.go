package fargateservice

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newRule creates a listener rule that forwards the requests of a route. On a blue/green
// service CodeDeploy owns the actions of the rule after its creation.
//
// A service that changes its load balancer gets a rule on another listener. The old rule
// is deleted first, because only one load balancer can use a target group
// (TargetGroupAssociationLimit, hashicorp/terraform-provider-aws#22005).
func (s *FargateService) newRule(
	ctx *pulumi.Context, name string, route *Route, listenerArn, targetGroupArn pulumi.StringInput, opts ...pulumi.ResourceOption,
) (*lb.ListenerRule, error) {
	var ignored []string
	if s.blueGreen {
		ignored = []string{"actions"}
	}
	rule, err := lb.NewListenerRule(ctx, name, &lb.ListenerRuleArgs{
		ListenerArn: listenerArn,
		Priority:    pulumi.Int(route.RulePriority(route.Name)),
		Conditions:  route.ruleConditions(),
		Actions: lb.ListenerRuleActionArray{lb.ListenerRuleActionArgs{
			Type:           pulumi.String("forward"),
			TargetGroupArn: targetGroupArn,
		}},
	}, append(opts, pulumi.Parent(s), pulumi.IgnoreChanges(ignored), pulumi.DeleteBeforeReplace(true))...)
	if err != nil {
		return nil, fmt.Errorf("creating listener rule %s: %w", name, err)
	}
	return rule, nil
}
