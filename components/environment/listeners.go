package environment

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/problems"
)

// tlsPolicy accepts TLS 1.3 and TLS 1.2, with forward secrecy and post-quantum key exchange. It is the default of the
// AWS console; other clients get a policy of 2016 by default ("Security policies for your Application Load Balancer",
// User Guide for Application Load Balancers).
const tlsPolicy = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"

// Default ports of the production listener. With HTTPS the internet-facing load balancer redirects requests on httpPort
// to the production listener.
const (
	httpPort  = 80
	httpsPort = 443
)

// HTTPS reports whether the listeners use HTTPS.
func (s *Spec) HTTPS() bool { return problems.Given(s.CertificateArn) || s.DomainName != "" }

// ProductionPort returns the port of the production listener.
func (s *Spec) ProductionPort() int {
	switch {
	case s.ListenerPort != 0:
		return s.ListenerPort
	case s.HTTPS():
		return httpsPort
	default:
		return httpPort
	}
}

// newListeners creates the production listener of a load balancer and, if it has one, the test listener. With HTTPS an
// internet-facing load balancer also redirects HTTP.
//
// CodeDeploy and the listener rules of services refer to the listeners. A stack that changes to HTTPS keeps its
// listeners, because ModifyListener changes protocol and port in place (Elastic Load Balancing API Reference).
func (e *Environment) newListeners(ctx *pulumi.Context, plan balancerPlan, b *LoadBalancer) error {
	production, open, err := e.newListener(ctx, plan.listeners+"-production", b, b.ListenerPort, plan.ingress)
	if err != nil {
		return err
	}
	b.ListenerArn = production.Arn
	if b.https && !plan.internal {
		if err := e.newRedirect(ctx, plan.listeners+"-redirect", b, plan.ingress, append(open, production)); err != nil {
			return err
		}
	}
	if !b.hasTestListener {
		return nil
	}
	test, _, err := e.newListener(ctx, plan.listeners+"-test", b, e.spec.TestListenerPort, e.spec.TestIngress())
	if err != nil {
		return err
	}
	b.TestListenerArn = test.Arn
	return nil
}

// newListener creates a listener that answers 404, and opens its port to the given
// networks. It returns the listener and the rules that open the port.
func (e *Environment) newListener(
	ctx *pulumi.Context, name string, b *LoadBalancer, port int, ingress []string,
) (*lb.Listener, []pulumi.Resource, error) {
	open, err := e.openPort(ctx, name, b, port, ingress)
	if err != nil {
		return nil, nil, err
	}
	args := &lb.ListenerArgs{
		LoadBalancerArn: b.Arn,
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
	}
	options := []pulumi.ResourceOption{pulumi.Parent(e), e.protectOption()}
	if b.https {
		args.Protocol = pulumi.String("HTTPS")
		args.SslPolicy = pulumi.String(tlsPolicy)
		args.CertificateArn = e.certificateArn
		options = append(options, pulumi.DependsOn(open)) // so that the new port is open before the listener moves to it
	}
	listener, err := lb.NewListener(ctx, name, args, options...)
	if err != nil {
		return nil, nil, fmt.Errorf("creating listener %s: %w", name, err)
	}
	return listener, open, nil
}

// newRedirect creates a listener that permanently redirects HTTP to the production listener (301). When an existing
// stack changes to HTTPS, the production listener and its security group rules leave port 80 first. The rules that open
// port 80 again are created last, after the redirect: a closed port drops connection attempts, which clients repeat
// after a second.
func (e *Environment) newRedirect(
	ctx *pulumi.Context, name string, b *LoadBalancer, ingress []string, after []pulumi.Resource,
) error {
	redirect, err := lb.NewListener(ctx, name, &lb.ListenerArgs{
		LoadBalancerArn: b.Arn,
		Port:            pulumi.Int(httpPort),
		Protocol:        pulumi.String("HTTP"),
		DefaultActions: lb.ListenerDefaultActionArray{lb.ListenerDefaultActionArgs{
			Type: pulumi.String("redirect"),
			Redirect: lb.ListenerDefaultActionRedirectArgs{
				Protocol:   pulumi.String("HTTPS"),
				Port:       pulumi.String(strconv.Itoa(b.ListenerPort)),
				StatusCode: pulumi.String("HTTP_301"),
			},
		}},
	}, pulumi.Parent(e), pulumi.DependsOn(after))
	if err != nil {
		return fmt.Errorf("creating listener %s: %w", name, err)
	}
	_, err = e.openPort(ctx, name, b, httpPort, ingress, pulumi.DependsOn([]pulumi.Resource{redirect}))
	return err
}

// openPort opens a port of a load balancer to the given networks.
func (e *Environment) openPort(
	ctx *pulumi.Context, listener string, b *LoadBalancer, port int, ingress []string, options ...pulumi.ResourceOption,
) ([]pulumi.Resource, error) {
	var open []pulumi.Resource
	for _, block := range ingress {
		rule, err := vpc.NewSecurityGroupIngressRule(ctx, fmt.Sprintf("%s-%s", listener, block), &vpc.SecurityGroupIngressRuleArgs{
			SecurityGroupId: b.SecurityGroupID,
			Description:     pulumi.Sprintf("%s to the %s listener", block, listener),
			IpProtocol:      pulumi.String("tcp"),
			FromPort:        pulumi.Int(port),
			ToPort:          pulumi.Int(port),
			CidrIpv4:        pulumi.String(block),
		}, append(options, pulumi.Parent(e))...)
		if err != nil {
			return nil, fmt.Errorf("opening listener %s: %w", listener, err)
		}
		open = append(open, rule)
	}
	return open, nil
}

// TestIngress returns the networks that can reach the test listener. Without configured networks, this is the range of
// the created network: only ports 80 and 443 may be open to all networks by default (EC2.18).
func (s *Spec) TestIngress() []string {
	if len(s.TestIngressCidrBlocks) > 0 {
		return s.TestIngressCidrBlocks
	}
	return []string{s.VpcCidrBlock}
}

// ValidateTestIngress reports a test listener without testIngressCidrBlocks, unless the range of the created network is
// a useful default. It is not useful for an internet-facing load balancer, whose name resolves to public addresses even
// for clients in its VPC ("How Elastic Load Balancing works", Elastic Load Balancing User Guide). The test listener
// must not be open to all networks by default either (EC2.18), and the program does not know the range of an existing
// VPC.
func (s *Spec) ValidateTestIngress(prefix string, balancers []string, found *problems.List) {
	if s.TestListenerPort == 0 || len(s.TestIngressCidrBlocks) > 0 || len(balancers) == 0 {
		return
	}
	if slices.Contains(balancers, LoadBalancerPublic) {
		found.Missing(prefix+"testIngressCidrBlocks",
			"with testListenerPort, the public networks that reach the test listener, such as 203.0.113.0/24")
	} else if s.existingVpc() {
		found.Missing(prefix+"testIngressCidrBlocks", "with testListenerPort and vpcId, the networks that reach the test listener")
	}
}

// validateListeners checks the ports of the listeners and the networks that reach them.
func (s *Spec) validateListeners(prefix string, found *problems.List) {
	found.Between(prefix+"listenerPort", s.ProductionPort(), 1, 65535)
	found.CidrBlocks(prefix+"ingressCidrBlocks", s.IngressCidrBlocks)
	found.CidrBlocks(prefix+"testIngressCidrBlocks", s.TestIngressCidrBlocks)
	found.CidrBlocks(prefix+"internalIngressCidrBlocks", s.InternalIngressCidrBlocks)
	if s.TestListenerPort == 0 {
		if len(s.TestIngressCidrBlocks) > 0 {
			found.Add(prefix+"testIngressCidrBlocks", s.TestIngressCidrBlocks, "it requires testListenerPort")
		}
		return
	}
	found.Between(prefix+"testListenerPort", s.TestListenerPort, 1, 65535)
	if s.TestListenerPort == s.ProductionPort() {
		found.Add(prefix+"testListenerPort", s.TestListenerPort, "a port other than listenerPort")
	}
}
