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

// pushKeepsSecretsPermissionsAndStorage adds secrets, permissions and storage to the
// service. The running image stays, and the next push keeps what was added.
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
	w.Up()
	w.Runs(image)
	requireOptions := func() {
		revision := w.Revision()
		container := revision.ContainerDefinitions[0]
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

	delete(w.Services()[0], "secrets")
	w.Up()
	require.Empty(t, w.Revision().ContainerDefinitions[0].Secrets)
}
