package fargateservice

import (
	"maps"
	"slices"

	"fargate-cd/internal/deterministic"
)

// shapeLabel is the docker label that carries the fingerprint of a task
// definition's shape. CodePipeline's ECS action copies every container
// property but the image into the revisions it registers, and so the label
// tells which shape the running revision has, whoever registered it.
const shapeLabel = "fargate-cd.shape"

// controllerLabel is the docker label with the deployment controller of the
// service that a revision was shaped for.
const controllerLabel = "fargate-cd.controller"

// BootstrapLabel is the docker label with the image that the configuration
// names. It differs from the image of a revision once a deployment has replaced
// that one: the image is the pipeline's from then on.
const BootstrapLabel = "fargate-cd.bootstrap"

// retryLabel is the docker label that makes a revision differ from one with
// which ECS gave up: it holds that one's number.
const retryLabel = "fargate-cd.retry"

// balancerLabel is the docker label with the load balancer of the service that a
// revision was made for.
const balancerLabel = "fargate-cd.balancer"

// architectureLabel is the docker label with the CPU architecture of a revision
// that is not for x86.
const architectureLabel = "fargate-cd.architecture"

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
	DockerLabels           map[string]string `json:"dockerLabels"`
	LogConfiguration       *logConfiguration `json:"logConfiguration,omitempty"`
}

type portMapping struct {
	ContainerPort int    `json:"containerPort"`
	HostPort      int    `json:"hostPort"`
	Protocol      string `json:"protocol"`
}

type keyValue struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type logConfiguration struct {
	LogDriver string            `json:"logDriver"`
	Options   map[string]string `json:"options"`
}

// container returns the service's container without the log configuration, which is
// known only after creation. The container has the service's name.
func (s *FargateService) container(spec *Spec, image string) containerDefinition {
	c := spec.container(s.name)
	c.Image = image
	c.DockerLabels = map[string]string{shapeLabel: s.shape(), controllerLabel: s.controller(), balancerLabel: s.balancer.Label()}
	if s.spec.Architecture != ArchitectureX86 {
		c.DockerLabels[architectureLabel] = s.spec.Architecture
	}
	return c
}

func (s *Spec) container(name string) containerDefinition {
	environment := []keyValue{} // never null: AWS answers with a list, and a null would differ from it
	for _, key := range slices.Sorted(maps.Keys(s.Environment)) {
		environment = append(environment, keyValue{key, s.Environment[key]})
	}
	return containerDefinition{
		Name:                   name,
		Essential:              true,
		User:                   s.User,
		ReadonlyRootFilesystem: *s.ReadonlyRootFilesystem,
		StopTimeout:            s.StopTimeoutSeconds,
		PortMappings:           []portMapping{{ContainerPort: s.ContainerPort, HostPort: s.ContainerPort, Protocol: "tcp"}},
		Environment:            environment,
	}
}

// shape returns the fingerprint of everything that the configuration says of a
// revision except its image. It leaves out what only the bootstrap image needs.
func (s *Spec) shape(name string) string {
	if s.Architecture == ArchitectureX86 { // the default, which earlier revisions do not name
		return deterministic.Fingerprint(s.container(name), s.Cpu, s.Memory)
	}
	return deterministic.Fingerprint(s.container(name), s.Cpu, s.Memory, s.Architecture)
}

func (s *FargateService) logConfiguration(logGroup, region string) *logConfiguration {
	return &logConfiguration{LogDriver: "awslogs", Options: map[string]string{
		"awslogs-group": logGroup, "awslogs-region": region, "awslogs-stream-prefix": s.name,
	}}
}
