package fargateservice

import (
	"maps"
	"regexp"
	"slices"

	"fargate-cd/internal/problems"
)

// SidecarSpec is a container that runs beside the container of the service in each of its tasks. The pipeline does not build
// its image.
type SidecarSpec struct {
	// Name is the name of the container, unique in the task. Required.
	Name string `json:"name"`
	// Image is the image of the container, for the architecture of the tasks. A changed image is deployed like any
	// other change of the service's configuration. A private image must be in Amazon ECR. Required.
	Image string `json:"image"`
	// Essential stops the whole task when this container stops.
	Essential *bool `json:"essential" default:"true"`
	// Environment are the environment variables of the container. They are not for secrets.
	Environment map[string]string `json:"environment"`
	// Secrets are environment variables whose values ECS reads when a task starts, in the format of the service's secrets.
	Secrets map[string]string `json:"secrets"`
	// Command replaces the CMD of the image.
	Command []string `json:"command"`
	// EntryPoint replaces the ENTRYPOINT of the image.
	EntryPoint []string `json:"entryPoint"`
	// User is the user of the container, optionally followed by a colon and the group.
	User string `json:"user" default:"65532:65532"`
	// ReadonlyRootFilesystem prevents the container from writing to its root file system.
	ReadonlyRootFilesystem *bool `json:"readonlyRootFilesystem" default:"true"`
	// Cpu is the share of the task's CPU that is reserved for the container, in CPU units. 0 reserves none.
	Cpu int `json:"cpu"`
	// Memory is the maximum memory of the container, in MiB. With 0, only the memory of the task limits it.
	Memory int `json:"memory"`
	// StopTimeoutSeconds is the time that the container may run after SIGTERM, in seconds.
	StopTimeoutSeconds int `json:"stopTimeoutSeconds" default:"30"`
	// ContainerHealthCheck is a command in the container that checks whether the container is healthy.
	ContainerHealthCheck *ContainerHealthCheckSpec `json:"containerHealthCheck"`
	// DependsOn are the containers that this one waits for before it starts.
	DependsOn []DependencySpec `json:"dependsOn"`
}

const (
	// maxContainers is the maximum number of containers in a task definition ("Amazon ECS service quotas").
	maxContainers = 10
	// minContainerMemory is the minimum memory of a container in MiB (ContainerDefinition, Amazon ECS API Reference).
	minContainerMemory = 6
)

var containerNamePattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)

// ValidateContainers reports invalid sidecars of the service with the given name, and invalid dependencies between its
// containers. The keys of the problems begin with the prefix.
func (s *Spec) ValidateContainers(prefix, name string, found *problems.List) {
	members := []member{{name, prefix + "dependsOn", true, s.ContainerHealthCheck != nil, s.DependsOn}}
	limit := maxContainers - 1
	if s.LogRouter != nil {
		members = append(members, member{name: logRouterName, key: prefix + "logRouter", essential: true})
		limit--
	}
	if n := len(s.Sidecars); n > limit {
		found.Add(prefix+"sidecars", n, "%d or fewer", limit)
	}
	cpu, memory := 0, 0
	for i := range s.Sidecars {
		each := &s.Sidecars[i]
		key := prefix + problems.Indexed("sidecars", i) + "."
		each.validate(key, found)
		if slices.ContainsFunc(members, func(m member) bool { return m.name == each.Name }) {
			found.Add(key+"name", each.Name, "another container of the task already has this name")
		}
		members = append(members, member{each.Name, key + "dependsOn", *each.Essential, each.ContainerHealthCheck != nil, each.DependsOn})
		cpu, memory = cpu+each.Cpu, memory+each.Memory
	}
	// The task must have more CPU and memory than all its sidecars reserve ("Task definition parameters for Fargate",
	// Amazon ECS Developer Guide).
	if cpu > 0 && cpu >= s.Cpu {
		found.Add(prefix+"sidecars", cpu, "the sum of the sidecars' cpu must be less than the cpu of the task, which is %d", s.Cpu)
	}
	if memory > 0 && memory >= s.Memory {
		found.Add(prefix+"sidecars", memory, "the sum of the sidecars' memory must be less than the memory of the task, which is %d MiB", s.Memory)
	}
	validateDependencies(members, found)
}

func (s *SidecarSpec) validate(prefix string, found *problems.List) {
	if s.Name == "" {
		found.Missing(prefix+"name", "the name of the container")
	} else {
		found.Matches(prefix+"name", s.Name, containerNamePattern, "up to 255 letters, digits, hyphens and underscores")
	}
	if s.Image == "" {
		found.Missing(prefix+"image", "the name of an image, such as public.ecr.aws/docker/library/redis:7")
	} else {
		found.Image(prefix+"image", s.Image, "the name of an image, such as public.ecr.aws/docker/library/redis:7")
	}
	for _, name := range slices.Sorted(maps.Keys(s.Environment)) {
		found.VariableName(prefix+"environment", name)
	}
	validateSecretValues(prefix, s.Secrets, s.Environment, found)
	found.Matches(prefix+"user", s.User, userPattern, "a user or user:group, by name or number, such as 65532:65532")
	if s.Cpu != 0 {
		found.Between(prefix+"cpu", s.Cpu, 1, 16384)
	}
	if s.Memory != 0 {
		found.Between(prefix+"memory", s.Memory, minContainerMemory, 122880)
	}
	found.Between(prefix+"stopTimeoutSeconds", s.StopTimeoutSeconds, 2, 120)
	if s.ContainerHealthCheck != nil {
		s.ContainerHealthCheck.validate(prefix+"containerHealthCheck.", found)
	}
}

// container returns the sidecar without the log configuration.
func (s *SidecarSpec) container() containerDefinition {
	c := containerDefinition{
		Name:                   s.Name,
		Image:                  s.Image,
		Essential:              *s.Essential,
		User:                   s.User,
		ReadonlyRootFilesystem: *s.ReadonlyRootFilesystem,
		StopTimeout:            s.StopTimeoutSeconds,
		PortMappings:           []portMapping{}, // never nil, like the environment and the labels
		DockerLabels:           map[string]string{},
		Environment:            variables(s.Environment),
		Secrets:                secretList(s.Secrets),
		Command:                s.Command,
		EntryPoint:             s.EntryPoint,
		Cpu:                    s.Cpu,
		Memory:                 s.Memory,
		DependsOn:              dependencies(s.DependsOn),
	}
	c.HealthCheck = s.ContainerHealthCheck.definition()
	return c
}

// sidecars returns the sidecar containers, without the log configuration. A deployment by the pipeline does not change
// them: CodePipeline's actions replace only the image of the service's container.
func (s *Spec) sidecars() []containerDefinition {
	var out []containerDefinition
	for i := range s.Sidecars {
		out = append(out, s.Sidecars[i].container())
	}
	return out
}
