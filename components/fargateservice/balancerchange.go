package fargateservice

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// servesGreen reports whether the production traffic of a blue/green service goes to
// its green target group. It does after every second deployment.
func (s *FargateService) servesGreen() bool {
	return s.blueGreen && s.running != nil && strings.Contains(s.running.serving, ":targetgroup/"+s.name+"-green-")
}

// checkBalancer refuses to move a blue/green service to another load balancer
// while its green target group receives the traffic. The new listener rules would
// forward to the blue target group, which has no tasks.
func (s *FargateService) checkBalancer() error {
	if !s.servesGreen() {
		return nil
	}
	if current := s.running.labels[balancerLabel]; current == "" || current == s.balancer.Label() {
		return nil
	}
	return fmt.Errorf("service %s cannot move to another load balancer now: its green target group receives the traffic, and the "+
		"new listener rules would forward to its blue target group. Deploy once more, for example by a push, and run up again", s.name)
}

// gainsBalancer reports whether the update adds a load balancer to a running rolling service without one (a worker).
func (s *FargateService) gainsBalancer() bool {
	return !s.blueGreen && s.keepsService() && !s.running.balanced && !s.spec.Worker()
}

// addBalancer adds the target groups to the running service and returns the revision for the provider's update, which
// follows. ECS refuses a call that sets both the target groups and the grace period: it checks the grace period of the
// health checks against the load balancer that the service had before ("Health check grace period is only valid for
// services configured to use load balancers", aws-cloudformation/cloudformation-coverage-roadmap#1313). The tasks need
// the revision with the port, so this call sets it too. The rules and the target groups exist already, because the
// revision depends on them.
func (s *FargateService) addBalancer(
	ctx *pulumi.Context, revision *ecs.TaskDefinition, registrations ecs.ServiceLoadBalancerArray,
) pulumi.StringOutput {
	return pulumi.All(revision.Arn, registrations.ToServiceLoadBalancerArrayOutput()).ApplyT(func(known []any) (string, error) {
		arn := known[0].(string)
		return arn, s.registerTargets(ctx.Context(), arn, known[1].([]ecs.ServiceLoadBalancer))
	}).(pulumi.StringOutput)
}

func (s *FargateService) registerTargets(ctx context.Context, revision string, registrations []ecs.ServiceLoadBalancer) error {
	cluster := s.environment.Cluster()
	input := &awsecs.UpdateServiceInput{Cluster: &cluster, Service: &s.name}
	if !s.keepsRevision() {
		input.TaskDefinition = &revision
	}
	for _, each := range registrations {
		input.LoadBalancers = append(input.LoadBalancers, types.LoadBalancer{
			TargetGroupArn: each.TargetGroupArn, ContainerName: &each.ContainerName, ContainerPort: aws.Int32(int32(each.ContainerPort)),
		})
	}
	if _, err := s.environment.ECS().UpdateService(ctx, input); err != nil {
		return fmt.Errorf("adding a load balancer to service %s: %w", s.name, err)
	}
	return nil
}
