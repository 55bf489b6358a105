package fargateservice

import (
	"maps"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/problems"
)

// CPU architectures of builds and tasks in ECS.
const (
	ArchitectureX86 = "X86_64"
	ArchitectureARM = "ARM64"
)

// Spec holds the settings of a service that a stack file can set.
type Spec struct {
	// Cpu is the CPU of a task, in CPU units. 1024 units are one vCPU.
	Cpu int `json:"cpu" default:"256"`
	// Memory is the memory of a task, in MiB. Fargate allows certain values for each cpu.
	Memory int `json:"memory" default:"512"`
	// Architecture is the CPU architecture of the tasks, X86_64 or ARM64, which must be the architecture of the image. In a
	// stack file, build.architecture sets both.
	Architecture string `json:"-" default:"X86_64"`
	// ContainerPort is the port on which the container listens.
	ContainerPort int `json:"containerPort" default:"8080"`
	// Environment are the environment variables of the container. They are not for secrets: anyone who may describe the
	// task can read them.
	Environment map[string]string `json:"environment"`
	// Secrets are environment variables whose values ECS reads when a task starts. Each name maps to the ARN of a
	// Secrets Manager secret, optionally followed by :json-key:version-stage:version-id, or the ARN of a Systems
	// Manager parameter. A changed value needs a new deployment.
	Secrets map[string]string `json:"secrets"`
	// SecretsKmsKeyArns are the ARNs of the customer managed KMS keys that encrypt the secrets.
	SecretsKmsKeyArns pulumi.StringArrayInput `json:"secretsKmsKeyArns"`
	// TaskRolePolicyArns are the ARNs of managed policies for the task role, which the application uses. By default the
	// application has no permissions.
	TaskRolePolicyArns []string `json:"taskRolePolicyArns"`
	// TaskRoleStatements are further permissions of the application.
	TaskRoleStatements []StatementSpec `json:"taskRoleStatements"`
	// User is the user of the container, optionally followed by a colon and the group.
	User string `json:"user" default:"65532:65532"`
	// ReadonlyRootFilesystem prevents the container from writing to its root file system.
	ReadonlyRootFilesystem *bool `json:"readonlyRootFilesystem" default:"true"`
	// WritablePaths are directories, such as /tmp, to which a container with a read-only root file system may write.
	// They are empty when the task starts and deleted when it stops. They belong to root, unless the Dockerfile creates
	// the directory for another user and declares it as a VOLUME.
	WritablePaths []string `json:"writablePaths"`
	EFSSpec
	// EphemeralStorageGiB is the storage of a task in GiB, 21 to 200. 0 is Fargate's default of 20.
	EphemeralStorageGiB int `json:"ephemeralStorageGiB"`
	// Command replaces the CMD of the image. It requires image.
	Command []string `json:"command"`
	// EntryPoint replaces the ENTRYPOINT of the image. It requires image.
	EntryPoint []string `json:"entryPoint"`
	// ContainerHealthCheck is a command in the container that checks whether the container is healthy, in addition to
	// healthCheck. It requires image.
	ContainerHealthCheck *ContainerHealthCheckSpec `json:"containerHealthCheck"`
	// Sidecars are containers that run beside the service's container in each task, such as a proxy or an agent.
	Sidecars []SidecarSpec `json:"sidecars"`
	// DependsOn are the sidecars that the container waits for before it starts.
	DependsOn []DependencySpec `json:"dependsOn"`
	LoggingSpec
	ConnectSpec
	// InitProcessEnabled runs an init process in the container, which forwards signals and reaps processes that have ended.
	InitProcessEnabled bool `json:"initProcessEnabled"`
	// Exec lets a person run commands in the container with aws ecs execute-command, as root. It requires
	// readonlyRootFilesystem: false. The sessions are encrypted with a key of the stack, and their commands and output are
	// logged.
	Exec bool `json:"exec"`
	// NofileLimit is the maximum number of open files of the container. 0 is Fargate's default of 65535.
	NofileLimit int `json:"nofileLimit"`
	// StopTimeoutSeconds is the time that the container may run after SIGTERM, in seconds.
	StopTimeoutSeconds int `json:"stopTimeoutSeconds" default:"30"`
	// Image is the image that runs until the first deployment. By default it is a small server that returns 200 on
	// every path or, with schedule, an image that does nothing.
	Image string `json:"image"`
	// DesiredCount is the number of tasks. With scaling, it is the number of tasks with which a new service starts. By
	// default 1, or minCapacity of scaling.
	DesiredCount *int `json:"desiredCount"`
	// CapacityProviderStrategy is the capacity for the tasks: FARGATE, FARGATE_SPOT, or shares of both. A change
	// replaces the tasks but not the service. By default all tasks run on demand.
	CapacityProviderStrategy []CapacityProviderSpec `json:"capacityProviderStrategy"`
	// Scaling lets Application Auto Scaling change the number of tasks. An update then keeps the current number. By
	// default the number is always desiredCount.
	Scaling *ScalingSpec `json:"scaling"`
	// Schedule starts a task at certain times, such as a nightly report. The task ends by itself. The service then has
	// no other tasks, and no request reaches it. The pipeline deploys the image for the next task. It requires the
	// strategy Rolling.
	Schedule *TaskScheduleSpec `json:"schedule"`
	// PathPatterns are the paths, at most five, that the load balancer forwards to this service. With an empty list no
	// request reaches the service: it is a worker, which has no load balancer and no healthCheck.
	PathPatterns []string `json:"pathPatterns" default:"/*"`
	ConditionsSpec
	PortsSpec
	// Priority is the priority of the service's listener rule. It must be unique in the stack. The load balancer
	// evaluates the rule with the lowest number first. By default it is computed from the conditions and the service's
	// name: rules with hostHeaders, httpHeaders or queryStrings come before all others, and rules with longer
	// conditions come before rules with shorter ones. Other services do not change it.
	Priority *int `json:"priority"`
	// HealthCheck is the load balancer's health check of the tasks.
	HealthCheck HealthCheckSpec `json:"healthCheck"`
	// DeregistrationDelaySeconds is the time that a task has to finish its requests after its deregistration from the
	// load balancer, in seconds.
	DeregistrationDelaySeconds *int `json:"deregistrationDelaySeconds" default:"30"`
	// LoadBalancingAlgorithm is the algorithm with which the load balancer chooses a task for a request.
	LoadBalancingAlgorithm string `json:"loadBalancingAlgorithm" default:"round_robin"`
	TargetGroupSpec
	// EgressPorts are the TCP ports to which the tasks may connect in any network. The APIs and registries of AWS need 443.
	EgressPorts []int `json:"egressPorts" default:"443"`
}

// Patterns of names and values, from the API references of the services that take them.
var (
	pathPattern = regexp.MustCompile(`^/[\w*?$./~"'@:+&-]{0,127}$`)
	userPattern = regexp.MustCompile(`^[A-Za-z0-9_][\w-]*(:[A-Za-z0-9_][\w-]*)?$`)
	// The length of a name is checked separately, because namePattern cannot limit it.
	namePattern = regexp.MustCompile(`^[a-z]([a-z0-9]|-[a-z0-9])*$`)
)

// maxNameLength is the maximum length of a service's name. The name of a target group has 32 characters at most: the
// service's name, "-green" and Pulumi's suffix of 8 characters.
const maxNameLength = 18

// ValidateName checks the name of a service. It is stricter than ECS, because the ECR repository has the same name and
// allows only lower case.
func ValidateName(key, name string, found *problems.List) {
	validateHyphenated(key, name, maxNameLength, found)
	found.Reserved(key, name, "sg-", "a security group")
}

// validateHyphenated checks a name of lower-case letters, digits and single hyphens.
func validateHyphenated(key, name string, length int, found *problems.List) {
	if !namePattern.MatchString(name) || len(name) > length {
		found.Add(key, name, "1 to %d lower-case letters, digits and single hyphens, beginning with a letter and not ending in a hyphen", length)
	}
}

// Validate reports the values that AWS would refuse, under keys that begin with the prefix.
func (s *Spec) Validate(prefix string, found *problems.List) {
	validateTaskSize(prefix, s.Cpu, s.Memory, found)
	found.OneOf(prefix+"architecture", s.Architecture, ArchitectureX86, ArchitectureARM)
	found.Between(prefix+"containerPort", s.ContainerPort, 1, 65535)
	s.validateBootstrap(prefix, found)
	found.Between(prefix+"stopTimeoutSeconds", s.StopTimeoutSeconds, 2, 120)
	if s.Scaling != nil {
		s.Scaling.validate(prefix+"scaling.", found)
	}
	s.validateDesiredCount(prefix, found)
	found.Between(prefix+"deregistrationDelaySeconds", *s.DeregistrationDelaySeconds, 0, 3600)
	found.OneOf(prefix+"loadBalancingAlgorithm", s.LoadBalancingAlgorithm, roundRobin, "least_outstanding_requests")
	found.Matches(prefix+"user", s.User, userPattern, "a user or user:group, by name or number, such as 65532:65532")
	if s.Image != "" {
		found.Image(prefix+"image", s.Image, "the name of an image, such as public.ecr.aws/docker/library/httpd:2.4")
	}
	for _, name := range slices.Sorted(maps.Keys(s.Environment)) {
		found.VariableName(prefix+"environment", name)
	}
	s.validateSecrets(prefix, found)
	s.validateTaskRole(prefix, found)
	s.validateTaskOptions(prefix, found)
	s.validateEFS(prefix, found)
	s.validateLogRouter(prefix, found)
	s.validateConnect(prefix, found)
	s.validateCapacityProviders(prefix, found)
	s.validateExec(prefix, found)
	s.validateSchedule(prefix, found)
	for i, port := range s.EgressPorts {
		found.Between(prefix+problems.Indexed("egressPorts", i), port, 1, 65535)
		if slices.Contains(s.EgressPorts[:i], port) { // a rule is named after its port
			found.Add(prefix+problems.Indexed("egressPorts", i), port, "each port only once")
		}
	}
	if s.Worker() {
		s.validateWorker(prefix, found)
	}
	s.validateTargetGroup(prefix, found)
	s.validateRoute(prefix, found)
	found.Between(prefix+"healthCheck.gracePeriodSeconds", *s.HealthCheck.GracePeriodSeconds, 0, 2147483647)
	s.validatePorts(prefix, found)
}

// ValidateDeployment reports the values that AWS refuses for a service that CodeDeploy deploys.
func (s *Spec) ValidateDeployment(prefix string, blueGreen bool, found *problems.List) {
	if !blueGreen {
		return
	}
	// "CodeDeploy blue/green deployments for Amazon ECS" (Amazon ECS Developer Guide) shift the traffic of a load balancer.
	s.ValidateReached(prefix, "with a blue/green deployment, which shifts the traffic of a load balancer", found)
	if s.ServiceConnect != nil { // "Amazon ECS Service Connect components", Amazon ECS Developer Guide; aws/containers-roadmap#1993
		found.Conflict(prefix+"serviceConnect", "it cannot be combined with a blue/green deployment: AWS supports Service Connect only with the strategy Rolling")
	}
	if n := len(s.AdditionalPorts); n > 0 { // "Registering multiple target groups with an Amazon ECS service", Amazon ECS Developer Guide
		found.Add(prefix+"additionalPorts", n, "none with a blue/green deployment: CodeDeploy shifts the traffic of one port")
	}
	// CodeDeploy forwards to two target groups in the rule of the listener, and not with group stickiness. Elastic Load
	// Balancing then refuses the stickiness of a target group (kubernetes-sigs/aws-load-balancer-controller#2734).
	if s.StickinessSeconds != nil && *s.StickinessSeconds != 0 {
		found.Add(prefix+"stickinessSeconds", *s.StickinessSeconds, "0 with a blue/green deployment, during which the load balancer forwards "+
			"to two target groups and refuses sticky sessions")
	}
	// The metric belongs to one target group, and each deployment moves the traffic to the other one. AWS does not support
	// it for blue/green deployments ("Use a target metric to scale Amazon ECS services", Amazon ECS Developer Guide).
	if s.Scaling != nil && s.Scaling.TargetRequestsPerTarget != 0 {
		found.Add(prefix+"scaling.targetRequestsPerTarget", s.Scaling.TargetRequestsPerTarget,
			"0 with a blue/green deployment, for which AWS does not support this target: use targetCpuPercent")
	}
}
