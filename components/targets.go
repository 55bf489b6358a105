package components

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newSecurityGroup creates the group of the tasks: only the load balancer comes
// in, on the container's port, and only the configured ports lead out. Rules
// are named by their load balancer and port, so that a change of either creates
// the new rule before it deletes the old one.
func (s *FargateService) newSecurityGroup(ctx *pulumi.Context) ([]pulumi.Resource, error) {
	group, err := ec2.NewSecurityGroup(ctx, s.name+"-tasks", &ec2.SecurityGroupArgs{
		Description: pulumi.String("Tasks of " + s.name),
		VpcId:       s.environment.VpcID,
	}, pulumi.Parent(s))
	if err != nil {
		return nil, fmt.Errorf("creating security group: %w", err)
	}
	s.SecurityGroupID = group.ID().ToStringOutput()
	var reachable []pulumi.Resource
	for _, port := range s.openPorts() {
		rules, err := s.admitBalancer(ctx, port)
		if err != nil {
			return nil, err
		}
		reachable = append(reachable, rules...)
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
			return nil, fmt.Errorf("letting the tasks out on port %d: %w", port, err)
		}
		reachable = append(reachable, rule)
	}
	return reachable, nil
}

// admitBalancer opens a port of the tasks to the load balancer, on both sides.
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
		return nil, fmt.Errorf("admitting the load balancer: %w", err)
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
		return nil, fmt.Errorf("letting the load balancer out to the tasks: %w", err)
	}
	return []pulumi.Resource{in, out}, nil
}

// newTargets makes the target groups and attaches each to a listener by a
// rule: ECS refuses a service whose target group has no load balancer.
func (s *FargateService) newTargets(ctx *pulumi.Context) (*lb.TargetGroup, []pulumi.Resource, error) {
	blue, err := s.newTargetGroup(ctx, s.name+"-blue")
	if err != nil {
		return nil, nil, err
	}
	s.BlueTargetGroupName, s.BlueTargetGroupArnSuffix = blue.Name, blue.ArnSuffix
	production, err := s.newRule(ctx, s.name+"-production", s.balancer.ListenerArn, blue)
	if err != nil || !s.blueGreen {
		return blue, []pulumi.Resource{production}, err
	}
	green, err := s.newTargetGroup(ctx, s.name+"-green")
	if err != nil {
		return nil, nil, err
	}
	s.GreenTargetGroupName, s.GreenTargetGroupArnSuffix = green.Name, green.ArnSuffix
	if !s.balancer.HasTestListener() {
		return blue, []pulumi.Resource{production, green}, nil
	}
	// CodeDeploy points the test listener at the new tasks when a deployment begins. Until then it shows what serves:
	// a deployment fails where the primary task set's target group is not behind the listener ("Troubleshoot Amazon ECS
	// deployment issues", CodeDeploy User Guide).
	test, err := s.newRule(ctx, s.name+"-test", s.balancer.TestListenerArn, blue)
	return blue, []pulumi.Resource{production, test, green}, err
}

func (s *FargateService) newTargetGroup(ctx *pulumi.Context, name string) (*lb.TargetGroup, error) {
	check := s.spec.HealthCheck
	// The port of a group is only a default: ECS registers each task with its own port. Changing it would replace the
	// group, and the rule would forward to the new one before it has a task.
	ignored := []string{"port"}
	group, err := lb.NewTargetGroup(ctx, name, &lb.TargetGroupArgs{
		VpcId:                      s.environment.VpcID,
		TargetType:                 pulumi.String("ip"),
		Protocol:                   pulumi.String("HTTP"),
		Port:                       pulumi.Int(s.spec.ContainerPort),
		DeregistrationDelay:        pulumi.Int(*s.spec.DeregistrationDelaySeconds),
		LoadBalancingAlgorithmType: pulumi.String(s.spec.LoadBalancingAlgorithm),
		HealthCheck: lb.TargetGroupHealthCheckArgs{
			Path:               pulumi.String(check.Path),
			Protocol:           pulumi.String("HTTP"),
			Interval:           pulumi.Int(check.IntervalSeconds),
			Timeout:            pulumi.Int(check.TimeoutSeconds),
			HealthyThreshold:   pulumi.Int(check.HealthyThreshold),
			UnhealthyThreshold: pulumi.Int(check.UnhealthyThreshold),
			Matcher:            pulumi.String(check.Matcher),
		},
	}, pulumi.Parent(s), pulumi.IgnoreChanges(ignored))
	if err != nil {
		return nil, fmt.Errorf("creating target group %s: %w", name, err)
	}
	return group, nil
}

// newRule forwards the service's paths from a listener. From then on CodeDeploy
// moves the traffic of a blue/green service, so the rule's actions are its own.
//
// A service that changes its load balancer gets a rule on another listener. The old rule goes first: a target group
// is in use by one load balancer at a time (TargetGroupAssociationLimit, hashicorp/terraform-provider-aws#22005).
func (s *FargateService) newRule(
	ctx *pulumi.Context, name string, listenerArn pulumi.StringInput, group *lb.TargetGroup,
) (*lb.ListenerRule, error) {
	var ignored []string
	if s.blueGreen {
		ignored = []string{"actions"}
	}
	rule, err := lb.NewListenerRule(ctx, name, &lb.ListenerRuleArgs{
		ListenerArn: listenerArn,
		Priority:    pulumi.Int(s.spec.Priority),
		Conditions: lb.ListenerRuleConditionArray{lb.ListenerRuleConditionArgs{
			PathPattern: lb.ListenerRuleConditionPathPatternArgs{Values: pulumi.ToStringArray(s.spec.PathPatterns)},
		}},
		Actions: lb.ListenerRuleActionArray{lb.ListenerRuleActionArgs{
			Type:           pulumi.String("forward"),
			TargetGroupArn: group.Arn,
		}},
	}, pulumi.Parent(s), pulumi.IgnoreChanges(ignored), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return nil, fmt.Errorf("creating listener rule %s: %w", name, err)
	}
	return rule, nil
}
