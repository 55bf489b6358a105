package fargateservice

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newAdditionalTargets creates the target group and the listener rule of each additional port. It returns how ECS registers
// the tasks in them, and the rules, on which the service depends.
func (s *FargateService) newAdditionalTargets(ctx *pulumi.Context) (ecs.ServiceLoadBalancerArray, []pulumi.Resource, error) {
	var registrations ecs.ServiceLoadBalancerArray
	var rules []pulumi.Resource
	for _, route := range s.spec.AdditionalRoutes(s.name) {
		group, err := s.newTargetGroup(ctx, route.Name, &route.Spec)
		if err != nil {
			return nil, nil, err
		}
		rule, err := s.newRule(ctx, route.Name, &route, s.balancer.ListenerArn, group.Arn)
		if err != nil {
			return nil, nil, err
		}
		registrations = append(registrations, s.registration(group, route.ContainerPort))
		rules = append(rules, rule)
	}
	return registrations, rules, nil
}
