package fargateservice

import (
	"fmt"
	"slices"

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
		rule, err := s.newRule(ctx, route.Name, &route, s.balancer.ListenerArn, group.Arn, s.formerRule(&route)...)
		if err != nil {
			return nil, nil, err
		}
		registrations = append(registrations, s.registration(group, route.ContainerPort))
		rules = append(rules, rule)
	}
	return registrations, rules, nil
}

// formerRule makes the rule of a port that takes the place of another one the same rule, if the configuration sets its
// priority. A rule is named after its port, so otherwise the new one would be created before the old one is deleted, and AWS
// refuses a priority that another rule has (PriorityInUse). With several changed ports it is not known which rule is whose.
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
