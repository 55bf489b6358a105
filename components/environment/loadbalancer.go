package environment

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
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
	DNSName pulumi.StringOutput
	// SecurityGroupID is the id of the load balancer's security group, from which tasks accept traffic.
	SecurityGroupID pulumi.StringOutput
	// Arn is the ARN of the load balancer.
	Arn pulumi.StringOutput
	// ArnSuffix is the name of the load balancer in the dimensions of CloudWatch metrics.
	ArnSuffix pulumi.StringOutput
	// ListenerArn is the ARN of the production listener.
	ListenerArn pulumi.StringOutput
	// TestListenerArn is the ARN of the test listener. It is the zero Output when there is no test listener.
	TestListenerArn pulumi.StringOutput

	// ListenerPort is the port of the production listener.
	ListenerPort int

	label           string // part of the names of security group rules
	hasTestListener bool
}

// HasTestListener reports whether the load balancer has a test listener.
func (b *LoadBalancer) HasTestListener() bool { return b.hasTestListener }

// Label returns the part of a security group rule's name that identifies the load balancer.
func (b *LoadBalancer) Label() string { return b.label }

func (b *LoadBalancer) outputs() pulumi.Map {
	outputs := pulumi.Map{
		"dnsName": b.DNSName, "arn": b.Arn, "arnSuffix": b.ArnSuffix, "securityGroupId": b.SecurityGroupID, "listenerArn": b.ListenerArn,
	}
	if b.hasTestListener {
		outputs["testListenerArn"] = b.TestListenerArn
	}
	return outputs
}

// balancerPlan holds the settings in which the two load balancers of an environment differ.
type balancerPlan struct {
	name        string // of the load balancer and its security group
	label       string // part of the names of security group rules
	listeners   string // prefix of the names of the listeners
	description string
	subnets     pulumi.StringArrayInput
	internal    bool
	ingress     []string // networks that reach the production listener
}

func publicBalancer(environment string, spec *Spec, subnets pulumi.StringArrayInput) balancerPlan {
	return balancerPlan{
		name: environment + "-alb", label: publicLabel, listeners: environment, description: "Load balancer of " + environment,
		subnets: subnets, ingress: spec.IngressCidrBlocks,
	}
}

// internalBalancer opens the production listener to no network. The API component
// adds a security group rule for its VPC link.
func internalBalancer(environment string, subnets pulumi.StringArrayInput) balancerPlan {
	name := environment + internalSuffix
	return balancerPlan{
		name: name, label: LoadBalancerInternal, listeners: name, description: "Internal load balancer of " + environment,
		subnets: subnets, internal: true,
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
		SecurityGroupID: group.ID().ToStringOutput(), ListenerPort: e.spec.ListenerPort,
		label: plan.label, hasTestListener: e.spec.TestListenerPort != 0,
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
	b.DNSName, b.Arn, b.ArnSuffix = balancer.DnsName, balancer.Arn, balancer.ArnSuffix
	b.ListenerArn, err = e.newListener(ctx, plan.listeners+"-production", b, balancer.Arn, e.spec.ListenerPort, plan.ingress)
	if err != nil || !b.hasTestListener {
		return b, err
	}
	b.TestListenerArn, err = e.newListener(ctx, plan.listeners+"-test", b, balancer.Arn, e.spec.TestListenerPort, e.testIngress())
	return b, err
}
