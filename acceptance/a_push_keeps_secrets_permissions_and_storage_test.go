//go:build acceptance

package acceptance

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
	"fargate-cd/acceptance/internal/readback"
)

// TestPushKeepsSecretsPermissionsAndStorage runs the story on a scaled ARM64 service on Fargate Spot, once deployed by ECS and once by CodeDeploy.
func TestPushKeepsSecretsPermissionsAndStorage(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		deployment map[string]any
		move       func(*lab.Delivery)
	}{
		"rolling":    {map[string]any{"strategy": "Rolling"}, movesByUp},
		"blue/green": {map[string]any{"strategy": "ECSAllAtOnce", "terminationWaitMinutes": 0}, movesByDeployment},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := lab.NewStack(t, "Pulumi.test.yaml", nil).Alone()
			service := d.Services()[0]
			service["build"], service["deployment"] = map[string]any{"architecture": "ARM64"}, test.deployment
			service["scaling"] = map[string]any{"minCapacity": 2, "maxCapacity": 5, "targetCpuPercent": 60}
			service["capacityProviderStrategy"] = []any{map[string]any{"capacityProvider": "FARGATE_SPOT", "weight": 1}}
			d.Up()
			w := lab.Follow(d, "welcomer", "welcomer")
			w.Arrives()
			w.SetCount(3)
			w.RequireStable()
			w.Chapter("a push keeps secrets, permissions and storage", pushKeepsSecretsPermissionsAndStorage(test.move))
			require.Equal(t, []string{"FARGATE_SPOT 0 1"}, w.Capacity())
			require.EqualValues(t, 3, w.Now().DesiredCount, "the number that scaling chose")
			require.Equal(t, types.CPUArchitectureArm64, w.Revision().RuntimePlatform.CpuArchitecture)
			d.End()
		})
	}
}

// The things of the user that the service gets. The emulator checks none of their ids.
const (
	policy      = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
	boundary    = "arn:aws:iam::aws:policy/AdministratorAccess"
	fileSystem  = "fs-0123456789abcdef0"
	accessPoint = "fsap-0123456789abcdef0"
	busybox     = "public.ecr.aws/docker/library/busybox:1.36"
)

// pushKeepsSecretsPermissionsAndStorage adds secrets, permissions, storage, a file system, a
// sidecar, a log router and ECS Exec to the service. The service keeps its image, and the
// next push keeps the additions. It then removes most of them again.
func pushKeepsSecretsPermissionsAndStorage(move func(*lab.Delivery)) func(*testing.T, *lab.Delivery) {
	return func(t *testing.T, w *lab.Delivery) {
		secret := w.MakeSecret("welcomer/database", `{"password": "p"}`) // ECS starts no task whose execution role may not read it
		mountTargets := w.MakeSecurityGroup("mount-targets")
		image, usual := w.Running(), readback.Additions(t, w)
		w.Config["permissionsBoundaryArn"] = boundary
		maps.Copy(w.Services()[0], additions(secret+":password::", mountTargets))
		move(w)
		w.Runs(image)
		want := seenAdditions(w, secret+":password::")
		require.Equal(t, want, readback.Additions(t, w))
		requirePermissions(t, w)
		require.Equal(t, []string{"in tcp 2049-2049 from welcomer-tasks"}, readback.Ingress(t, w.Stack, "mount-targets"))
		require.Equal(t, "logging OVERRIDE, encrypted log true, with the key of the sessions true", readback.Sessions(t, w))
		w.RequireStable()

		w.Change()
		pushed := w.Arrives()
		require.NotEqual(t, image, pushed)
		require.Equal(t, want, readback.Additions(t, w))
		w.RequireStable()

		service := w.Services()[0]
		for key := range additions("", "") {
			if key != "ephemeralStorageGiB" && key != "nofileLimit" {
				delete(service, key)
			}
		}
		move(w)
		w.Runs(pushed)
		w.RequireStable()
		want = append(usual, "30 GiB of storage", "welcomer: limit nofile 4096, hard limit 4096")
		require.ElementsMatch(t, want, readback.Additions(t, w))
		require.Empty(t, readback.Sessions(t, w))
	}
}

// additions returns the settings that the story adds to the service.
func additions(secret, mountTargets string) map[string]any {
	return map[string]any{
		"secrets":             map[string]any{"PASSWORD": secret},
		"taskRolePolicyArns":  []any{policy},
		"taskRoleStatements":  []any{map[string]any{"actions": []any{"sqs:SendMessage"}, "resources": []any{"*"}}},
		"writablePaths":       []any{"/tmp"},
		"ephemeralStorageGiB": 30, "nofileLimit": 4096, "initProcessEnabled": true,
		"sidecars": []any{map[string]any{
			"name": "agent", "image": busybox, "memory": 64, "secrets": map[string]any{"TOKEN": secret},
			"containerHealthCheck": map[string]any{"command": []any{"CMD", "/bin/true"}},
		}},
		"exec": true, "readonlyRootFilesystem": false,
		"dependsOn": []any{map[string]any{"containerName": "agent", "condition": "HEALTHY"}},
		"efsVolumes": []any{map[string]any{"fileSystemId": fileSystem, "accessPointId": accessPoint, "containerPath": "/data",
			"readOnly": true, "securityGroupId": mountTargets}},
		"logRouter": map[string]any{"options": map[string]any{"Name": "http", "Host": "logs.example.com"},
			"secretOptions": map[string]any{"Header": secret}},
	}
}

// seenAdditions returns the additions as AWS must show them.
func seenAdditions(w *lab.Delivery, secret string) []string {
	secret = lab.EmptyBook(w.Name, w.Region).Plain(secret)
	return []string{
		"30 GiB of storage",
		"agent: 64 MiB of memory",
		"agent: health check CMD /bin/true",
		"agent: logs by awslogs with awslogs-group=welcomer-logs awslogs-region=REGION awslogs-stream-prefix=agent",
		"agent: runs " + busybox,
		"agent: secret TOKEN from " + secret,
		"log_router: logs by awslogs with awslogs-group=welcomer-logs awslogs-region=REGION awslogs-stream-prefix=log_router",
		"log_router: routes logs by fluentbit with enable-ecs-log-metadata=true",
		"log_router: runs public.ecr.aws/aws-observability/aws-for-fluent-bit:3.4.16",
		"welcomer: an init process",
		"welcomer: limit nofile 4096, hard limit 4096",
		"welcomer: logs by awsfirelens with Host=logs.example.com Name=http",
		"welcomer: logs with secret Header from " + secret,
		"welcomer: mounts /data, read-only true, from EFS " + fileSystem + ", encrypted ENABLED, through " + accessPoint + ", IAM ENABLED",
		"welcomer: mounts /tmp, read-only false, from the task",
		"welcomer: secret PASSWORD from " + secret,
		"welcomer: waits until agent is HEALTHY",
	}
}

// requirePermissions requires that the boundary limits every role, and that only the task role
// has the additional permissions. The task role may mount the file system through its access
// point, but may not write to it.
func requirePermissions(t *testing.T, w *lab.Delivery) {
	t.Helper()
	for _, role := range lab.Roles(t, w.Stack) {
		name := lab.WithoutSuffix(*role.RoleName)
		permissions := readback.Permissions(t, w.Stack, name)
		require.Contains(t, permissions, "is bounded by "+boundary, name)
		if name != "welcomer-task" {
			require.NotContains(t, permissions, "has the policy "+policy, name)
			continue
		}
		ofExec := func(line string) bool {
			return strings.HasPrefix(line, "may ssmmessages:") || strings.HasPrefix(line, "may kms:") || strings.HasPrefix(line, "may logs:")
		}
		require.Equal(t, []string{
			"has the policy " + policy, "is bounded by " + boundary,
			"may elasticfilesystem:ClientMount on arn:aws:elasticfilesystem:REGION:ACCOUNT:file-system/" + fileSystem +
				" when elasticfilesystem:AccessPointArn StringEquals arn:aws:elasticfilesystem:REGION:ACCOUNT:access-point/" + accessPoint,
			"may sqs:SendMessage on *",
		}, slices.DeleteFunc(permissions, ofExec))
	}
}
