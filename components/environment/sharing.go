package environment

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/problems"
)

// SharingSpec lets several stacks share one environment. The host creates the environment. The services of guests run
// in it.
type SharingSpec struct {
	// Stack is the stack whose environment the services of this stack use: its name in the same project, or
	// organization/project/stack. The keys of the network and of the load balancers are then set only in that stack. By
	// default the stack creates its own environment.
	Stack string `json:"stack"`
	// LoadBalancers are the load balancers that other stacks use: public, internal, or both. They exist even if no
	// service of this stack needs them, and with them this stack needs no services. By default other stacks cannot use
	// the environment.
	LoadBalancers []string `json:"loadBalancers"`
	// Exec allows exec in services of other stacks. It creates the KMS key and the log group of the sessions.
	Exec bool `json:"exec"`
	// EndpointServices are the AWS services that tasks of other stacks reach through interface endpoints, such as
	// secretsmanager and ssm. Only in a created network without internet access.
	EndpointServices []string `json:"endpointServices"`
}

// OutputName is the name of the host's stack output that its guests read.
const OutputName = "environment"

var (
	hostPattern            = regexp.MustCompile(`^(\w[\w.-]*/\w[\w.-]*/)?\w[\w.-]{0,99}$`)
	endpointServicePattern = regexp.MustCompile(`^[a-z][a-z0-9.-]{1,62}$`)
)

// Guest reports whether the services of the stack use the environment of another stack.
func (s *SharingSpec) Guest() bool { return s.Stack != "" }

// Host reports whether other stacks may use the environment of the stack.
func (s *SharingSpec) Host() bool { return s.Stack == "" && len(s.LoadBalancers) > 0 }

// Validate reports values that contradict each other, under keys that begin with the prefix. environment holds the
// settings of the stack's own environment.
func (s *SharingSpec) Validate(prefix, project, stack string, environment *Spec, found *problems.List) {
	if s.Guest() {
		found.Matches(prefix+"stack", s.Stack, hostPattern, "the name of a stack of this project, or organization/project/stack")
		if s.Stack == stack || strings.HasSuffix(s.Stack, "/"+project+"/"+stack) {
			found.Add(prefix+"stack", s.Stack, "another stack: this is the stack itself")
		}
		if len(s.LoadBalancers) > 0 {
			found.Add(prefix+"loadBalancers", s.LoadBalancers, "none with stack, whose load balancers the services use")
		}
		if s.Exec {
			found.Add(prefix+"exec", s.Exec, "it belongs to the stack %s", s.Stack)
		}
		if len(s.EndpointServices) > 0 {
			found.Add(prefix+"endpointServices", s.EndpointServices, "none with stack: they belong to the stack %s", s.Stack)
		}
		return
	}
	if (s.Exec || len(s.EndpointServices) > 0) && !s.Host() {
		found.Missing(prefix+"loadBalancers", "with exec or endpointServices, the load balancers that other stacks use: public, internal, or both")
	}
	for i, balancer := range s.LoadBalancers {
		key := prefix + problems.Indexed("loadBalancers", i)
		found.OneOf(key, balancer, LoadBalancerPublic, LoadBalancerInternal)
		if slices.Contains(s.LoadBalancers[:i], balancer) {
			found.Add(key, balancer, "each load balancer only once")
		}
	}
	for i, service := range s.EndpointServices {
		key := prefix + problems.Indexed("endpointServices", i)
		found.Matches(key, service, endpointServicePattern, "the end of the name of an interface endpoint, such as secretsmanager")
		if !environment.EndpointsOnly() {
			found.Add(key, service, "none in a network with internet access")
		}
	}
}

// shared is the value of the host's stack output. It holds everything that a guest needs of the host.
type shared struct {
	ClusterName   string   `json:"clusterName"`
	VpcID         string   `json:"vpcId"`
	TaskSubnetIDs []string `json:"taskSubnetIds"`
	// AssignPublicIP, NatGatewayStrategy and the settings of the listeners come from the Spec of the host.
	// NatGatewayStrategy is empty for an existing network.
	AssignPublicIP     bool   `json:"assignPublicIp"`
	NatGatewayStrategy string `json:"natGatewayStrategy"`
	CertificateArn     string `json:"certificateArn"`
	DomainName         string `json:"domainName"`
	ListenerPort       int    `json:"listenerPort"`
	TestListenerPort   int    `json:"testListenerPort"`
	// EndpointServices are the services with an interface endpoint, in addition to those that every task needs.
	EndpointServices []string        `json:"endpointServices"`
	Exec             *sharedExec     `json:"exec"`
	Public           *sharedBalancer `json:"public"`
	Internal         *sharedBalancer `json:"internal"`
	InternalClients  bool            `json:"internalClients"`
}

type sharedExec struct {
	KeyArn      string `json:"keyArn"`
	LogGroupArn string `json:"logGroupArn"`
}

type sharedBalancer struct {
	ListenerArn     string `json:"listenerArn"`
	TestListenerArn string `json:"testListenerArn"`
	SecurityGroupID string `json:"securityGroupId"`
	DNSName         string `json:"dnsName"`
	Host            string `json:"host"` // host name in the URLs of services
}

// Shared returns the value of the stack output OutputName, which guests read.
func (e *Environment) Shared() pulumi.Map {
	strategy := e.spec.NatGatewayStrategy
	if e.spec.existingVpc() {
		strategy = ""
	}
	certificate := e.spec.CertificateArn
	if !problems.Given(certificate) {
		certificate = pulumi.String("")
	}
	out := pulumi.Map{
		"clusterName": e.ClusterName, "vpcId": e.VpcID, "taskSubnetIds": e.TaskSubnetIDs,
		"assignPublicIp": pulumi.Bool(e.assignPublicIP), "natGatewayStrategy": pulumi.String(strategy),
		"certificateArn": certificate, "domainName": pulumi.String(e.spec.DomainName),
		"listenerPort": pulumi.Int(e.spec.ProductionPort()), "testListenerPort": pulumi.Int(e.spec.TestListenerPort),
		"endpointServices": pulumi.ToStringArray(e.endpointServices), "internalClients": pulumi.Bool(e.internalClients),
	}
	if e.exec != nil {
		out["exec"] = pulumi.Map{"keyArn": e.exec.KeyArn, "logGroupArn": e.exec.LogGroupArn}
	}
	for name, balancer := range e.loadBalancers() {
		out[name] = balancer.shared()
	}
	return out
}

func (b *LoadBalancer) shared() pulumi.Map {
	out := pulumi.Map{
		"listenerArn": b.ListenerArn, "securityGroupId": b.SecurityGroupID, "dnsName": b.DNSName, "host": b.host,
	}
	if b.hasTestListener {
		out["testListenerArn"] = b.TestListenerArn
	}
	return out
}
