//go:build acceptance

package readback

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
)

// taskDefinitions returns the revisions that the services run.
func (s System) taskDefinitions() []string {
	var lines []string
	for _, each := range s.Services {
		lines = append(lines,
			fmt.Sprintf("%s: %s CPU, %s MiB, awsvpc on FARGATE, X86_64 LINUX, started by arn:aws:iam::ACCOUNT:role/%s-execution, "+
				"acts as arn:aws:iam::ACCOUNT:role/%s-task", each.Name, each.CPU, each.Memory, each.Name, each.Name),
			fmt.Sprintf("%s container %s: essential true, image %s, user %s, read-only %t, ends within 30 s, ports %d/tcp",
				each.Name, each.Name, each.Image, each.User, !each.Writable, each.Port),
			fmt.Sprintf("%s container %s: logs by awslogs to %s-logs in REGION", each.Name, each.Name, each.Name),
		)
		for name, value := range each.Environment {
			lines = append(lines, fmt.Sprintf("%s container %s: %s=%s", each.Name, each.Name, name, value))
		}
	}
	return lines
}

func seenTaskDefinitions(t *testing.T, d *lab.Stack, _ *lab.Book) []string {
	var lines []string
	for _, service := range lab.ECSServices(t, d) {
		name := aws.ToString(service.ServiceName)
		task := lab.TaskDefinition(t, d, service)
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
