//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
)

// pushKeepsSecretsPermissionsAndStorage adds secrets, permissions, storage and a sidecar
// to the service. The running image stays, and the next push keeps what was added.
func pushKeepsSecretsPermissionsAndStorage(t *testing.T, w *lab.Delivery) {
	const (
		policy   = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
		boundary = "arn:aws:iam::aws:policy/AdministratorAccess"
	)
	// ECS starts no task whose execution role may not read the secret.
	secret := *lab.Ask(t, w.Secrets.CreateSecret, &secretsmanager.CreateSecretInput{
		Name: aws.String("welcomer/database"), SecretString: aws.String(`{"password": "p"}`),
	}).ARN
	defer func() {
		lab.Ask(t, w.Secrets.DeleteSecret, &secretsmanager.DeleteSecretInput{SecretId: &secret, ForceDeleteWithoutRecovery: aws.Bool(true)})
	}()
	image := w.Running()
	w.Config["permissionsBoundaryArn"] = boundary
	service := w.Services()[0]
	service["secrets"] = map[string]any{"PASSWORD": secret + ":password::"}
	service["taskRolePolicyArns"] = []any{policy}
	service["taskRoleStatements"] = []any{map[string]any{"actions": []any{"sqs:SendMessage"}, "resources": []any{"*"}}}
	service["writablePaths"] = []any{"/tmp"}
	service["ephemeralStorageGiB"], service["nofileLimit"], service["initProcessEnabled"] = 30, 4096, true
	service["sidecars"] = []any{map[string]any{
		"name": "agent", "image": "public.ecr.aws/docker/library/busybox:1.36", "memory": 64, "secrets": map[string]any{"TOKEN": secret + ":password::"},
		"containerHealthCheck": map[string]any{"command": []any{"CMD", "/bin/true"}},
	}}
	service["dependsOn"] = []any{map[string]any{"containerName": "agent", "condition": "HEALTHY"}}
	w.Up()
	w.Runs(image)
	requireOptions := func() {
		revision := w.Revision()
		container := w.Container(revision, "welcomer")
		agent := w.Container(revision, "agent")
		require.Equal(t, "public.ecr.aws/docker/library/busybox:1.36", aws.ToString(agent.Image))
		require.Equal(t, []types.Secret{{Name: aws.String("TOKEN"), ValueFrom: aws.String(secret + ":password::")}}, agent.Secrets)
		require.EqualValues(t, 64, aws.ToInt32(agent.Memory))
		require.Equal(t, []string{"CMD", "/bin/true"}, agent.HealthCheck.Command)
		require.Equal(t, container.LogConfiguration.Options["awslogs-group"], agent.LogConfiguration.Options["awslogs-group"])
		require.Equal(t, "agent", agent.LogConfiguration.Options["awslogs-stream-prefix"])
		require.Equal(t, []types.ContainerDependency{{ContainerName: aws.String("agent"), Condition: "HEALTHY"}}, container.DependsOn)
		require.Equal(t, []types.Secret{{Name: aws.String("PASSWORD"), ValueFrom: aws.String(secret + ":password::")}}, container.Secrets)
		require.Equal(t, []types.Ulimit{{Name: "nofile", SoftLimit: 4096, HardLimit: 4096}}, container.Ulimits)
		require.True(t, aws.ToBool(container.LinuxParameters.InitProcessEnabled))
		require.Len(t, container.MountPoints, 1)
		require.Equal(t, "/tmp", aws.ToString(container.MountPoints[0].ContainerPath))
		require.Len(t, revision.Volumes, 1)
		require.Equal(t, container.MountPoints[0].SourceVolume, revision.Volumes[0].Name)
		require.EqualValues(t, 30, revision.EphemeralStorage.SizeInGiB)
	}
	requireOptions()
	attached := map[string]string{}
	for _, role := range lab.Roles(t, w.Stack) {
		require.Equal(t, boundary, aws.ToString(role.PermissionsBoundary.PermissionsBoundaryArn), aws.ToString(role.RoleName))
		for _, each := range role.AttachedManagedPolicies {
			attached[lab.WithoutSuffix(aws.ToString(role.RoleName))] = aws.ToString(each.PolicyArn)
		}
	}
	require.Equal(t, map[string]string{"welcomer-task": policy}, attached)
	w.RequireStable()

	w.Change()
	require.NotEqual(t, image, w.Arrives())
	requireOptions()
	w.RequireUnchanged()
	image = w.Running()

	for _, key := range []string{"secrets", "sidecars", "dependsOn"} {
		delete(w.Services()[0], key)
	}
	w.Up()
	w.Runs(image)
	require.Len(t, w.Revision().ContainerDefinitions, 1)
	require.Empty(t, w.Revision().ContainerDefinitions[0].Secrets)
}
