package fargateservice

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"fargate-cd/internal/problems"
)

// ConnectSpec is how the services of a stack reach each other.
type ConnectSpec struct {
	// ServiceConnect lets the tasks of the service reach tasks of other services of the stack, or be reached by them, without
	// a load balancer: by Amazon ECS Service Connect, with a proxy in each task. It requires the strategy Rolling. A change
	// replaces the tasks and not the service. By default only the load balancer reaches the tasks.
	ServiceConnect *ServiceConnectSpec `json:"serviceConnect"`
}

// ServiceConnectSpec is the part of a service in Amazon ECS Service Connect. AWS recommends 256 CPU units and 64 MiB more for
// each task with a proxy.
type ServiceConnectSpec struct {
	// ClientAlias is the address, as name:port, at which other services reach this one, such as orders:8080, unique in the
	// stack. By default no service reaches it.
	ClientAlias string `json:"clientAlias"`
	// AppProtocol is the protocol of containerPort: http, http2, grpc or tcp. It cannot change while the service has a
	// clientAlias.
	AppProtocol string `json:"appProtocol" default:"http"`
	// PerRequestTimeoutSeconds is how long a response to a request may take, in seconds; 0 for any time, such as for streams.
	// Not with the appProtocol tcp.
	PerRequestTimeoutSeconds *int `json:"perRequestTimeoutSeconds" default:"15"`
	// ConnectsTo are the services of the stack that this one reaches, by their names. They must have a clientAlias. An update
	// changes them first, because tasks see only what exists when they start.
	ConnectsTo []string `json:"connectsTo"`
}

// The timeouts of the proxy without others, in seconds (TimeoutConfiguration, Amazon ECS API Reference).
const (
	usualRequestTimeout = 15
	usualIdleTimeout    = 300 // for protocols other than tcp
)

// protocolTCP is the appProtocol that ECS assumes without one.
const protocolTCP = "tcp"

// clientAliasPattern is the name and the port of a ServiceConnectClientAlias in the Amazon ECS API Reference.
var clientAliasPattern = regexp.MustCompile(`^[a-z0-9_.][a-z0-9_.-]{0,126}:[1-9]\d{0,4}$`)

func (s *Spec) validateConnect(prefix string, found *problems.List) {
	connect := s.ServiceConnect
	if connect == nil {
		return
	}
	if s.Scheduled() {
		found.Add(prefix+"serviceConnect", "given", "nothing with schedule: only tasks that an ECS service has started have a proxy")
	}
	prefix += "serviceConnect."
	found.OneOf(prefix+"appProtocol", connect.AppProtocol, "http", "http2", "grpc", protocolTCP)
	found.Between(prefix+"perRequestTimeoutSeconds", *connect.PerRequestTimeoutSeconds, 0, math.MaxInt32)
	if connect.AppProtocol == protocolTCP && connect.timeout() != nil {
		found.Add(prefix+"perRequestTimeoutSeconds", *connect.PerRequestTimeoutSeconds, "%d with the appProtocol tcp, which has no requests", usualRequestTimeout)
	}
	if connect.ClientAlias == "" {
		if len(connect.ConnectsTo) == 0 {
			found.Missing(prefix+"clientAlias", "the address of the service, such as orders:8080, or services in connectsTo")
		}
		return
	}
	if _, port := connect.alias(); !clientAliasPattern.MatchString(connect.ClientAlias) || port > 65535 {
		found.Add(prefix+"clientAlias", connect.ClientAlias, "a name of up to 127 lower-case letters, digits, periods, hyphens and underscores, "+
			"a colon, and a port from 1 to 65535, such as orders:8080")
	}
}

// serves reports whether other services reach this one.
func (c *ServiceConnectSpec) serves() bool { return c != nil && c.ClientAlias != "" }

// timeout returns the timeout of a request in seconds, nil for the usual one. A service that does not set it has none in ECS, as
// services of earlier versions.
func (c *ServiceConnectSpec) timeout() *int {
	if c.PerRequestTimeoutSeconds == nil || *c.PerRequestTimeoutSeconds == usualRequestTimeout {
		return nil
	}
	return c.PerRequestTimeoutSeconds
}

// shape returns what the fingerprint of a revision has of Service Connect.
func (c *ServiceConnectSpec) shape() []any {
	values := []any{struct {
		ClientAlias string   `json:"clientAlias"`
		AppProtocol string   `json:"appProtocol"`
		ConnectsTo  []string `json:"connectsTo"`
	}{c.ClientAlias, c.AppProtocol, c.ConnectsTo}}
	if timeout := c.timeout(); timeout != nil {
		values = append(values, *timeout)
	}
	return values
}

// alias returns the name and the port of the clientAlias.
func (c *ServiceConnectSpec) alias() (name string, port int) {
	name, text, _ := strings.Cut(c.ClientAlias, ":")
	port, _ = strconv.Atoi(text) // validated before
	return name, port
}
