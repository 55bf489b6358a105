package components

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/problems"
)

// The load balancers that an Environment can have.
const (
	LoadBalancerPublic   = "public"   // internet-facing, in the public subnets
	LoadBalancerInternal = "internal" // with private addresses only, in the subnets of the tasks
)

// LoadBalancer is an application load balancer with its security group and its
// listeners, which answer 404 until a service adds its rule.
type LoadBalancer struct {
	// DNSName is the name under which clients reach the load balancer.
	DNSName pulumi.StringOutput
	// SecurityGroupID is the group that tasks admit.
	SecurityGroupID pulumi.StringOutput
	// ArnSuffix is how CloudWatch's metrics name the load balancer.
	ArnSuffix pulumi.StringOutput
	// ListenerArn is the production listener.
	ListenerArn pulumi.StringOutput
	// TestListenerArn is the zero Output when there is no test listener.
	TestListenerArn pulumi.StringOutput

	label           string // in the names of rules between the load balancer and others
	hasTestListener bool
}

// HasTestListener reports whether the load balancer has a test listener.
func (b *LoadBalancer) HasTestListener() bool { return b.hasTestListener }

func (b *LoadBalancer) outputs() pulumi.Map {
	outputs := pulumi.Map{
		"dnsName": b.DNSName, "arnSuffix": b.ArnSuffix, "securityGroupId": b.SecurityGroupID, "listenerArn": b.ListenerArn,
	}
	if b.hasTestListener {
		outputs["testListenerArn"] = b.TestListenerArn
	}
	return outputs
}

// balancerPlan is what the two load balancers of an environment differ in.
type balancerPlan struct {
	name        string // of the load balancer and its security group
	label       string // in the names of rules between the load balancer and others
	listeners   string // begins the names of the listeners
	description string
	subnets     pulumi.StringArrayInput
	internal    bool
	from        []string // networks that reach the production listener
}

func publicBalancer(environment string, spec *EnvironmentSpec, subnets pulumi.StringArrayInput) balancerPlan {
	return balancerPlan{
		name: environment + "-alb", label: "alb", listeners: environment, description: "Load balancer of " + environment,
		subnets: subnets, from: spec.IngressCidrBlocks,
	}
}

// internalBalancer has a production listener that no network reaches: the API
// admits its VPC link.
func internalBalancer(environment string, subnets pulumi.StringArrayInput) balancerPlan {
	name := environment + internalSuffix
	return balancerPlan{
		name: name, label: LoadBalancerInternal, listeners: name, description: "Internal load balancer of " + environment,
		subnets: subnets, internal: true,
	}
}

// validateLoadBalancers notes what the load balancers of an environment cannot be made from.
func validateLoadBalancers(balancers []string, name string, spec *EnvironmentSpec, found *problems.List) {
	for i, balancer := range balancers {
		found.OneOf(problems.Indexed("loadBalancers", i), balancer, LoadBalancerPublic, LoadBalancerInternal)
	}
	if slices.Contains(balancers, LoadBalancerInternal) {
		spec.ValidateInternal("", "name", name, found)
	}
	spec.ValidateTestIngress("", balancers, found)
}

// ValidateTestIngress notes a test listener whose networks are not named, where
// the created network's own range is no default. It admits nobody to an
// internet-facing load balancer, whose name resolves to public addresses for
// clients in its VPC too ("How Elastic Load Balancing works", Elastic Load
// Balancing User Guide); the world is no default either (EC2.18). The range of
// a VPC that exists already is not known.
func (s *EnvironmentSpec) ValidateTestIngress(prefix string, balancers []string, found *problems.List) {
	if s.TestListenerPort == 0 || len(s.TestIngressCidrBlocks) > 0 {
		return
	}
	if slices.Contains(balancers, LoadBalancerPublic) {
		found.Missing(prefix+"testIngressCidrBlocks",
			"with testListenerPort, the public networks that reach the test listener, such as 203.0.113.0/24")
	} else if s.VpcID != "" {
		found.Missing(prefix+"testIngressCidrBlocks", "with testListenerPort and vpcId, the networks that reach the test listener")
	}
}

// ValidateInternal notes what an internal load balancer cannot be made from.
// The name is that of the environment, found at nameKey.
func (s *EnvironmentSpec) ValidateInternal(prefix, nameKey, name string, found *problems.List) {
	if len(name) > internalNameLength && len(name) <= environmentNameLength { // a longer one is a fault already
		found.Add(nameKey, name, "1 to %d characters with a service that only the API reaches: "+
			"the internal load balancer is named after it", internalNameLength)
	}
	if s.VpcID != "" && !s.AssignPublicIP && len(s.PrivateSubnetIDs) == 1 {
		found.Add(prefix+"privateSubnetIds", s.PrivateSubnetIDs,
			"with a service that only the API reaches two subnets or more, each in a zone of its own: the internal load balancer is in them")
	}
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
		SecurityGroupID: group.ID().ToStringOutput(), label: plan.label, hasTestListener: e.spec.TestListenerPort != 0,
	}
	args := &lb.LoadBalancerArgs{
		LoadBalancerType:         pulumi.String("application"),
		SecurityGroups:           pulumi.StringArray{b.SecurityGroupID},
		Subnets:                  plan.subnets,
		DropInvalidHeaderFields:  pulumi.Bool(true),
		EnableDeletionProtection: pulumi.Bool(e.spec.DeletionProtection),
	}
	if plan.internal {
		args.Internal = pulumi.Bool(true)
	}
	balancer, err := lb.NewLoadBalancer(ctx, plan.name, args, pulumi.Parent(e))
	if err != nil {
		return nil, fmt.Errorf("creating load balancer %s: %w", plan.name, err)
	}
	b.DNSName, b.ArnSuffix = balancer.DnsName, balancer.ArnSuffix
	b.ListenerArn, err = e.newListener(ctx, plan.listeners+"-production", b, balancer.Arn, e.spec.ListenerPort, plan.from)
	if err != nil || !b.hasTestListener {
		return b, err
	}
	b.TestListenerArn, err = e.newListener(ctx, plan.listeners+"-test", b, balancer.Arn, e.spec.TestListenerPort, e.testIngress())
	return b, err
}

// testIngress returns the networks that reach the test listener; a port other than
// 80 and 443 is never opened to the world unless the configuration says so (EC2.18).
func (e *Environment) testIngress() []string {
	if len(e.spec.TestIngressCidrBlocks) > 0 {
		return e.spec.TestIngressCidrBlocks
	}
	return []string{e.spec.VpcCidrBlock}
}

// newListener makes a listener that answers 404, and opens its port to the given networks.
func (e *Environment) newListener(
	ctx *pulumi.Context, name string, b *LoadBalancer, balancerArn pulumi.StringInput, port int, from []string,
) (pulumi.StringOutput, error) {
	for _, block := range from {
		_, err := vpc.NewSecurityGroupIngressRule(ctx, fmt.Sprintf("%s-%s", name, block), &vpc.SecurityGroupIngressRuleArgs{
			SecurityGroupId: b.SecurityGroupID,
			Description:     pulumi.Sprintf("%s to the %s listener", block, name),
			IpProtocol:      pulumi.String("tcp"),
			FromPort:        pulumi.Int(port),
			ToPort:          pulumi.Int(port),
			CidrIpv4:        pulumi.String(block),
		}, pulumi.Parent(e))
		if err != nil {
			return pulumi.StringOutput{}, fmt.Errorf("opening listener %s: %w", name, err)
		}
	}
	listener, err := lb.NewListener(ctx, name, &lb.ListenerArgs{
		LoadBalancerArn: balancerArn,
		Port:            pulumi.Int(port),
		Protocol:        pulumi.String("HTTP"),
		DefaultActions: lb.ListenerDefaultActionArray{lb.ListenerDefaultActionArgs{
			Type: pulumi.String("fixed-response"),
			FixedResponse: lb.ListenerDefaultActionFixedResponseArgs{
				ContentType: pulumi.String("text/plain"),
				MessageBody: pulumi.String("Not found"),
				StatusCode:  pulumi.String("404"),
			},
		}},
	}, pulumi.Parent(e))
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("creating listener %s: %w", name, err)
	}
	return listener.Arn, nil
}
