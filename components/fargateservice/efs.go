package fargateservice

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/policy"
	"fargate-cd/internal/problems"
)

// EFSSpec holds the file systems that the container mounts.
type EFSSpec struct {
	// EfsVolumes are existing Amazon EFS file systems that the container mounts with encryption in transit. A changed
	// list replaces the tasks, but never a file system.
	EfsVolumes []EFSVolumeSpec `json:"efsVolumes"`
}

// EFSVolumeSpec mounts an existing Amazon EFS file system, or a directory of it. The file system must have a mount
// target in the VPC for each Availability Zone of the tasks.
type EFSVolumeSpec struct {
	// FileSystemID is the id of the file system, in the account and region of the stack. Required.
	FileSystemID string `json:"fileSystemId"`
	// AccessPointID is the id of an access point of the file system, which sets the directory and the user of the
	// files. With it, the task role authorizes the mount: the role may use the file system only through this access
	// point, and not as root. Without it, every client that reaches the file system may mount it, unless the file
	// system policy forbids it.
	AccessPointID string `json:"accessPointId"`
	// RootDirectory is the directory of the file system to mount. It must exist. By default the root, or the directory
	// of the access point.
	RootDirectory string `json:"rootDirectory"`
	// ContainerPath is the mount path in the container, such as /data. Required.
	ContainerPath string `json:"containerPath"`
	// ReadOnly prevents the container from writing to the file system.
	ReadOnly bool `json:"readOnly"`
	// SecurityGroupID is the security group of the mount targets. With it, the stack allows connections from the tasks
	// on port 2049, by one rule in this group and one in the group of the tasks. Without it, the owner of the mount
	// targets must allow these connections, and egressPorts must contain 2049.
	SecurityGroupID string `json:"securityGroupId"`
}

// nfsPort is the port of mount targets ("Creating security groups", Amazon EFS User Guide).
const nfsPort = 2049

// Patterns of ids in the Amazon EFS API Reference (MountTargetDescription, AccessPointDescription). They do not accept
// ARNs.
var (
	fileSystemPattern  = regexp.MustCompile(`^fs-[0-9a-f]{8,40}$`)
	accessPointPattern = regexp.MustCompile(`^fsap-[0-9a-f]{8,40}$`)
)

// validateEFS checks the limits of EFSVolumeConfiguration in the Amazon ECS API Reference.
func (s *Spec) validateEFS(prefix string, found *problems.List) {
	const directory = "an absolute path without a slash at its end, such as /data"
	paths := slices.Clone(s.WritablePaths)
	for i := range s.EfsVolumes {
		each, key := &s.EfsVolumes[i], prefix+problems.Indexed("efsVolumes", i)+"."
		if each.FileSystemID == "" {
			found.Missing(key+"fileSystemId", "the id of a file system, such as fs-0123456789abcdef0")
		} else {
			found.Matches(key+"fileSystemId", each.FileSystemID, fileSystemPattern, "the id of a file system, such as fs-0123456789abcdef0")
		}
		if each.AccessPointID != "" {
			found.Matches(key+"accessPointId", each.AccessPointID, accessPointPattern, "the id of an access point, such as fsap-0123456789abcdef0")
		}
		if each.RootDirectory != "" && each.AccessPointID != "" {
			found.Add(key+"rootDirectory", each.RootDirectory, "none with accessPointId, which sets the directory")
		} else if each.RootDirectory != "" {
			found.Matches(key+"rootDirectory", each.RootDirectory, writablePathPattern, directory)
		}
		if each.ContainerPath == "" {
			found.Missing(key+"containerPath", directory)
		} else {
			found.Matches(key+"containerPath", each.ContainerPath, writablePathPattern, directory)
			if slices.Contains(paths, each.ContainerPath) {
				found.Add(key+"containerPath", each.ContainerPath, "a path that no other entry of efsVolumes and writablePaths has")
			}
			paths = append(paths, each.ContainerPath)
		}
		if each.SecurityGroupID != "" {
			found.SecurityGroup(key+"securityGroupId", pulumi.String(each.SecurityGroupID))
		} else if !slices.Contains(s.EgressPorts, nfsPort) {
			found.Missing(key+"securityGroupId", fmt.Sprintf("the security group of the mount targets, or %d in egressPorts, "+
				"if the owner of the group lets the tasks reach the file system", nfsPort))
		}
	}
}

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
