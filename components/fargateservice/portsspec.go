package fargateservice

import (
	"fmt"
	"slices"

	"fargate-cd/internal/problems"
)

// PortsSpec is what else the container listens on, beside containerPort.
type PortsSpec struct {
	// AdditionalPorts are further ports of the container, at most four, of which each gets requests of its own from the load
	// balancer. They require the strategy Rolling, and a service that is not behind the API. Scaling and alarms look at
	// containerPort only, and protocolVersion applies only to it. A change replaces the tasks and not the service.
	AdditionalPorts []PortSpec `json:"additionalPorts"`
}

// PortSpec is a port of the container with its requests.
type PortSpec struct {
	// ContainerPort is the port on which the container listens. Required.
	ContainerPort int `json:"containerPort"`
	// PathPatterns are the paths that the load balancer forwards to this port, in the form of the service's pathPatterns.
	// Required.
	PathPatterns []string `json:"pathPatterns"`
	ConditionsSpec
	// Priority is the priority of the load balancer's rule, unique in the stack; by default it follows from the conditions.
	Priority *int `json:"priority"`
	// HealthCheck is how the load balancer checks whether a task is healthy on this port. ECS replaces a task that is not
	// healthy on one of its ports.
	HealthCheck HealthCheckSpec `json:"healthCheck"`
}

// mostTargetGroups is the largest number of target groups of a service ("Registering multiple target groups with an Amazon
// ECS service", Amazon ECS Developer Guide).
const mostTargetGroups = 5

// Route is a port of a service with the requests that the load balancer forwards to it.
type Route struct {
	// Spec is the specification of the service as if it had only this port.
	Spec
	// Name is the name of the resources of the port, and Key the path of its keys in the configuration, after that of the
	// service.
	Name, Key string
}

// AdditionalRoutes returns the routes of the ports beside containerPort.
func (s *Spec) AdditionalRoutes(name string) []Route {
	var routes []Route
	for i := range s.AdditionalPorts {
		port, view := &s.AdditionalPorts[i], *s
		view.ContainerPort, view.PathPatterns, view.ConditionsSpec = port.ContainerPort, port.PathPatterns, port.ConditionsSpec
		view.Priority, view.HealthCheck, view.AdditionalPorts = port.Priority, port.HealthCheck, nil
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
	if n := len(s.AdditionalPorts); n > mostTargetGroups-1 {
		found.Add(prefix+"additionalPorts", n, "%d or fewer", mostTargetGroups-1)
	}
	if len(s.AdditionalPorts) > 0 && s.Worker() {
		found.Add(prefix+"additionalPorts", len(s.AdditionalPorts), "none for a service that no request reaches on containerPort")
	}
	seen := []int{s.ContainerPort}
	for _, route := range s.AdditionalRoutes("") {
		key := prefix + route.Key
		found.Between(key+"containerPort", route.ContainerPort, 1, 65535)
		if slices.Contains(seen, route.ContainerPort) {
			found.Add(key+"containerPort", route.ContainerPort, "a port that the service does not have yet")
		}
		seen = append(seen, route.ContainerPort)
		if route.Worker() {
			found.Missing(key+"pathPatterns", "1 to 5 patterns")
		}
		route.validateRoute(key, found)
	}
}
