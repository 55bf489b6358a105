package fargateservice

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newTargets creates the target groups and the listener rules that forward to them. It
// returns the blue target group and the resources that the service depends on: ECS
// refuses a service whose target group has no load balancer.
func (s *FargateService) newTargets(ctx *pulumi.Context) (*lb.TargetGroup, []pulumi.Resource, error) {
	own := &Route{Spec: s.spec, Name: s.name}
	blue, err := s.newTargetGroup(ctx, s.name+"-blue", &s.spec)
	if err != nil {
		return nil, nil, err
	}
	s.BlueTargetGroupName, s.BlueTargetGroupArn, s.BlueTargetGroupArnSuffix = blue.Name, blue.Arn, blue.ArnSuffix
	production, err := s.newRule(ctx, s.name+"-production", own, s.balancer.ListenerArn, blue.Arn)
	if err != nil || !s.blueGreen {
		return blue, []pulumi.Resource{production}, err
	}
	green, err := s.newTargetGroup(ctx, s.name+"-green", &s.spec)
	if err != nil {
		return nil, nil, err
	}
	s.GreenTargetGroupName, s.GreenTargetGroupArn, s.GreenTargetGroupArnSuffix = green.Name, green.Arn, green.ArnSuffix
	if !s.balancer.HasTestListener() {
		return blue, []pulumi.Resource{production, green}, nil
	}
	// CodeDeploy points the test listener at the new tasks when a deployment begins. Until then it must forward to the
	// target group of the primary task set, or the deployment fails ("Troubleshoot Amazon ECS deployment issues",
	// CodeDeploy User Guide).
	serving := pulumi.StringInput(blue.Arn)
	if s.servesGreen() { // this matters only when the rule is new: later changes of its actions are ignored
		serving = pulumi.String(s.running.serving)
	}
	// Both rules can forward to the same target group. Because of this dependency, a change of the load balancer
	// deletes both old rules before it creates the first new one.
	listener := pulumi.All(production.ID(), s.balancer.TestListenerArn).ApplyT(func(values []any) string {
		return values[1].(string)
	}).(pulumi.StringOutput)
	test, err := s.newRule(ctx, s.name+"-test", own, listener, serving)
	return blue, []pulumi.Resource{production, test, green}, err
}

func (s *FargateService) newTargetGroup(ctx *pulumi.Context, name string, spec *Spec) (*lb.TargetGroup, error) {
	check := spec.Check()
	// The port of a target group is only a default: ECS registers each task with its own port. A changed port would
	// replace the group, and the rule would forward to a group without tasks.
	ignored := []string{"port"}
	args := &lb.TargetGroupArgs{
		VpcId:                      s.environment.VpcID,
		TargetType:                 pulumi.String("ip"),
		Protocol:                   pulumi.String("HTTP"),
		Port:                       pulumi.Int(spec.ContainerPort),
		DeregistrationDelay:        pulumi.Int(*spec.DeregistrationDelaySeconds),
		LoadBalancingAlgorithmType: pulumi.String(spec.LoadBalancingAlgorithm),
		HealthCheck: lb.TargetGroupHealthCheckArgs{
			Path:               pulumi.String(check.Path),
			Protocol:           pulumi.String("HTTP"),
			Interval:           pulumi.Int(check.IntervalSeconds),
			Timeout:            pulumi.Int(check.TimeoutSeconds),
			HealthyThreshold:   pulumi.Int(check.HealthyThreshold),
			UnhealthyThreshold: pulumi.Int(check.UnhealthyThreshold),
			Matcher:            pulumi.String(check.Matcher),
		},
	}
	spec.addTo(args)
	group, err := lb.NewTargetGroup(ctx, name, args, pulumi.Parent(s), pulumi.IgnoreChanges(ignored))
	if err != nil {
		return nil, fmt.Errorf("creating target group %s: %w", name, err)
	}
	return group, nil
}

// registration returns the load balancer setting with which ECS registers the tasks in a target group, with one of
// their ports.
func (s *FargateService) registration(group *lb.TargetGroup, port int) ecs.ServiceLoadBalancerArgs {
	return ecs.ServiceLoadBalancerArgs{TargetGroupArn: group.Arn, ContainerName: pulumi.String(s.name), ContainerPort: pulumi.Int(port)}
}

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
