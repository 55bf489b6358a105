//go:build acceptance

package readback

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"fargate-cd/acceptance/internal/lab"
)

// ecsServices returns the ECS services. ECS replaces the tasks, with 100 to 200 % of them
// running, and rolls a failed deployment back. With blue/green, CodeDeploy replaces the tasks.
func (s System) ecsServices() []string {
	public := "DISABLED"
	if s.PublicTasks {
		public = "ENABLED"
	}
	var lines []string
	for _, each := range s.Services {
		replaced := "ECS within 100 and 200 %, circuit breaker with rollback true"
		if each.BlueGreen != nil {
			replaced = "CODE_DEPLOY"
		}
		if len(each.Alarms) > 0 {
			replaced += ", rolled back on " + strings.Join(each.Alarms, " ")
		}
		lines = append(lines,
			fmt.Sprintf("%s: %d of %d tasks on FARGATE LATEST, replaced by %s, after 60 s of grace", each.Name, each.Tasks, each.Tasks, replaced),
			fmt.Sprintf("%s: container %s:%d gets the traffic of %s-blue", each.Name, each.Name, each.Port, each.Name),
			fmt.Sprintf("%s: in %s, groups %s-tasks, public addresses %s", each.Name, s.taskSubnets(), each.Name, public),
		)
	}
	return lines
}

func seenServices(t *testing.T, d *lab.Stack, names *lab.Book) []string {
	var lines []string
	for _, s := range lab.ECSServices(t, d) {
		begin := aws.ToString(s.ServiceName) + ": "
		replaced := "ECS"
		if s.DeploymentController != nil {
			replaced = string(s.DeploymentController.Type)
		}
		if replaced == "ECS" {
			limits := s.DeploymentConfiguration
			breaker := limits.DeploymentCircuitBreaker
			replaced = fmt.Sprintf("ECS within %d and %d %%, circuit breaker with rollback %t", aws.ToInt32(limits.MinimumHealthyPercent),
				aws.ToInt32(limits.MaximumPercent), breaker != nil && breaker.Enable && breaker.Rollback)
			if alarms := limits.Alarms; alarms != nil && alarms.Enable && alarms.Rollback {
				replaced += ", rolled back on " + names.Sorted(alarms.AlarmNames)
			}
		}
		lines = append(lines, fmt.Sprintf("%s%d of %d tasks on %s %s, replaced by %s, after %d s of grace", begin, s.RunningCount,
			s.DesiredCount, s.LaunchType, aws.ToString(s.PlatformVersion), replaced, aws.ToInt32(s.HealthCheckGracePeriodSeconds)))
		for _, balancer := range s.LoadBalancers {
			lines = append(lines, fmt.Sprintf("%scontainer %s:%d gets the traffic of %s", begin, aws.ToString(balancer.ContainerName),
				aws.ToInt32(balancer.ContainerPort), aws.ToString(balancer.TargetGroupArn)))
		}
		network := s.NetworkConfiguration.AwsvpcConfiguration
		lines = append(lines, fmt.Sprintf("%sin %s, groups %s, public addresses %s", begin, names.Sorted(network.Subnets),
			strings.Join(network.SecurityGroups, " "), network.AssignPublicIp))
	}
	return lines
}
