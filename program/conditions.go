package program

import (
	"slices"
	"strings"

	"fargate-cd/components/apigateway"
	"fargate-cd/internal/problems"
)

// validateHosts checks the host names of a service against the API and the certificate of the stack.
func (c *Config) validateHosts(prefix string, service *Service, found *problems.List) {
	if service.API != nil {
		apigateway.ValidateHost(prefix+"hostHeaders", service.HostHeaders, found)
	}
	// The certificate that the stack requests is for the domain name only. The API verifies that name, whatever host a
	// request has.
	if c.DomainName == "" || problems.Given(c.CertificateArn) || service.Internal() && !service.InternalClients {
		return
	}
	for i, host := range service.HostHeaders {
		if !strings.EqualFold(host, c.DomainName) {
			found.Add(prefix+problems.Indexed("hostHeaders", i), host,
				"%s, the only name in the certificate of the stack; for other names set certificateArn", c.DomainName)
		}
	}
}

// pointsHosts reports whether a service has host names for which the user creates DNS records to its load balancer.
func (c *Config) pointsHosts() bool {
	hosts := func(port portOfService) bool { return len(port.HostHeaders) > 0 }
	for i := range c.Services {
		service := &c.Services[i]
		reached := !service.Internal() || service.InternalClients
		if reached && slices.ContainsFunc(service.perPort(), hosts) {
			return true
		}
	}
	return false
}

// validateProtocol reports a protocol of the tasks that no request to the service can have.
func (c *Config) validateProtocol(key string, service *Service, https bool, found *problems.List) {
	switch {
	case !service.NeedsHTTP2():
	case service.API != nil: // an HTTP API speaks HTTP/1.1 with the load balancer
		found.Add(key, service.ProtocolVersion, "HTTP1 behind the API, which forwards requests in HTTP/1.1")
	case !https:
		found.Add(key, service.ProtocolVersion, "HTTP1 without HTTPS: a load balancer accepts HTTP/2 and gRPC only by HTTPS; set domainName or certificateArn")
	}
}
