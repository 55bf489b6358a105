package fargateservice

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/policy"
)

// enabled is the value that turns on a property of an EFS volume.
const enabled = "ENABLED"

// efsVolume is an EFSVolumeConfiguration of the Amazon ECS API.
type efsVolume struct {
	FileSystemID        string            `json:"fileSystemId"`
	RootDirectory       string            `json:"rootDirectory,omitempty"`
	TransitEncryption   string            `json:"transitEncryption"`
	AuthorizationConfig *efsAuthorization `json:"authorizationConfig,omitempty"`
}

type efsAuthorization struct {
	AccessPointID string `json:"accessPointId"`
	IAM           string `json:"iam"`
}

func efsVolumeName(i int) string { return fmt.Sprintf("efs-%d", i) }

// addEFSMounts adds the mount points of the file systems to the service's container.
func (s *Spec) addEFSMounts(c *containerDefinition) {
	for i := range s.EfsVolumes {
		c.MountPoints = append(c.MountPoints, mountPoint{
			SourceVolume: efsVolumeName(i), ContainerPath: s.EfsVolumes[i].ContainerPath, ReadOnly: s.EfsVolumes[i].ReadOnly,
		})
	}
}

// efsVolumes returns the volumes of the file systems.
func (s *Spec) efsVolumes() []volume {
	var volumes []volume
	for i := range s.EfsVolumes {
		each := &s.EfsVolumes[i]
		out := &efsVolume{FileSystemID: each.FileSystemID, RootDirectory: each.RootDirectory, TransitEncryption: enabled}
		if each.AccessPointID != "" {
			out.AuthorizationConfig = &efsAuthorization{each.AccessPointID, enabled}
		}
		volumes = append(volumes, volume{Name: efsVolumeName(i), EFSVolumeConfiguration: out})
	}
	return volumes
}

// args returns the volume as an input of the task definition resource.
func (v *volume) args() ecs.TaskDefinitionVolumeArgs {
	out := ecs.TaskDefinitionVolumeArgs{Name: pulumi.String(v.Name)}
	efs := v.EFSVolumeConfiguration
	if efs == nil {
		return out
	}
	settings := ecs.TaskDefinitionVolumeEfsVolumeConfigurationArgs{
		FileSystemId: pulumi.String(efs.FileSystemID), TransitEncryption: pulumi.String(efs.TransitEncryption),
	}
	if efs.RootDirectory != "" {
		settings.RootDirectory = pulumi.String(efs.RootDirectory)
	}
	if access := efs.AuthorizationConfig; access != nil {
		settings.AuthorizationConfig = ecs.TaskDefinitionVolumeEfsVolumeConfigurationAuthorizationConfigArgs{
			AccessPointId: pulumi.String(access.AccessPointID), Iam: pulumi.String(access.IAM),
		}
	}
	out.EfsVolumeConfiguration = settings
	return out
}

// efsStatements returns the permissions of the task role to mount the file systems through their access points, and to
// write to those that are not read-only ("Using IAM to control access to file systems", Amazon EFS User Guide). A mount
// without an access point uses no role.
func (s *FargateService) efsStatements() []policy.Statement {
	account := s.environment.Account
	var out []policy.Statement
	for i := range s.spec.EfsVolumes {
		each := &s.spec.EfsVolumes[i]
		if each.AccessPointID == "" {
			continue
		}
		actions := []string{"elasticfilesystem:ClientMount"}
		if !each.ReadOnly {
			actions = append(actions, "elasticfilesystem:ClientWrite")
		}
		out = append(out, policy.Statement{
			Actions: actions, Resources: pulumi.StringArray{account.Arn("elasticfilesystem", "file-system/%s", each.FileSystemID)},
			Conditions: []policy.Condition{policy.If("StringEquals", "elasticfilesystem:AccessPointArn",
				account.Arn("elasticfilesystem", "access-point/%s", each.AccessPointID))},
		})
	}
	return out
}

// reachMountTargets allows connections from the tasks to the mount targets of the file systems, for each security group
// of mount targets that the configuration names. It returns the rules.
func (s *FargateService) reachMountTargets(ctx *pulumi.Context) ([]pulumi.Resource, error) {
	var groups []string
	for i := range s.spec.EfsVolumes {
		if group := s.spec.EfsVolumes[i].SecurityGroupID; group != "" && !slices.Contains(groups, group) {
			groups = append(groups, group)
		}
	}
	var rules []pulumi.Resource
	for _, group := range groups {
		name := fmt.Sprintf("%s-%s-%d", s.name, group, nfsPort)
		reach, err := s.reach(ctx, name, pulumi.String(group), nfsPort, "the file system")
		if err != nil {
			return nil, err
		}
		rules = append(rules, reach...)
	}
	return rules, nil
}
