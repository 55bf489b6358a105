package fargateservice

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/problems"
)

type mountPoint struct {
	SourceVolume  string `json:"sourceVolume"`
	ContainerPath string `json:"containerPath"`
	ReadOnly      bool   `json:"readOnly,omitempty"`
}

type ulimit struct {
	Name      string `json:"name"`
	SoftLimit int    `json:"softLimit"`
	HardLimit int    `json:"hardLimit"`
}

type linuxParameters struct {
	InitProcessEnabled bool `json:"initProcessEnabled"`
}

type volume struct {
	Name                   string     `json:"name"`
	EFSVolumeConfiguration *efsVolume `json:"efsVolumeConfiguration,omitempty"`
}

type ephemeralStorage struct {
	SizeInGiB int `json:"sizeInGiB"`
}

var writablePathPattern = regexp.MustCompile(`^(/[\w.-]+)+$`)

func (s *Spec) validateTaskOptions(prefix string, found *problems.List) {
	if s.Image == "" {
		const want = "only with image: the image that runs until the first deployment by default has one program and no shell"
		// The first image and the deployed ones have the same command, because CodePipeline's ECS action keeps it.
		if len(s.Command) > 0 {
			found.Add(prefix+"command", s.Command, want)
		}
		if len(s.EntryPoint) > 0 {
			found.Add(prefix+"entryPoint", s.EntryPoint, want)
		}
		if s.ContainerHealthCheck != nil {
			found.Add(prefix+"containerHealthCheck", s.ContainerHealthCheck.Command, want)
		}
	}
	if s.ContainerHealthCheck != nil {
		s.ContainerHealthCheck.validate(prefix+"containerHealthCheck.", found)
	}
	if s.NofileLimit != 0 {
		found.Between(prefix+"nofileLimit", s.NofileLimit, 1024, 1048576)
	}
	if s.EphemeralStorageGiB != 0 {
		// EphemeralStorage, Amazon ECS API Reference. Without it a task has 20 GiB.
		found.Between(prefix+"ephemeralStorageGiB", s.EphemeralStorageGiB, 21, 200)
	}
	for i, path := range s.WritablePaths {
		key := prefix + problems.Indexed("writablePaths", i)
		found.Matches(key, path, writablePathPattern, "an absolute path without a slash at its end, such as /tmp")
		if slices.Contains(s.WritablePaths[:i], path) {
			found.Add(key, path, "each path only once")
		}
	}
}

// addOptions sets the optional properties of the container. The definition, and so the
// fingerprint, does not contain properties that are not configured.
func (s *Spec) addOptions(c *containerDefinition) {
	c.Command, c.EntryPoint = s.Command, s.EntryPoint
	c.HealthCheck = s.ContainerHealthCheck.definition()
	if s.InitProcessEnabled {
		c.LinuxParameters = &linuxParameters{InitProcessEnabled: true}
	}
	if s.NofileLimit != 0 { // the only limit that Fargate lets a task set ("Task definition parameters for Fargate", Amazon ECS Developer Guide)
		c.Ulimits = []ulimit{{"nofile", s.NofileLimit, s.NofileLimit}}
	}
	for i, path := range s.WritablePaths {
		c.MountPoints = append(c.MountPoints, mountPoint{SourceVolume: volumeName(i), ContainerPath: path})
	}
	s.addEFSMounts(c)
}

func volumeName(i int) string { return fmt.Sprintf("writable-%d", i) }

// volumes returns the volumes of writablePaths, which exist as long as the task, and the volumes of efsVolumes.
func (s *Spec) volumes() []volume {
	var volumes []volume
	for i := range s.WritablePaths {
		volumes = append(volumes, volume{Name: volumeName(i)})
	}
	return append(volumes, s.efsVolumes()...)
}

// ephemeralStorage returns the storage of a task; nil for Fargate's default.
func (s *Spec) ephemeralStorage() *ephemeralStorage {
	if s.EphemeralStorageGiB == 0 {
		return nil
	}
	return &ephemeralStorage{s.EphemeralStorageGiB}
}

// addTaskOptions sets the optional properties of the task definition.
func (s *Spec) addTaskOptions(args *ecs.TaskDefinitionArgs) {
	if volumes := s.volumes(); len(volumes) > 0 {
		list := ecs.TaskDefinitionVolumeArray{}
		for _, each := range volumes {
			list = append(list, each.args())
		}
		args.Volumes = list
	}
	if storage := s.ephemeralStorage(); storage != nil {
		args.EphemeralStorage = ecs.TaskDefinitionEphemeralStorageArgs{SizeInGib: pulumi.Int(storage.SizeInGiB)}
	}
}
