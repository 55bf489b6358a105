package fargateservice

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

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

// Default timeouts of the proxy, in seconds (TimeoutConfiguration, Amazon ECS API Reference). The default of
// perRequestTimeoutSeconds must be the same.
const (
	defaultRequestTimeout = 15
	defaultIdleTimeout    = 300 // for protocols other than tcp
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
		found.Conflict(prefix+"serviceConnect", "it cannot be combined with schedule: only tasks that an ECS service has started have a proxy")
	}
	prefix += "serviceConnect."
	found.OneOf(prefix+"appProtocol", connect.AppProtocol, "http", "http2", "grpc", protocolTCP)
	found.Between(prefix+"perRequestTimeoutSeconds", *connect.PerRequestTimeoutSeconds, 0, math.MaxInt32)
	if connect.AppProtocol == protocolTCP && connect.timeout() != nil {
		found.Add(prefix+"perRequestTimeoutSeconds", *connect.PerRequestTimeoutSeconds, "%d with the appProtocol tcp, which has no requests", defaultRequestTimeout)
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

// validateConnectArgs checks that the environment has a namespace, and that connectsTo names servers with a clientAlias.
// The program checks the names first, because it knows all services of the stack file: it lists the valid names, and
// reports cycles.
func (a *Args) validateConnectArgs(found *problems.List) {
	if a.ServiceConnect == nil {
		return
	}
	if a.Environment.Namespace() == nil {
		found.Conflict("serviceConnect", "it requires an environment with a namespace")
	}
	names := a.ServiceConnect.ConnectsTo
	for i, server := range a.connected() {
		if server == nil || !server.spec.ServiceConnect.serves() || slices.Contains(names[:i], names[i]) {
			found.Add(problems.Indexed("serviceConnect.connectsTo", i), names[i], "the name of a service in servers that has a serviceConnect.clientAlias, each only once")
		}
	}
}

// connected returns the servers that connectsTo names, in its order. A server that is missing is nil.
func (a *Args) connected() []*FargateService {
	if a.ServiceConnect == nil {
		return nil
	}
	var connected []*FargateService
	for _, name := range a.ServiceConnect.ConnectsTo {
		var server *FargateService
		if i := slices.IndexFunc(a.Servers, func(s *FargateService) bool { return s.name == name }); i >= 0 {
			server = a.Servers[i]
		}
		connected = append(connected, server)
	}
	return connected
}

// checkConnect returns an error if the update changes the appProtocol of a service that other services reach. The
// protocol is "immutable in a Service Connect service" (PortMapping, Amazon ECS API Reference).
func (s *FargateService) checkConnect() error {
	if s.running == nil || !s.spec.ServiceConnect.serves() {
		return nil
	}
	current := s.running.labels[connectLabel]
	if current == "" || current == s.spec.ServiceConnect.AppProtocol {
		return nil
	}
	var found problems.List
	found.Add("service "+s.name+": serviceConnect.appProtocol", s.spec.ServiceConnect.AppProtocol,
		"%s, which the running service has; to change the protocol, %s", current, s.spec.otherService())
	return found.Err()
}

// serves reports whether other services can connect to this one.
func (c *ServiceConnectSpec) serves() bool { return c != nil && c.ClientAlias != "" }

// timeout returns the timeout of a request in seconds; nil for the default. The program does not send the default to
// ECS, so that services of earlier versions stay unchanged.
func (c *ServiceConnectSpec) timeout() *int {
	if c.PerRequestTimeoutSeconds == nil || *c.PerRequestTimeoutSeconds == defaultRequestTimeout {
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

// namePort sets the name and the protocol with which Service Connect finds the port, if the service has a clientAlias.
func (c *ServiceConnectSpec) namePort(service string, port *portMapping) {
	if !c.serves() {
		return
	}
	port.Name = service
	if c.AppProtocol != protocolTCP {
		port.AppProtocol = c.AppProtocol
	}
}

// proxyLogPrefix is the prefix of the proxies' log stream names.
const proxyLogPrefix = "service-connect"

// connectArgs returns the Service Connect configuration of the service; nil for none. It sets each property that ECS
// would otherwise fill in, so that the provider sees no difference.
func (s *FargateService) connectArgs() ecs.ServiceServiceConnectConfigurationPtrInput {
	connect := s.spec.ServiceConnect
	if connect == nil {
		return nil
	}
	options := pulumi.StringMap{
		"awslogs-group": s.LogGroupName, "awslogs-region": s.environment.Account.Region,
		"awslogs-stream-prefix": pulumi.String(proxyLogPrefix),
	}
	args := ecs.ServiceServiceConnectConfigurationArgs{
		Enabled: pulumi.Bool(true), Namespace: s.environment.Namespace().ToStringOutput().ToStringPtrOutput(),
		LogConfiguration: ecs.ServiceServiceConnectConfigurationLogConfigurationArgs{LogDriver: pulumi.String("awslogs"), Options: options},
	}
	if connect.serves() {
		name, port := connect.alias()
		service := ecs.ServiceServiceConnectConfigurationServiceArgs{
			PortName: pulumi.String(s.name), DiscoveryName: pulumi.String(s.name),
			ClientAlias: ecs.ServiceServiceConnectConfigurationServiceClientAliasArray{
				ecs.ServiceServiceConnectConfigurationServiceClientAliasArgs{DnsName: pulumi.String(name), Port: pulumi.Int(port)},
			},
		}
		if timeout := connect.timeout(); timeout != nil { // both, because the provider would send a missing one as 0, which means no timeout
			service.Timeout = ecs.ServiceServiceConnectConfigurationServiceTimeoutArgs{
				PerRequestTimeoutSeconds: pulumi.Int(*timeout), IdleTimeoutSeconds: pulumi.Int(defaultIdleTimeout),
			}
		}
		args.Services = ecs.ServiceServiceConnectConfigurationServiceArray{service}
	}
	return args
}

// connectConfiguration returns the same configuration as connectArgs for a call of the ECS API; disabled for none.
func (s *FargateService) connectConfiguration(namespace, logGroup, region string) *types.ServiceConnectConfiguration {
	connect := s.spec.ServiceConnect
	if connect == nil {
		return &types.ServiceConnectConfiguration{Enabled: false}
	}
	log := logConfiguration(logGroup, region, proxyLogPrefix)
	out := &types.ServiceConnectConfiguration{
		Enabled: true, Namespace: &namespace,
		LogConfiguration: &types.LogConfiguration{LogDriver: types.LogDriver(log.LogDriver), Options: log.Options},
	}
	if connect.serves() {
		name, port := connect.alias()
		service := types.ServiceConnectService{
			PortName: &s.name, DiscoveryName: &s.name,
			ClientAliases: []types.ServiceConnectClientAlias{{DnsName: &name, Port: aws.Int32(int32(port))}},
		}
		if timeout := connect.timeout(); timeout != nil {
			service.Timeout = &types.TimeoutConfiguration{
				PerRequestTimeoutSeconds: aws.Int32(int32(*timeout)), IdleTimeoutSeconds: aws.Int32(defaultIdleTimeout),
			}
		}
		out.Services = []types.ServiceConnectService{service}
	}
	return out
}

// summarizeConnect returns the addresses and timeouts of a configuration as a text, for comparisons; empty for none.
func summarizeConnect(configuration *types.ServiceConnectConfiguration) string {
	if configuration == nil || !configuration.Enabled {
		return ""
	}
	parts := []string{"client"}
	for _, service := range configuration.Services {
		for _, alias := range service.ClientAliases {
			part := fmt.Sprintf("%s %s:%d", aws.ToString(service.PortName), aws.ToString(alias.DnsName), aws.ToInt32(alias.Port))
			if service.Timeout != nil && service.Timeout.PerRequestTimeoutSeconds != nil {
				part += fmt.Sprintf(" within %d s", *service.Timeout.PerRequestTimeoutSeconds)
			}
			parts = append(parts, part)
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// restoreConnect sets the Service Connect configuration of a rolling service if the service lacks it after an update
// with a new revision. When ECS rolls a deployment back, it also restores the earlier configuration. But the Pulumi
// state holds the new one, so the provider does not send it again with the next revision, and UpdateService without a
// configuration keeps the current one (UpdateService, Amazon ECS API Reference).
func (s *FargateService) restoreConnect(ctx context.Context, now *running, wanted *types.ServiceConnectConfiguration) error {
	if s.running == nil || s.changesController() || s.keepsRevision() || now == nil || now.connect == summarizeConnect(wanted) {
		return nil
	}
	cluster := s.environment.Cluster()
	input := &awsecs.UpdateServiceInput{Cluster: &cluster, Service: &s.name, ServiceConnectConfiguration: wanted}
	if _, err := s.environment.ECS().UpdateService(ctx, input); err != nil {
		return fmt.Errorf("setting Service Connect of service %s: %w", s.name, err)
	}
	return nil
}

// reachServers allows connections from the tasks to the tasks of the services in connectsTo. It returns the security
// group rules and the ECS services of connectsTo, which must exist before the tasks start. The proxy of the client
// connects to the proxy of the server on the container's port ("Amazon ECS Service Connect components", Amazon ECS
// Developer Guide). The name of a rule contains its port, so that a port change creates the new rule before it deletes
// the old one.
func (s *FargateService) reachServers(ctx *pulumi.Context) ([]pulumi.Resource, error) {
	var rules []pulumi.Resource
	for _, server := range s.servers {
		port := server.spec.ContainerPort
		name := fmt.Sprintf("%s-to-%s-%d", s.name, server.name, port)
		reach, err := s.reach(ctx, name, server.SecurityGroupID, port, "the tasks of "+server.name)
		if err != nil {
			return nil, err
		}
		rules = append(append(rules, reach...), server.service)
	}
	return rules, nil
}
