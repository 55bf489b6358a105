package program

import (
	"fmt"
	"slices"
	"strings"

	"fargate-cd/components/apigateway"
	"fargate-cd/internal/problems"
)

// portOfService is a view of a service with only one of its ports. key is the path of the port's keys in the
// configuration, relative to the service; empty for containerPort.
type portOfService struct {
	Service
	key string
}

// perPort returns the service once for each of its ports, containerPort first.
func (s *Service) perPort() []portOfService {
	out := []portOfService{{*s, ""}}
	for _, route := range s.AdditionalRoutes(s.Name) {
		port := portOfService{*s, route.Key}
		port.Name, port.Spec = route.Name, route.Spec
		out = append(out, port)
	}
	return out
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
		found.Add(key, service.PathPatterns, "other than those of service %s, whose rule has the same conditions and gets the same requests", other)
		return
	}
	o[condition] = service.Name
}

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
