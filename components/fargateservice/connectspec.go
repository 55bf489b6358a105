package fargateservice

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"fargate-cd/internal/problems"
)

// ConnectSpec holds the setting for connections between the services of a stack.
type ConnectSpec struct {
	// ServiceConnect connects the service with other services of the stack without a load balancer, as a server, a
	// client or both. Amazon ECS Service Connect runs a proxy in each task. It requires the strategy Rolling. A change
	// replaces the tasks but not the service. By default only the load balancer reaches the tasks.
	ServiceConnect *ServiceConnectSpec `json:"serviceConnect"`
}

// ServiceConnectSpec holds the settings of a service for Amazon ECS Service Connect. AWS recommends 256 more CPU units
// and 64 MiB more memory for each task with a proxy.
type ServiceConnectSpec struct {
	// ClientAlias is the address of the service for other services, as name:port, such as orders:8080. It must be
	// unique in the stack. By default no other service reaches this one.
	ClientAlias string `json:"clientAlias"`
	// AppProtocol is the protocol of containerPort: http, http2, grpc or tcp. It cannot change while the service has a
	// clientAlias.
	AppProtocol string `json:"appProtocol" default:"http"`
	// PerRequestTimeoutSeconds is the maximum time for the response to a request, in seconds. 0 means no limit, for
	// example for streams. It cannot be changed with the appProtocol tcp.
	PerRequestTimeoutSeconds *int `json:"perRequestTimeoutSeconds" default:"15"`
	// ConnectsTo are the names of the stack's services to which this one connects. Each of them must have a
	// clientAlias. An update changes them first, because a task sees only the addresses that exist when it starts.
	ConnectsTo []string `json:"connectsTo"`
}

// Default timeouts of the proxy, in seconds (TimeoutConfiguration, Amazon ECS API Reference).
const (
	usualRequestTimeout = 15
	usualIdleTimeout    = 300 // for protocols other than tcp
)

// protocolTCP is the default appProtocol of ECS.
const protocolTCP = "tcp"

// clientAliasPattern matches the name and the port of a ServiceConnectClientAlias in the Amazon ECS API Reference.
var clientAliasPattern = regexp.MustCompile(`^[a-z0-9_.][a-z0-9_.-]{0,126}:[1-9]\d{0,4}$`)

func (s *Spec) validateConnect(prefix string, found *problems.List) {
	connect := s.ServiceConnect
	if connect == nil {
		return
	}
	if s.Scheduled() {
		found.Add(prefix+"serviceConnect", "given", "it cannot be combined with schedule: only tasks that an ECS service has started have a proxy")
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

// serves reports whether other services can connect to this one.
func (c *ServiceConnectSpec) serves() bool { return c != nil && c.ClientAlias != "" }

// timeout returns the timeout of a request in seconds; nil for the default. The program does not send the default to
// ECS, so that services of earlier versions stay unchanged.
func (c *ServiceConnectSpec) timeout() *int {
	if c.PerRequestTimeoutSeconds == nil || *c.PerRequestTimeoutSeconds == usualRequestTimeout {
		return nil
	}
	return c.PerRequestTimeoutSeconds
}

// shape returns the values of Service Connect for the fingerprint of a revision.
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
