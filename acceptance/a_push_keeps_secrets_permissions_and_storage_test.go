//go:build acceptance

package acceptance

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
)

// TestPushKeepsOptions runs the story on a scaled ARM64 service on Fargate Spot, once deployed by ECS and once by CodeDeploy.
func TestPushKeepsOptions(t *testing.T) {
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
			lab.Ask(t, w.ECS.UpdateService, &ecs.UpdateServiceInput{Cluster: w.Cluster(), Service: aws.String("welcomer"), DesiredCount: aws.Int32(3)})
			w.RequireStable()
			pushKeepsSecretsPermissionsAndStorage(t, w, test.move)
			require.Equal(t, []string{"FARGATE_SPOT 0 1"}, w.Capacity())
			require.EqualValues(t, 3, w.Now().DesiredCount, "the number that scaling chose")
			require.Equal(t, types.CPUArchitectureArm64, w.Revision().RuntimePlatform.CpuArchitecture)
			d.End()
		})
	}
}

// pushKeepsSecretsPermissionsAndStorage adds secrets, permissions, storage, a file system, a
// sidecar, a log router and ECS Exec to the service. The service keeps its image, and the
// next push keeps the additions. It then removes most of them again.
func pushKeepsSecretsPermissionsAndStorage(t *testing.T, w *lab.Delivery, move func(*lab.Delivery)) {
	const (
		policy   = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
		boundary = "arn:aws:iam::aws:policy/AdministratorAccess"
	)
	// ECS does not start a task if its execution role may not read the secret.
	secret := *lab.Ask(t, w.Secrets.CreateSecret, &secretsmanager.CreateSecretInput{
		Name: aws.String("welcomer/database"), SecretString: aws.String(`{"password": "p"}`),
	}).ARN
	defer func() {
		lab.Ask(t, w.Secrets.DeleteSecret, &secretsmanager.DeleteSecretInput{SecretId: &secret, ForceDeleteWithoutRecovery: aws.Bool(true)})
	}()
	mountTargets := securityGroup(t, w.Stack, "mount-targets")
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
	service["exec"], service["readonlyRootFilesystem"] = true, false
	service["dependsOn"] = []any{map[string]any{"containerName": "agent", "condition": "HEALTHY"}}
	service["efsVolumes"] = []any{map[string]any{"fileSystemId": fileSystem, "accessPointId": accessPoint, "containerPath": "/data",
		"readOnly": true, "securityGroupId": mountTargets}}
	service["logRouter"] = map[string]any{"options": map[string]any{"Name": "http", "Host": "logs.example.com"},
		"secretOptions": map[string]any{"Header": secret + ":password::"}}
	move(w)
	w.Runs(image)
	requireOptions := func() {
		revision := w.Revision()
		container := w.Container(revision, "welcomer")
		agent := w.Container(revision, "agent")
		require.Equal(t, "public.ecr.aws/docker/library/busybox:1.36", aws.ToString(agent.Image))
		require.Equal(t, []types.Secret{{Name: aws.String("TOKEN"), ValueFrom: aws.String(secret + ":password::")}}, agent.Secrets)
		require.EqualValues(t, 64, aws.ToInt32(agent.Memory))
		require.Equal(t, []string{"CMD", "/bin/true"}, agent.HealthCheck.Command)
		require.Equal(t, "agent", agent.LogConfiguration.Options["awslogs-stream-prefix"])
		require.Equal(t, []types.ContainerDependency{{ContainerName: aws.String("agent"), Condition: "HEALTHY"}}, container.DependsOn)
		require.Equal(t, []types.Secret{{Name: aws.String("PASSWORD"), ValueFrom: aws.String(secret + ":password::")}}, container.Secrets)
		require.Equal(t, []types.Ulimit{{Name: "nofile", SoftLimit: 4096, HardLimit: 4096}}, container.Ulimits)
		require.True(t, aws.ToBool(container.LinuxParameters.InitProcessEnabled))
		require.Len(t, container.MountPoints, 2)
		require.Equal(t, "/tmp", aws.ToString(container.MountPoints[0].ContainerPath))
		require.Equal(t, "/data", aws.ToString(container.MountPoints[1].ContainerPath))
		require.True(t, aws.ToBool(container.MountPoints[1].ReadOnly))
		require.Len(t, revision.Volumes, 2)
		volumes := map[string]*types.EFSVolumeConfiguration{}
		for _, volume := range revision.Volumes { // the provider may register them in another order
			volumes[aws.ToString(volume.Name)] = volume.EfsVolumeConfiguration
		}
		require.Contains(t, volumes, aws.ToString(container.MountPoints[0].SourceVolume))
		mounted := volumes[aws.ToString(container.MountPoints[1].SourceVolume)]
		require.NotNil(t, mounted)
		require.Contains(t, []string{"", "/"}, aws.ToString(mounted.RootDirectory))
		require.Equal(t, &types.EFSVolumeConfiguration{
			FileSystemId: aws.String(fileSystem), TransitEncryption: types.EFSTransitEncryptionEnabled, RootDirectory: mounted.RootDirectory,
			AuthorizationConfig: &types.EFSAuthorizationConfig{AccessPointId: aws.String(accessPoint), Iam: types.EFSAuthorizationConfigIAMEnabled},
		}, mounted)
		require.Equal(t, types.LogDriverAwsfirelens, container.LogConfiguration.LogDriver)
		require.Equal(t, map[string]string{"Name": "http", "Host": "logs.example.com"}, container.LogConfiguration.Options)
		require.Equal(t, []types.Secret{{Name: aws.String("Header"), ValueFrom: aws.String(secret + ":password::")}}, container.LogConfiguration.SecretOptions)
		router := w.Container(revision, "log_router")
		require.Equal(t, types.FirelensConfigurationTypeFluentbit, router.FirelensConfiguration.Type)
		require.Equal(t, "true", router.FirelensConfiguration.Options["enable-ecs-log-metadata"])
		require.Equal(t, agent.LogConfiguration.Options["awslogs-group"], router.LogConfiguration.Options["awslogs-group"])
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
	requireSessionsAreLogged(t, w)
	requireMayMount(t, w, mountTargets)
	w.RequireStable()

	w.Change()
	require.NotEqual(t, image, w.Arrives())
	requireOptions()
	w.RequireStable()
	image = w.Running()

	for _, key := range []string{"secrets", "sidecars", "dependsOn", "exec", "readonlyRootFilesystem", "efsVolumes", "logRouter"} {
		delete(w.Services()[0], key)
	}
	move(w)
	w.Runs(image)
	w.RequireStable()
	require.False(t, w.Now().EnableExecuteCommand)
	require.Len(t, w.Revision().ContainerDefinitions, 1)
	require.Empty(t, w.Revision().ContainerDefinitions[0].Secrets)
	lab.Ask(t, w.EC2.DeleteSecurityGroup, &ec2.DeleteSecurityGroupInput{GroupId: &mountTargets})
}

// The ids of an existing file system and its access point. The emulator does not check them.
const fileSystem, accessPoint = "fs-0123456789abcdef0", "fsap-0123456789abcdef0"

// securityGroup creates a security group in the VPC of a stack, as a user would, and returns its id.
func securityGroup(t *testing.T, d *lab.Stack, name string) string {
	t.Helper()
	vpcs := lab.Ask(t, d.EC2.DescribeVpcs, &ec2.DescribeVpcsInput{
		Filters: []ec2types.Filter{{Name: aws.String("tag:pulumi:stack"), Values: []string{d.Name}}},
	}).Vpcs
	require.Len(t, vpcs, 1)
	made := lab.Ask(t, d.EC2.CreateSecurityGroup, &ec2.CreateSecurityGroupInput{
		GroupName: &name, Description: aws.String("Mount targets"), VpcId: vpcs[0].VpcId,
	})
	return aws.ToString(made.GroupId)
}

// requireMayMount requires that the tasks reach the mount targets in a security group. It also requires that the task role
// may mount the file system through its access point, but may not write to it.
func requireMayMount(t *testing.T, w *lab.Delivery, group string) {
	t.Helper()
	groups := lab.Ask(t, w.EC2.DescribeSecurityGroups, &ec2.DescribeSecurityGroupsInput{GroupIds: []string{group}}).SecurityGroups
	require.Len(t, groups, 1)
	require.Len(t, groups[0].IpPermissions, 1)
	admitted := groups[0].IpPermissions[0]
	require.Equal(t, []int32{2049, 2049}, []int32{aws.ToInt32(admitted.FromPort), aws.ToInt32(admitted.ToPort)})
	require.Len(t, admitted.UserIdGroupPairs, 1)
	require.Equal(t, w.Now().NetworkConfiguration.AwsvpcConfiguration.SecurityGroups, []string{aws.ToString(admitted.UserIdGroupPairs[0].GroupId)})
	var found []string
	for _, role := range lab.Roles(t, w.Stack) {
		if lab.WithoutSuffix(aws.ToString(role.RoleName)) != "welcomer-task" {
			continue
		}
		for _, policy := range role.RolePolicyList {
			document, err := url.QueryUnescape(aws.ToString(policy.PolicyDocument))
			require.NoError(t, err)
			if strings.Contains(document, "elasticfilesystem:") {
				found = append(found, document)
			}
		}
	}
	require.Len(t, found, 1)
	require.Contains(t, found[0], fmt.Sprintf(`{"Action":["elasticfilesystem:ClientMount"],`+
		`"Condition":{"StringEquals":{"elasticfilesystem:AccessPointArn":"arn:aws:elasticfilesystem:%[1]s:%[2]s:access-point/%[4]s"}},`+
		`"Effect":"Allow","Resource":["arn:aws:elasticfilesystem:%[1]s:%[2]s:file-system/%[3]s"]}`,
		w.Region, lab.Account, fileSystem, accessPoint))
}

// requireSessionsAreLogged requires that ECS encrypts the sessions of ECS Exec with a key, and logs them to a log group that
// the same key encrypts.
func requireSessionsAreLogged(t *testing.T, w *lab.Delivery) {
	t.Helper()
	require.True(t, w.Now().EnableExecuteCommand)
	clusters := lab.Ask(t, w.ECS.DescribeClusters, &ecs.DescribeClustersInput{
		Clusters: []string{*w.Cluster()}, Include: []types.ClusterField{types.ClusterFieldConfigurations},
	}).Clusters
	require.Len(t, clusters, 1)
	sessions := clusters[0].Configuration.ExecuteCommandConfiguration
	require.Equal(t, types.ExecuteCommandLoggingOverride, sessions.Logging)
	require.True(t, sessions.LogConfiguration.CloudWatchEncryptionEnabled)
	groups := lab.Ask(t, w.Logs.DescribeLogGroups, &cloudwatchlogs.DescribeLogGroupsInput{
		LogGroupNamePrefix: sessions.LogConfiguration.CloudWatchLogGroupName,
	}).LogGroups
	require.Len(t, groups, 1)
	require.Equal(t, aws.ToString(sessions.KmsKeyId), aws.ToString(groups[0].KmsKeyId))
}
