package fargateservice

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newAdditionalTargets creates the target group and the listener rule of each additional port. It returns the load
// balancer settings of the ECS service for the target groups, and the rules, on which the service depends.
func (s *FargateService) newAdditionalTargets(ctx *pulumi.Context) (ecs.ServiceLoadBalancerArray, []pulumi.Resource, error) {
	var registrations ecs.ServiceLoadBalancerArray
	var rules []pulumi.Resource
	for _, route := range s.spec.AdditionalRoutes(s.name) {
		group, err := s.newTargetGroup(ctx, route.Name, &route.Spec)
		if err != nil {
			return nil, nil, err
		}
		rule, err := s.newRule(ctx, route.Name, &route, s.balancer.ListenerArn, group.Arn, s.formerRule(&route)...)
		if err != nil {
			return nil, nil, err
		}
		registrations = append(registrations, s.registration(group, route.ContainerPort))
		rules = append(rules, rule)
	}
	return registrations, rules, nil
}

// formerRule returns an alias that keeps the listener rule of an additional port when its number changes and the
// configuration sets its priority. The name of a rule contains its port. So without the alias, Pulumi would create the
// new rule before it deletes the old one, and AWS refuses a priority that another rule has (PriorityInUse). If several
// ports change, the program cannot match old and new ports, and formerRule returns nil.
func (s *FargateService) formerRule(route *Route) []pulumi.ResourceOption {
	if route.Priority == nil || s.running == nil || slices.Contains(s.running.ports, route.ContainerPort) {
		return nil
	}
	ports := s.spec.ports()
	gone := s.running.otherPorts(ports)
	come := slices.DeleteFunc(ports, func(port int) bool { return slices.Contains(s.running.ports, port) })
	if len(gone) != 1 || len(come) != 1 {
		return nil
	}
	return []pulumi.ResourceOption{pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String(fmt.Sprintf("%s-%d", s.name, gone[0]))}})}
}
