//go:build acceptance

package acceptance

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/require"
)

func (d *deployed) cluster() *string { return aws.String("fargate-cd-" + d.name) }

// withTags asks for the tags too, so that no answer to the provider loses them (see lostTags).
var withTags = []types.ServiceField{types.ServiceFieldTags}

// services are those of the stack's cluster.
func services(t *testing.T, d *deployed) []types.Service {
	t.Helper()
	arns := ask(t, d.ecs.ListServices, &ecs.ListServicesInput{Cluster: d.cluster()}).ServiceArns
	require.NotEmpty(t, arns, "services of cluster %s", *d.cluster())
	return ask(t, d.ecs.DescribeServices, &ecs.DescribeServicesInput{Cluster: d.cluster(), Services: arns, Include: withTags}).Services
}

// taskDefinition is the revision that a service runs.
func taskDefinition(t *testing.T, d *deployed, s types.Service) *types.TaskDefinition {
	t.Helper()
	return ask(t, d.ecs.DescribeTaskDefinition, &ecs.DescribeTaskDefinitionInput{TaskDefinition: s.TaskDefinition}).TaskDefinition
}

// taskDefinitions are what the services run.
func (s system) taskDefinitions() []string {
	var lines []string
	for _, each := range s.services {
		lines = append(lines,
			fmt.Sprintf("%s: %s CPU, %s MiB, awsvpc on FARGATE, X86_64 LINUX, started by arn:aws:iam::ACCOUNT:role/%s-execution, "+
				"acts as arn:aws:iam::ACCOUNT:role/%s-task", each.name, each.cpu, each.memory, each.name, each.name),
			fmt.Sprintf("%s container %s: essential true, image %s, user %s, read-only %t, ends within 30 s, ports %d/tcp",
				each.name, each.name, each.image, each.user, !each.writable, each.port),
			fmt.Sprintf("%s container %s: logs by awslogs to %s-logs in REGION", each.name, each.name, each.name),
		)
		for name, value := range each.environment {
			lines = append(lines, fmt.Sprintf("%s container %s: %s=%s", each.name, each.name, name, value))
		}
	}
	return lines
}

func seenTaskDefinitions(t *testing.T, d *deployed, _ *book) []string {
	var lines []string
	for _, service := range services(t, d) {
		name := aws.ToString(service.ServiceName)
		task := taskDefinition(t, d, service)
		var launch []string
		for _, each := range task.RequiresCompatibilities {
			launch = append(launch, string(each))
		}
		require.NotNil(t, task.RuntimePlatform, "runtime platform of %s", name)
		lines = append(lines, fmt.Sprintf("%s: %s CPU, %s MiB, %s on %s, %s %s, started by %s, acts as %s", name, aws.ToString(task.Cpu),
			aws.ToString(task.Memory), task.NetworkMode, strings.Join(launch, " "), task.RuntimePlatform.CpuArchitecture,
			task.RuntimePlatform.OperatingSystemFamily, aws.ToString(task.ExecutionRoleArn), aws.ToString(task.TaskRoleArn)))
		for _, container := range task.ContainerDefinitions {
			lines = append(lines, seenContainer(name+" container "+aws.ToString(container.Name)+": ", container)...)
		}
	}
	return lines
}

func seenContainer(begin string, container types.ContainerDefinition) []string {
	var ports []string
	for _, port := range container.PortMappings {
		ports = append(ports, fmt.Sprintf("%d/%s", aws.ToInt32(port.ContainerPort), port.Protocol))
	}
	lines := []string{fmt.Sprintf("%sessential %t, image %s, user %s, read-only %t, ends within %d s, ports %s", begin,
		aws.ToBool(container.Essential), aws.ToString(container.Image), aws.ToString(container.User),
		aws.ToBool(container.ReadonlyRootFilesystem), aws.ToInt32(container.StopTimeout), strings.Join(ports, " "))}
	if log := container.LogConfiguration; log != nil {
		lines = append(lines, fmt.Sprintf("%slogs by %s to %s in %s", begin, log.LogDriver, log.Options["awslogs-group"], log.Options["awslogs-region"]))
	}
	for _, variable := range container.Environment {
		lines = append(lines, begin+aws.ToString(variable.Name)+"="+aws.ToString(variable.Value))
	}
	return lines
}

// ecsServices keep their tasks running: replaced by ECS within 100 and 200 % and
// with a way back, or by CodeDeploy.
func (s system) ecsServices() []string {
	subnets, public := "private-1 private-2", "DISABLED"
	if s.publicTasks {
		subnets, public = "public-1 public-2", "ENABLED"
	}
	var lines []string
	for _, each := range s.services {
		replaced := "ECS within 100 and 200 %, circuit breaker with rollback true"
		if each.blueGreen != nil {
			replaced = "CODE_DEPLOY"
		}
		lines = append(lines,
			fmt.Sprintf("%s: %d of %d tasks on FARGATE LATEST, replaced by %s, after 60 s of grace", each.name, each.tasks, each.tasks, replaced),
			fmt.Sprintf("%s: container %s:%d gets the traffic of %s-blue", each.name, each.name, each.port, each.name),
			fmt.Sprintf("%s: in %s, groups %s-tasks, public addresses %s", each.name, subnets, each.name, public),
		)
	}
	return lines
}

func seenServices(t *testing.T, d *deployed, names *book) []string {
	var lines []string
	for _, s := range services(t, d) {
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
		}
		lines = append(lines, fmt.Sprintf("%s%d of %d tasks on %s %s, replaced by %s, after %d s of grace", begin, s.RunningCount,
			s.DesiredCount, s.LaunchType, aws.ToString(s.PlatformVersion), replaced, aws.ToInt32(s.HealthCheckGracePeriodSeconds)))
		for _, balancer := range s.LoadBalancers {
			lines = append(lines, fmt.Sprintf("%scontainer %s:%d gets the traffic of %s", begin, aws.ToString(balancer.ContainerName),
				aws.ToInt32(balancer.ContainerPort), aws.ToString(balancer.TargetGroupArn)))
		}
		network := s.NetworkConfiguration.AwsvpcConfiguration
		lines = append(lines, fmt.Sprintf("%sin %s, groups %s, public addresses %s", begin, names.sorted(network.Subnets),
			strings.Join(network.SecurityGroups, " "), network.AssignPublicIp))
	}
	return lines
}
