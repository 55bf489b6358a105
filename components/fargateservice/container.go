package fargateservice

import (
	"maps"
	"slices"

	"fargate-cd/internal/deterministic"
)

// shapeLabel is the docker label with the fingerprint of a task definition's shape.
// CodePipeline's ECS action copies all container properties except the image into
// the revisions that it registers. So the label gives the shape of every revision,
// whether the program or the pipeline registered it.
const shapeLabel = "fargate-cd.shape"

// controllerLabel is the docker label with the deployment controller of the
// revision's service.
const controllerLabel = "fargate-cd.controller"

// BootstrapLabel is the docker label with the image that the service runs until its
// first deployment. Once a deployment has replaced that image, the label differs from
// the image of the revision. From then on the pipeline owns the image.
const BootstrapLabel = "fargate-cd.bootstrap"

// retryLabel is the docker label that makes a new revision differ from a revision whose
// deployment failed. It holds the number of the failed revision.
const retryLabel = "fargate-cd.retry"

// balancerLabel is the docker label with the load balancer of the revision's service.
const balancerLabel = "fargate-cd.balancer"

// architectureLabel is the docker label with the CPU architecture of a revision.
// Revisions for x86 do not have it.
const architectureLabel = "fargate-cd.architecture"

// protocolLabel is the docker label with the protocol version of the service's target groups. Revisions for HTTP1 do not
// have it.
const protocolLabel = "fargate-cd.protocol"

// connectLabel is the docker label with the appProtocol of a service that other services reach through Service Connect.
const connectLabel = "fargate-cd.connect"

// Deployment controllers of ECS.
const (
	controllerECS        = "ECS"
	controllerCodeDeploy = "CODE_DEPLOY"
)

type containerDefinition struct {
	Name                   string            `json:"name"`
	Image                  string            `json:"image"`
	Essential              bool              `json:"essential"`
	User                   string            `json:"user,omitempty"`
	ReadonlyRootFilesystem bool              `json:"readonlyRootFilesystem"`
	StopTimeout            int               `json:"stopTimeout"`
	PortMappings           []portMapping     `json:"portMappings"`
	Environment            []keyValue        `json:"environment"`
	Secrets                []secret          `json:"secrets,omitempty"`
	DockerLabels           map[string]string `json:"dockerLabels"`
	LogConfiguration       *logSettings      `json:"logConfiguration,omitempty"`
	Command                []string          `json:"command,omitempty"`
	EntryPoint             []string          `json:"entryPoint,omitempty"`
	HealthCheck            *healthCheck      `json:"healthCheck,omitempty"`
	LinuxParameters        *linuxParameters  `json:"linuxParameters,omitempty"`
	Ulimits                []ulimit          `json:"ulimits,omitempty"`
	MountPoints            []mountPoint      `json:"mountPoints,omitempty"`
	Cpu                    int               `json:"cpu,omitempty"`
	Memory                 int               `json:"memory,omitempty"`
	DependsOn              []dependency      `json:"dependsOn,omitempty"`

	FirelensConfiguration *firelensConfiguration `json:"firelensConfiguration,omitempty"`
}

type portMapping struct {
	ContainerPort int    `json:"containerPort"`
	HostPort      int    `json:"hostPort"`
	Protocol      string `json:"protocol"`
	Name          string `json:"name,omitempty"`
	AppProtocol   string `json:"appProtocol,omitempty"`
}

func newPortMapping(port int) portMapping {
	return portMapping{ContainerPort: port, HostPort: port, Protocol: "tcp"}
}

type keyValue struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// container returns the service's container without the log configuration, which is
// known only after creation. The container has the service's name.
func (s *FargateService) container(spec *Spec, image string) containerDefinition {
	c := spec.container(s.name)
	c.Image = image
	c.DockerLabels = map[string]string{shapeLabel: s.shape(), controllerLabel: s.controller()}
	if s.balancer != nil {
		c.DockerLabels[balancerLabel] = s.balancer.Label()
	}
	if s.spec.Architecture != ArchitectureX86 {
		c.DockerLabels[architectureLabel] = s.spec.Architecture
	}
	if s.spec.ProtocolVersion != protocolHTTP1 {
		c.DockerLabels[protocolLabel] = s.spec.ProtocolVersion
	}
	if s.spec.ServiceConnect.serves() {
		c.DockerLabels[connectLabel] = s.spec.ServiceConnect.AppProtocol
	}
	return c
}

func (s *Spec) container(name string) containerDefinition {
	c := containerDefinition{
		Name:                   name,
		Essential:              true,
		User:                   s.User,
		ReadonlyRootFilesystem: *s.ReadonlyRootFilesystem,
		StopTimeout:            s.StopTimeoutSeconds,
		PortMappings:           []portMapping{newPortMapping(s.ContainerPort)},
		Environment:            variables(s.Environment),
		Secrets:                secretList(s.Secrets),
		DependsOn:              dependencies(s.DependsOn),
	}
	s.ServiceConnect.namePort(name, &c.PortMappings[0])
	for i := range s.AdditionalPorts {
		c.PortMappings = append(c.PortMappings, newPortMapping(s.AdditionalPorts[i].ContainerPort))
	}
	s.addOptions(&c)
	return c
}

// containers returns all containers of a task: the service's own container, the sidecars and the log router. Each container
// logs to CloudWatch Logs under its name. If there is a log router, the service's own container logs to the router instead.
func (s *FargateService) containers(own containerDefinition, logGroup, region string) []containerDefinition {
	all := slices.Concat([]containerDefinition{own}, s.spec.sidecars(), s.spec.logRouters())
	for i := range all {
		all[i].LogConfiguration = logConfiguration(logGroup, region, all[i].Name)
	}
	if router := s.spec.LogRouter; router != nil {
		all[0].LogConfiguration = router.logConfiguration()
	}
	return all
}

// variables returns environment variables sorted by name. The list is never nil: AWS returns an empty list, and null
// would be a difference.
func variables(environment map[string]string) []keyValue {
	list := []keyValue{}
	for _, key := range slices.Sorted(maps.Keys(environment)) {
		list = append(list, keyValue{key, environment[key]})
	}
	return list
}

// shape returns the fingerprint of all configured properties of a revision except its
// image. It leaves out the environment variable of the bootstrap image.
func (s *Spec) shape(name string) string {
	values := []any{s.container(name), s.Cpu, s.Memory}
	// The fingerprint leaves out settings that the service does not use, because the fingerprints of earlier revisions
	// lack them.
	if s.Architecture != ArchitectureX86 {
		values = append(values, s.Architecture)
	}
	if storage := s.ephemeralStorage(); storage != nil {
		values = append(values, storage)
	}
	if sidecars := s.sidecars(); len(sidecars) > 0 {
		values = append(values, sidecars)
	}
	if volumes := s.efsVolumes(); len(volumes) > 0 {
		values = append(values, volumes)
	}
	if s.LogRouter != nil {
		values = append(values, s.LogRouter)
	}
	if s.Exec { // only a task that starts with exec has the agent
		values = append(values, "exec")
	}
	if s.ServiceConnect != nil { // only a task that starts with Service Connect has the proxy
		values = append(values, s.ServiceConnect.shape()...)
	}
	return deterministic.Fingerprint(values...)
}

// shape returns the fingerprint of the configured shape. It includes the addresses of the services in connectsTo,
// because the proxy of a task knows only the addresses that exist when the task starts.
func (s *FargateService) shape() string {
	shape := s.spec.shape(s.name)
	if len(s.servers) == 0 {
		return shape
	}
	var addresses []string
	for _, server := range s.servers {
		addresses = append(addresses, server.spec.ServiceConnect.ClientAlias)
	}
	return deterministic.Fingerprint(shape, addresses)
}
