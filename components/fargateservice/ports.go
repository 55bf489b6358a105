package fargateservice

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/problems"
)

// PortsSpec holds the ports of the container besides containerPort.
type PortsSpec struct {
	// AdditionalPorts are up to four more ports of the container to which the load balancer forwards requests. They
	// require the strategy Rolling, and a service that is not behind the API. Scaling, alarms and protocolVersion apply
	// only to containerPort. A change replaces the tasks but not the service.
	AdditionalPorts []PortSpec `json:"additionalPorts"`
}

// PortSpec is an additional port of the container with the conditions of its requests.
type PortSpec struct {
	// ContainerPort is the port on which the container listens. Required.
	ContainerPort int `json:"containerPort"`
	// PathPatterns are the paths that the load balancer forwards to this port, in the format of the service's
	// pathPatterns. Required.
	PathPatterns []string `json:"pathPatterns"`
	ConditionsSpec
	// Priority is the priority of the port's listener rule. It must be unique in the stack. By default it is computed
	// from the conditions, the service's name and the port.
	Priority *int `json:"priority"`
	// HealthCheck is the load balancer's health check of the tasks on this port. ECS replaces a task that is unhealthy
	// on one of its ports. The gracePeriodSeconds of the service's healthCheck applies to all ports.
	HealthCheck TargetHealthCheckSpec `json:"healthCheck"`
}

// maxTargetGroups is the maximum number of target groups of a service ("Registering multiple target groups with an Amazon
// ECS service", Amazon ECS Developer Guide).
const maxTargetGroups = 5

// Route is a port of a service with the conditions of the requests that the load balancer forwards to it.
type Route struct {
	// Spec is the specification of the service as if it had only this port.
	Spec
	// Name is the name of the port's resources. Key is the prefix of the port's keys in the configuration of the service.
	Name, Key string
}

// AdditionalRoutes returns the routes of the additional ports of the service with the given name.
func (s *Spec) AdditionalRoutes(name string) []Route {
	var routes []Route
	for i := range s.AdditionalPorts {
		port, view := &s.AdditionalPorts[i], *s
		view.ContainerPort, view.PathPatterns, view.ConditionsSpec = port.ContainerPort, port.PathPatterns, port.ConditionsSpec
		view.Priority, view.HealthCheck.TargetHealthCheckSpec, view.AdditionalPorts = port.Priority, port.HealthCheck, nil
		view.ProtocolVersion = protocolHTTP1
		routes = append(routes, Route{view, fmt.Sprintf("%s-%d", name, port.ContainerPort), problems.Indexed("additionalPorts", i) + "."})
	}
	return routes
}

// ports returns all ports of the container, in ascending order.
func (s *Spec) ports() []int {
	ports := []int{s.ContainerPort}
	for i := range s.AdditionalPorts {
		ports = append(ports, s.AdditionalPorts[i].ContainerPort)
	}
	slices.Sort(ports)
	return ports
}

func (s *Spec) validatePorts(prefix string, found *problems.List) {
	if n := len(s.AdditionalPorts); n > maxTargetGroups-1 {
		found.Add(prefix+"additionalPorts", n, "%d or fewer", maxTargetGroups-1)
	}
	if len(s.AdditionalPorts) > 0 && s.Worker() {
		found.Add(prefix+"additionalPorts", len(s.AdditionalPorts), "none without pathPatterns: the service must also get requests on containerPort")
	}
	seen := []int{s.ContainerPort}
	for _, route := range s.AdditionalRoutes("") {
		key := prefix + route.Key
		found.Between(key+"containerPort", route.ContainerPort, 1, 65535)
		if slices.Contains(seen, route.ContainerPort) {
			found.Add(key+"containerPort", route.ContainerPort, "each port only once")
		}
		seen = append(seen, route.ContainerPort)
		if route.Worker() {
			found.Missing(key+"pathPatterns", "1 to 5 patterns")
		}
		route.validateRoute(key, found)
	}
}

// validateRoute checks the priority, the conditions and the health check of a port.
func (s *Spec) validateRoute(prefix string, found *problems.List) {
	if s.Priority != nil {
		found.Between(prefix+"priority", *s.Priority, 1, 50000)
	}
	// A rule has at most five condition values (Quotas for your Application Load Balancers).
	if len(s.PathPatterns) > maxConditionValues {
		found.Add(prefix+"pathPatterns", s.PathPatterns, "1 to 5 patterns, or none for a service that no request reaches")
	}
	for i, pattern := range s.PathPatterns {
		found.Matches(prefix+problems.Indexed("pathPatterns", i), pattern, pathPattern,
			`a path of up to 128 characters that begins with "/", in which * and ? are wildcards`)
	}
	s.validateConditions(prefix, found)
	s.validateHealthCheck(prefix+"healthCheck.", found)
}

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
	removed := s.running.otherPorts(ports)
	added := slices.DeleteFunc(ports, func(port int) bool { return slices.Contains(s.running.ports, port) })
	if len(removed) != 1 || len(added) != 1 {
		return nil
	}
	return []pulumi.ResourceOption{pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String(fmt.Sprintf("%s-%d", s.name, removed[0]))}})}
}
