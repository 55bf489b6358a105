//go:build acceptance

package readback

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
)

// Additions returns what the tasks of a service have in addition to the container of a usual
// service: storage, secrets, limits, mounted volumes, sidecars and so on.
func Additions(t *testing.T, w *lab.Delivery) []string {
	t.Helper()
	revision := w.Revision()
	names := lab.EmptyBook(w.Name, w.Region)
	var lines []string
	if storage := revision.EphemeralStorage; storage != nil {
		lines = append(lines, fmt.Sprintf("%d GiB of storage", storage.SizeInGiB))
	}
	volumes := map[string]string{}
	for _, each := range revision.Volumes {
		volumes[aws.ToString(each.Name)] = seenVolume(each)
	}
	own := aws.ToString(w.Now().ServiceName) // the container of the application is named like the service
	for _, container := range revision.ContainerDefinitions {
		begin := aws.ToString(container.Name) + ": "
		if aws.ToString(container.Name) != own {
			lines = append(lines, begin+"runs "+aws.ToString(container.Image))
		}
		for _, line := range append(seenSettings(container), seenLogs(container)...) {
			lines = append(lines, begin+names.Plain(line))
		}
		for _, mount := range container.MountPoints {
			lines = append(lines, fmt.Sprintf("%smounts %s, read-only %t, from %s", begin, aws.ToString(mount.ContainerPath),
				aws.ToBool(mount.ReadOnly), volumes[aws.ToString(mount.SourceVolume)]))
		}
	}
	slices.Sort(lines)
	return lines
}

// seenVolume returns the kind of a volume of a task.
func seenVolume(volume types.Volume) string {
	efs := volume.EfsVolumeConfiguration
	if efs == nil {
		return "the task"
	}
	text := "EFS " + aws.ToString(efs.FileSystemId)
	if root := aws.ToString(efs.RootDirectory); root != "" && root != "/" { // "/" is the default
		text += root
	}
	text += fmt.Sprintf(", encrypted %s", efs.TransitEncryption)
	if access := efs.AuthorizationConfig; access != nil {
		text += fmt.Sprintf(", through %s, IAM %s", aws.ToString(access.AccessPointId), access.Iam)
	}
	return text
}

// seenSettings returns the optional settings of a container.
func seenSettings(container types.ContainerDefinition) []string {
	var lines []string
	if memory := aws.ToInt32(container.Memory); memory != 0 {
		lines = append(lines, fmt.Sprintf("%d MiB of memory", memory))
	}
	for _, each := range container.Secrets {
		lines = append(lines, fmt.Sprintf("secret %s from %s", aws.ToString(each.Name), aws.ToString(each.ValueFrom)))
	}
	for _, each := range container.DependsOn {
		lines = append(lines, fmt.Sprintf("waits until %s is %s", aws.ToString(each.ContainerName), each.Condition))
	}
	for _, each := range container.Ulimits {
		lines = append(lines, fmt.Sprintf("limit %s %d, hard limit %d", each.Name, each.SoftLimit, each.HardLimit))
	}
	if linux := container.LinuxParameters; linux != nil && aws.ToBool(linux.InitProcessEnabled) {
		lines = append(lines, "an init process")
	}
	if check := container.HealthCheck; check != nil {
		lines = append(lines, "health check "+strings.Join(check.Command, " "))
	}
	return lines
}

// seenLogs returns how a container writes or routes logs.
func seenLogs(container types.ContainerDefinition) []string {
	var lines []string
	if router := container.FirelensConfiguration; router != nil {
		lines = append(lines, fmt.Sprintf("routes logs by %s with %s", router.Type, seenOptions(router.Options)))
	}
	if log := container.LogConfiguration; log != nil {
		lines = append(lines, fmt.Sprintf("logs by %s with %s", log.LogDriver, seenOptions(log.Options)))
		for _, each := range log.SecretOptions {
			lines = append(lines, fmt.Sprintf("logs with secret %s from %s", aws.ToString(each.Name), aws.ToString(each.ValueFrom)))
		}
	}
	return lines
}

// seenOptions returns options as text, sorted.
func seenOptions(options map[string]string) string {
	var texts []string
	for _, name := range slices.Sorted(maps.Keys(options)) {
		texts = append(texts, name+"="+options[name])
	}
	return strings.Join(texts, " ")
}

// Sessions returns how ECS logs the sessions of ECS Exec in a service; "" if it allows no sessions.
func Sessions(t *testing.T, w *lab.Delivery) string {
	t.Helper()
	if !w.Now().EnableExecuteCommand {
		return ""
	}
	sessions := lab.ECSCluster(t, w.Stack).Configuration.ExecuteCommandConfiguration
	groups := lab.Ask(t, w.Logs.DescribeLogGroups, &cloudwatchlogs.DescribeLogGroupsInput{
		LogGroupNamePrefix: sessions.LogConfiguration.CloudWatchLogGroupName,
	}).LogGroups
	require.Len(t, groups, 1)
	return fmt.Sprintf("logging %s, encrypted log %t, with the key of the sessions %t", sessions.Logging,
		sessions.LogConfiguration.CloudWatchEncryptionEnabled,
		aws.ToString(sessions.KmsKeyId) != "" && aws.ToString(sessions.KmsKeyId) == aws.ToString(groups[0].KmsKeyId))
}
