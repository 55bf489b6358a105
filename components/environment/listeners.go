package environment

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newListener creates a listener that answers 404, and opens its port to the given networks.
func (e *Environment) newListener(
	ctx *pulumi.Context, name string, b *LoadBalancer, balancerArn pulumi.StringInput, port int, ingress []string,
) (pulumi.StringOutput, error) {
	for _, block := range ingress {
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

// testIngress returns the networks that reach the test listener. Without configured
// networks it is the created network: only ports 80 and 443 may be open to all
// networks by default (EC2.18).
func (e *Environment) testIngress() []string {
	if len(e.spec.TestIngressCidrBlocks) > 0 {
		return e.spec.TestIngressCidrBlocks
	}
	return []string{e.spec.VpcCidrBlock}
}
