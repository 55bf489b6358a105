package program

import (
	"fmt"
	"slices"
	"strings"

	"fargate-cd/components/apigateway"
	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/problems"
)

// internalClients reports whether the internal load balancer has clients besides the API.
func (c *Config) internalClients() bool {
	forGuests := c.Environment.Host() && slices.Contains(c.Environment.LoadBalancers, environment.LoadBalancerInternal) &&
		len(c.InternalIngressCidrBlocks) > 0
	return forGuests || slices.ContainsFunc(c.Services, func(s Service) bool { return s.InternalClients })
}

// validateInternalClients checks who reaches a service on the internal load balancer. A network that reaches the listener
// reaches all services there, also those that otherwise only the API reaches; open says that there is such a network.
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

// validateReachedByAPI reports services on the internal load balancer without api that the API reaches nevertheless: it
// forwards the requests of its routes to the listener, which gives them to any service whose rule matches. So a token that a
// route of another service accepts would reach them.
func (c *Config) validateReachedByAPI(prefix string, found *problems.List) {
	for i := range c.Services {
		service := &c.Services[i]
		if service.API != nil || !service.Internal() {
			continue
		}
		for _, port := range service.perPort() {
			for j := range c.Services {
				if other := &c.Services[j]; c.forwardsTo(other, &port.Service) {
					found.Add(fmt.Sprintf("%sservices[%d].%spathPatterns", prefix, i, port.key), port.PathPatterns, "paths that no route of the API has: the API "+
						"forwards those of service %s to service %s too, with any token for them. Give %s the key api, if need be with scopes, or hostHeaders", other.Name, service.Name, service.Name)
				}
			}
		}
	}
}

// forwardsTo reports whether the routes of a service behind the API, which are on the internal load balancer, forward all
// requests of a path of another service there. The API sends the host of the rule if it has one, and else its own name, which
// no rule with a host matches.
func (c *Config) forwardsTo(service, other *Service) bool {
	if service.API == nil || service.API.PublicListener || !sameHost(service.Host(), other.HostHeaders) {
		return false
	}
	var paths []string
	keys, _ := c.Routes(service.API, service.PathPatterns) // ServiceSpec.Validate has reported the error
	for _, key := range keys {
		paths = append(paths, apigateway.PathPattern(key))
	}
	return fargateservice.SomeCovered(paths, other.PathPatterns)
}

// sameHost reports whether a request with a host, empty for one that no rule names, can meet the host names of a rule.
func sameHost(host string, hosts []string) bool {
	return len(hosts) == 0 || host != "" && slices.ContainsFunc(hosts, func(pattern string) bool {
		return fargateservice.SomeCovered([]string{strings.ToLower(pattern)}, []string{strings.ToLower(host)})
	})
}
