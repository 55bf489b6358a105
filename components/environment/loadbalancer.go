package environment

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/problems"
)

// The load balancers that an Environment can have.
const (
	LoadBalancerPublic   = "public"   // internet-facing, in the public subnets
	LoadBalancerInternal = "internal" // with private addresses only, in the subnets of the tasks
)

// publicLabel is the label of the internet-facing load balancer. The label of the internal load balancer is
// LoadBalancerInternal.
const publicLabel = "alb"

// LoadBalancer is an application load balancer with its security group and its
// listeners, which answer 404 until a service adds its rule.
type LoadBalancer struct {
	// DNSName is the DNS name of the load balancer. It is the zero Output for a load balancer of Existing.
	DNSName pulumi.StringOutput `pulumi:"dnsName"`
	// ZoneID is the id of the hosted zone of DNSName. An alias record needs both. It is the zero Output for a load
	// balancer of another stack and of Existing; lb.GetHostedZoneId returns the id for the region.
	ZoneID pulumi.StringOutput `pulumi:"zoneId"`
	// SecurityGroupID is the id of the load balancer's security group, from which tasks accept traffic.
	SecurityGroupID pulumi.StringOutput `pulumi:"securityGroupId"`
	// Arn is the ARN of the load balancer.
	Arn pulumi.StringOutput `pulumi:"arn"`
	// ArnSuffix is the value of the LoadBalancer dimension of CloudWatch metrics.
	ArnSuffix pulumi.StringOutput `pulumi:"arnSuffix"`
	// ListenerArn is the ARN of the production listener.
	ListenerArn pulumi.StringOutput `pulumi:"listenerArn"`
	// TestListenerArn is the ARN of the test listener. It is the zero Output when there is no test listener.
	TestListenerArn pulumi.StringOutput `pulumi:"testListenerArn"`

	// ListenerPort is the port of the production listener.
	ListenerPort int
	// ServerName is the domain name by which clients verify the certificate of the listeners. It is empty for HTTP, and for
	// a certificate whose domain name is not configured.
	ServerName string

	label           string // part of the names of security group rules
	host            pulumi.StringOutput
	hasTestListener bool
	https           bool
	listenerArn     string // known only to a guest; otherwise empty
}

// HasTestListener reports whether the load balancer has a test listener.
func (b *LoadBalancer) HasTestListener() bool { return b.hasTestListener }

// HTTPS reports whether the listeners use HTTPS.
func (b *LoadBalancer) HTTPS() bool { return b.https }

// URL returns the URL of one of the listeners, without a path. The host is the domain name if it belongs to the load
// balancer, otherwise the DNS name. Do not call it for a load balancer of Existing, whose names are not known.
func (b *LoadBalancer) URL(port int) pulumi.StringOutput { return b.URLOf(b.host, port) }

// URLOf returns the URL of one of the listeners with another host, without a path.
func (b *LoadBalancer) URLOf(host pulumi.StringOutput, port int) pulumi.StringOutput {
	scheme, usual := "http", httpPort
	if b.https {
		scheme, usual = "https", httpsPort
	}
	if port == usual {
		return pulumi.Sprintf("%s://%s", scheme, host)
	}
	return pulumi.Sprintf("%s://%s:%d", scheme, host, port)
}

// Label returns the part of a security group rule's name that identifies the load balancer.
func (b *LoadBalancer) Label() string { return b.label }

func (b *LoadBalancer) outputs() pulumi.Map {
	outputs := pulumi.Map{
		"dnsName": b.DNSName, "arn": b.Arn, "arnSuffix": b.ArnSuffix, "securityGroupId": b.SecurityGroupID, "listenerArn": b.ListenerArn,
	}
	if b.ZoneID != (pulumi.StringOutput{}) {
		outputs["zoneId"] = b.ZoneID
	}
	if b.hasTestListener {
		outputs["testListenerArn"] = b.TestListenerArn
	}
	return outputs
}

// balancerPlan holds the settings that differ between the two load balancers of an environment.
type balancerPlan struct {
	name        string // of the load balancer and its security group
	label       string // part of the names of security group rules
	listeners   string // prefix of the names of the listeners
	description string
	subnets     pulumi.StringArrayInput
	internal    bool
	ingress     []string // networks that reach the production listener
	named       bool     // the domain name belongs to this load balancer
}

func publicBalancer(environment string, spec *Spec, subnets pulumi.StringArrayInput) balancerPlan {
	return balancerPlan{
		name: environment + "-alb", label: publicLabel, listeners: environment, description: "Load balancer of " + environment,
		subnets: subnets, ingress: spec.IngressCidrBlocks, named: spec.DomainName != "",
	}
}

// loadBalancers returns the load balancers of the environment by their kind.
func (e *Environment) loadBalancers() map[string]*LoadBalancer {
	all := map[string]*LoadBalancer{LoadBalancerPublic: e.Public, LoadBalancerInternal: e.Internal}
	maps.DeleteFunc(all, func(_ string, balancer *LoadBalancer) bool { return balancer == nil })
	return all
}

// internalBalancer returns the plan of the internal load balancer. No network reaches the production listener, unless
// newLoadBalancers adds networks for clients other than the API. The API component adds a security group rule for its
// VPC link.
func internalBalancer(environment string, subnets pulumi.StringArrayInput, named bool) balancerPlan {
	name := environment + internalSuffix
	return balancerPlan{
		name: name, label: LoadBalancerInternal, listeners: name, description: "Internal load balancer of " + environment,
		subnets: subnets, internal: true, named: named,
	}
}

// protectOption returns the option with which Pulumi refuses to delete or replace a resource while the load balancers
// have deletion protection. With the protection of AWS alone, the deletion would fail too late: after the services and
// the listeners are deleted, and with the listeners the rules of other stacks.
func (e *Environment) protectOption() pulumi.ResourceOption {
	return pulumi.Protect(*e.spec.DeletionProtection)
}

// newLoadBalancers creates the load balancers. The domain name belongs to the internet-facing load balancer, or to the
// internal one if there is no other.
func (e *Environment) newLoadBalancers(ctx *pulumi.Context, kinds []string, publicSubnetIDs pulumi.StringArrayInput) (err error) {
	public := slices.Contains(kinds, LoadBalancerPublic)
	if public {
		if e.Public, err = e.newLoadBalancer(ctx, publicBalancer(e.name, &e.spec, publicSubnetIDs)); err != nil {
			return err
		}
	}
	if !slices.Contains(kinds, LoadBalancerInternal) {
		return nil
	}
	plan := internalBalancer(e.name, e.TaskSubnetIDs, e.spec.DomainName != "" && !public)
	if e.internalClients {
		plan.ingress = e.spec.InternalIngress()
	}
	e.Internal, err = e.newLoadBalancer(ctx, plan)
	return err
}

func (e *Environment) newLoadBalancer(ctx *pulumi.Context, plan balancerPlan) (*LoadBalancer, error) {
	group, err := ec2.NewSecurityGroup(ctx, plan.name, &ec2.SecurityGroupArgs{
		Description: pulumi.String(plan.description),
		VpcId:       e.VpcID,
	}, pulumi.Parent(e))
	if err != nil {
		return nil, fmt.Errorf("creating security group %s: %w", plan.name, err)
	}
	b := &LoadBalancer{
		SecurityGroupID: group.ID().ToStringOutput(), ListenerPort: e.spec.ProductionPort(), ServerName: e.spec.DomainName,
		label: plan.label, hasTestListener: e.spec.TestListenerPort != 0, https: e.spec.HTTPS(),
	}
	args := &lb.LoadBalancerArgs{
		LoadBalancerType:         pulumi.String("application"),
		SecurityGroups:           pulumi.StringArray{b.SecurityGroupID},
		Subnets:                  plan.subnets,
		DropInvalidHeaderFields:  pulumi.Bool(true),
		DesyncMitigationMode:     pulumi.String(e.spec.DesyncMitigationMode),
		IdleTimeout:              pulumi.Int(e.spec.IdleTimeoutSeconds),
		EnableDeletionProtection: pulumi.Bool(*e.spec.DeletionProtection),
	}
	if plan.internal {
		args.Internal = pulumi.Bool(true)
	}
	options := []pulumi.ResourceOption{pulumi.Parent(e), e.protectOption()}
	if e.accessLogs != nil {
		args.AccessLogs = e.accessLogs.of(plan.label)
		options = append(options, pulumi.DependsOn(e.accessLogs.settings)) // AWS tries to write to the bucket at once
	}
	balancer, err := lb.NewLoadBalancer(ctx, plan.name, args, options...)
	if err != nil {
		return nil, fmt.Errorf("creating load balancer %s: %w", plan.name, err)
	}
	if err := e.associateWebACL(ctx, plan, balancer.Arn); err != nil {
		return nil, err
	}
	b.DNSName, b.Arn, b.ArnSuffix, b.ZoneID = balancer.DnsName, balancer.Arn, balancer.ArnSuffix, balancer.ZoneId
	b.host = b.DNSName
	if plan.named {
		b.host = pulumi.String(e.spec.DomainName).ToStringOutput()
	}
	if plan.named && e.spec.HostedZoneID != "" {
		if err := e.newAlias(ctx, e.name, b); err != nil {
			return nil, err
		}
	}
	return b, e.newListeners(ctx, plan, b)
}

// deriveArns sets Arn and ArnSuffix, which it derives from the ARN of the production listener.
func (b *LoadBalancer) deriveArns() {
	b.Arn = b.ListenerArn.ApplyT(balancerArn).(pulumi.StringOutput)
	b.ArnSuffix = b.Arn.ApplyT(func(arn string) string {
		_, suffix, _ := strings.Cut(arn, ":loadbalancer/")
		return suffix
	}).(pulumi.StringOutput)
}

// balancerArn returns the ARN of a listener's load balancer. The ARN of the listener contains the name and id of the
// load balancer, followed by the id of the listener.
func balancerArn(listener string) string {
	return path.Dir(strings.Replace(listener, ":listener/", ":loadbalancer/", 1))
}

// validateBalancer checks the attributes of the load balancers ("Application Load Balancers", User Guide for Application
// Load Balancers).
func (s *Spec) validateBalancer(prefix string, found *problems.List) {
	found.OneOf(prefix+"desyncMitigationMode", s.DesyncMitigationMode, "monitor", "defensive", "strictest")
	found.Between(prefix+"idleTimeoutSeconds", s.IdleTimeoutSeconds, 1, 4000)
	s.WafSpec.validate(prefix, found)
}

// Protected reports whether AWS and Pulumi refuse to delete the load balancers (ELB.6).
func (s *Spec) Protected(forceDestroy bool) bool {
	if s.DeletionProtection == nil {
		return !forceDestroy
	}
	return *s.DeletionProtection
}

// validateLoadBalancers checks the kinds of load balancers, and the settings that they require.
func validateLoadBalancers(balancers []string, name string, spec *Spec, found *problems.List) {
	for i, balancer := range balancers {
		found.OneOf(problems.Indexed("loadBalancers", i), balancer, LoadBalancerPublic, LoadBalancerInternal)
	}
	if slices.Contains(balancers, LoadBalancerInternal) {
		spec.ValidateInternal("", "name", name, found)
	}
	spec.ValidateTestIngress("", balancers, found)
}

// ValidateInternal checks the settings that an internal load balancer requires. name is the name of the environment,
// and nameKey is its key in the configuration.
func (s *Spec) ValidateInternal(prefix, nameKey, name string, found *problems.List) {
	if len(name) > maxInternalNameLength && len(name) <= maxNameLength { // ValidateName reports a longer name
		found.Add(nameKey, name, "1 to %d characters with a service on the internal load balancer, "+
			"which is named after it", maxInternalNameLength)
	}
	s.validateInternalSubnets(prefix, found)
}
