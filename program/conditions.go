package program

import (
	"slices"

	"fargate-cd/components/apigateway"
	"fargate-cd/internal/problems"
)

// validateHosts checks the host names of a service against the API and the certificate of the stack.
func (c *Config) validateHosts(prefix string, service *Service, found *problems.List) {
	if service.API != nil {
		apigateway.ValidateHost(prefix+"hostHeaders", service.HostHeaders, found)
	}
	if !service.Internal() || service.InternalClients { // otherwise only the API reaches the service, which verifies the domain name
		service.ValidateHosts(prefix, &c.EnvironmentSpec, found)
	}
}

// pointsHosts reports whether a service has host names for which the user creates DNS records to its load balancer.
func (c *Config) pointsHosts() bool {
	hasHosts := func(port portView) bool { return len(port.HostHeaders) > 0 }
	for i := range c.Services {
		service := &c.Services[i]
		reached := !service.Internal() || service.InternalClients
		if reached && slices.ContainsFunc(service.portViews(), hasHosts) {
			return true
		}
	}
	return false
}

// validateProtocol reports a protocol of the tasks that no request to the service can have.
func (c *Config) validateProtocol(prefix string, service *Service, https bool, found *problems.List) {
	if service.API != nil && service.NeedsHTTP2() { // an HTTP API speaks HTTP/1.1 with the load balancer
		found.Add(prefix+"protocolVersion", service.ProtocolVersion, "HTTP1 behind the API, which forwards requests in HTTP/1.1")
		return
	}
	service.ValidateProtocol(prefix, https, found)
}
