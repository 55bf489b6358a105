package program

import (
	"fmt"

	"fargate-cd/internal/problems"
)

// owners maps values that must be unique in a stack to the services that have them.
type owners map[any]string

// claim adds a value to the map, or reports a problem if another service has it.
func (o owners) claim(key string, value any, service string, found *problems.List) {
	if other, taken := o[value]; taken {
		found.Add(key, value, "it must be unique in the stack, and service %s already has it", other)
		return
	}
	o[value] = service
}

// claimPriority claims the priority of a service's rule. A priority that the
// configuration does not set can collide with another service's priority.
func (o owners) claimPriority(key string, service *Service, found *problems.List) {
	if service.Worker() {
		return
	}
	priority := service.RulePriority(service.Name)
	if other, taken := o[priority]; taken && service.Priority == nil {
		found.Missing(key, fmt.Sprintf("the computed priority %d is also the priority of service %s: set one from 1 to 50000 that no service has", priority, other))
		return
	}
	o.claim(key, priority, service.Name, found)
}

// claimCondition reports a service whose rule matches the same requests as the rule of another service on the same load
// balancer: the rule that comes second gets no requests. It accepts rules with path patterns only, because existing
// stacks may have such services, which their priorities order.
func (o owners) claimCondition(key string, service *Service, found *problems.List) {
	if !service.HasConditions() {
		return
	}
	condition := fmt.Sprint(service.Internal(), service.Condition())
	if other, taken := o[condition]; taken {
		found.Add(key, service.PathPatterns, "the rule of service %s has the same conditions; set other paths or conditions", other)
		return
	}
	o[condition] = service.Name
}
