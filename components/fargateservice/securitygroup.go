package fargateservice

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newSecurityGroup creates the security group of the tasks and its rules. It returns the resources that the service
// must wait for: the rules and the ECS services of connectsTo. The load balancer reaches the tasks on the container's
// ports, unless the service is a worker. Services that connect to this one add rules for themselves. The tasks reach
// only the configured ports, file systems and services. The name of a rule contains the load balancer and the port, so
// that a change of either creates the new rule before it deletes the old one.
func (s *FargateService) newSecurityGroup(ctx *pulumi.Context) ([]pulumi.Resource, error) {
	group, err := ec2.NewSecurityGroup(ctx, s.name+"-tasks", &ec2.SecurityGroupArgs{
		Description: pulumi.String("Tasks of " + s.name),
		VpcId:       s.environment.VpcID,
	}, pulumi.Parent(s))
	if err != nil {
		return nil, fmt.Errorf("creating security group: %w", err)
	}
	s.SecurityGroupID = group.ID().ToStringOutput()
	var rules []pulumi.Resource
	for _, port := range s.openPorts() {
		balancerRules, err := s.admitBalancer(ctx, port)
		if err != nil {
			return nil, err
		}
		rules = append(rules, balancerRules...)
	}
	for _, port := range s.spec.EgressPorts {
		rule, err := vpc.NewSecurityGroupEgressRule(ctx, fmt.Sprintf("%s-to-%d", s.name, port), &vpc.SecurityGroupEgressRuleArgs{
			SecurityGroupId: s.SecurityGroupID,
			Description:     pulumi.Sprintf("TCP %d to any network", port),
			CidrIpv4:        pulumi.String("0.0.0.0/0"),
			IpProtocol:      pulumi.String("tcp"),
			FromPort:        pulumi.Int(port),
			ToPort:          pulumi.Int(port),
		}, pulumi.Parent(s))
		if err != nil {
			return nil, fmt.Errorf("creating egress rule of the tasks for port %d: %w", port, err)
		}
		rules = append(rules, rule)
	}
	mounts, err := s.reachMountTargets(ctx)
	if err != nil {
		return nil, err
	}
	servers, err := s.reachServers(ctx)
	return slices.Concat(rules, mounts, servers), err
}

// admitBalancer allows connections from the load balancer to a port of the tasks. It
// adds a rule to each of the two security groups.
func (s *FargateService) admitBalancer(ctx *pulumi.Context, containerPort int) ([]pulumi.Resource, error) {
	port := pulumi.Int(containerPort)
	in, err := vpc.NewSecurityGroupIngressRule(ctx, fmt.Sprintf("%s-from-%s-%d", s.name, s.balancer.Label(), port), &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId:           s.SecurityGroupID,
		Description:               pulumi.String("Load balancer to the container port"),
		ReferencedSecurityGroupId: s.balancer.SecurityGroupID,
		IpProtocol:                pulumi.String("tcp"),
		FromPort:                  port,
		ToPort:                    port,
	}, pulumi.Parent(s))
	if err != nil {
		return nil, fmt.Errorf("creating ingress rule of the tasks: %w", err)
	}
	out, err := vpc.NewSecurityGroupEgressRule(ctx, fmt.Sprintf("%s-%s-to-%d", s.name, s.balancer.Label(), port), &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId:           s.balancer.SecurityGroupID,
		Description:               pulumi.String("To the tasks of " + s.name),
		ReferencedSecurityGroupId: s.SecurityGroupID,
		IpProtocol:                pulumi.String("tcp"),
		FromPort:                  port,
		ToPort:                    port,
	}, pulumi.Parent(s))
	if err != nil {
		return nil, fmt.Errorf("creating egress rule of the load balancer: %w", err)
	}
	return []pulumi.Resource{in, out}, nil
}

// reach allows connections from the tasks to another security group on a port. It adds a rule to each of the two
// groups. The parameter what describes the other group in texts.
func (s *FargateService) reach(ctx *pulumi.Context, name string, group pulumi.StringInput, port int, what string) ([]pulumi.Resource, error) {
	in, err := vpc.NewSecurityGroupIngressRule(ctx, name, &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId:           group,
		Description:               pulumi.String("Tasks of " + s.name),
		ReferencedSecurityGroupId: s.SecurityGroupID,
		IpProtocol:                pulumi.String("tcp"),
		FromPort:                  pulumi.Int(port),
		ToPort:                    pulumi.Int(port),
	}, pulumi.Parent(s))
	if err != nil {
		return nil, fmt.Errorf("creating ingress rule of %s: %w", what, err)
	}
	out, err := vpc.NewSecurityGroupEgressRule(ctx, name, &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId:           s.SecurityGroupID,
		Description:               pulumi.String("To " + what),
		ReferencedSecurityGroupId: group,
		IpProtocol:                pulumi.String("tcp"),
		FromPort:                  pulumi.Int(port),
		ToPort:                    pulumi.Int(port),
	}, pulumi.Parent(s))
	if err != nil {
		return nil, fmt.Errorf("creating egress rule of the tasks to %s: %w", what, err)
	}
	return []pulumi.Resource{in, out}, nil
}

// openPorts returns the ports on which the tasks accept connections from the load
// balancer. A blue/green deployment begins after the update. Until it is over, the old
// tasks need their old port.
func (s *FargateService) openPorts() []int {
	if s.spec.Worker() {
		return nil
	}
	ports := s.spec.ports()
	if s.blueGreen && s.running != nil {
		ports = append(ports, s.running.otherPorts(ports)...)
	}
	slices.Sort(ports)
	return ports
}
