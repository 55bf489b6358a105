package fargateservice

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/deterministic"
	"fargate-cd/internal/problems"
)

// connectLabel is the docker label with the appProtocol of a service that other services reach through Service Connect.
const connectLabel = "fargate-cd.connect"

// proxyLogPrefix is the prefix of the proxies' log stream names.
const proxyLogPrefix = "service-connect"

// validateServers checks that Servers are the services of connectsTo, that each of them has a clientAlias, and that the
// environment has a namespace.
func (a *Args) validateServers(found *problems.List) {
	var names []string
	for _, server := range a.Servers {
		names = append(names, server.name)
		if !server.spec.ServiceConnect.serves() {
			found.Add("servers", server.name, "services with a serviceConnect.clientAlias")
		}
	}
	var wanted []string
	if a.ServiceConnect != nil {
		wanted = a.ServiceConnect.ConnectsTo
		if a.Environment.Namespace() == nil {
			found.Add("serviceConnect", "given", "it requires an environment with a namespace")
		}
	}
	if !slices.Equal(names, wanted) {
		found.Add("servers", names, "the services of serviceConnect.connectsTo, in the same order")
	}
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

// shape returns the fingerprint of the configured shape. It includes the addresses of the services in connectsTo,
// because the proxy of a task knows only the addresses that exist when the task starts.
func (s *FargateService) shape() string {
	shape := s.spec.shape(s.name)
	if len(s.servers) == 0 {
		return shape
	}
	var addresses []string
	for _, server := range s.servers {
		addresses = append(addresses, server.spec.ServiceConnect.ClientAlias)
	}
	return deterministic.Fingerprint(shape, addresses)
}

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
				PerRequestTimeoutSeconds: pulumi.Int(*timeout), IdleTimeoutSeconds: pulumi.Int(usualIdleTimeout),
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
				PerRequestTimeoutSeconds: aws.Int32(int32(*timeout)), IdleTimeoutSeconds: aws.Int32(usualIdleTimeout),
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
