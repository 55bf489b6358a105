package program

import (
	"slices"

	"fargate-cd/components/environment"
	"fargate-cd/internal/problems"
)

// internalClients reports whether the internal load balancer has clients besides the API.
func (c *Config) internalClients() bool {
	forGuests := c.Environment.Host() && slices.Contains(c.Environment.LoadBalancers, environment.LoadBalancerInternal) &&
		len(c.InternalIngressCidrBlocks) > 0
	return forGuests || slices.ContainsFunc(c.Services, func(s Service) bool { return s.InternalClients })
}

// validateInternalClients checks the access of clients to a service on the internal load balancer. A network that
// reaches the listener reaches all services on it, including those that only the API should reach. open reports whether
// there is such a network.
func (s *Service) validateInternalClients(prefix string, open bool, found *problems.List) {
	switch {
	case open && s.API != nil && s.Internal() && !s.InternalClients:
		found.Missing(prefix+"internalClients", "true for each service behind the API if networks reach the internal load balancer, "+
			"because they reach its services without a token; otherwise move the service to another stack")
	case !s.InternalClients:
		return
	case s.API != nil && s.API.PublicListener:
		found.Add(prefix+"internalClients", true, "false with api.publicListener, which puts the service on the internet-facing load balancer")
	}
	if s.InternalClients {
		s.ValidateReached(prefix, "with internalClients, who send requests to the service", found)
		if s.SmokeTest != nil && s.API == nil {
			found.Add(prefix+"smokeTest", s.SmokeTest.Commands, "none with internalClients and without api: its build runs outside the network of the service")
		}
	}
}
