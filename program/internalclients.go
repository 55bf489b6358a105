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

// validateReachedByAPI reports services on the internal load balancer that the API reaches although they do not have
// the key api. The API forwards the requests of its routes to the listener, which passes them to any service whose rule
// matches. So a client with a token for a route of another service would reach them.
func (c *Config) validateReachedByAPI(prefix string, found *problems.List) {
	for i := range c.Services {
		service := &c.Services[i]
		if service.API != nil || !service.Internal() {
			continue
		}
		for _, port := range service.portViews() {
			for j := range c.Services {
				if other := &c.Services[j]; c.forwardsTo(other, &port.Service) {
					found.Add(fmt.Sprintf("%sservices[%d].%spathPatterns", prefix, i, port.key), port.PathPatterns, "the routes of the API for service %s also reach "+
						"service %s, with any valid token. Give %s the key api, with scopes if needed, or hostHeaders", other.Name, service.Name, service.Name)
				}
			}
		}
	}
}

// forwardsTo reports whether the API, on the routes of a service, forwards all requests for a path pattern of another
// service on the internal load balancer. The API sends the host name of the service's rule or, without one, its own
// name, which no rule with a host name matches.
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

// sameHost reports whether a request with a host name can match the host names of a rule. host is empty for a name that
// no rule has.
func sameHost(host string, hosts []string) bool {
	return len(hosts) == 0 || host != "" && slices.ContainsFunc(hosts, func(pattern string) bool {
		return fargateservice.SomeCovered([]string{strings.ToLower(pattern)}, []string{strings.ToLower(host)})
	})
}
