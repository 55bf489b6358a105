package components

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// shapeLabel is the docker label that carries the fingerprint of a task
// definition's shape. CodePipeline's ECS action copies every container
// property but the image into the revisions it registers, and so the label
// tells which shape the running revision has, whoever registered it.
const shapeLabel = "fargate-cd.shape"

// controllerLabel is the docker label with the deployment controller of the
// service that a revision was shaped for.
const controllerLabel = "fargate-cd.controller"

// architectureLabel is the docker label with the CPU architecture of a revision
// that is not for x86.
const architectureLabel = "fargate-cd.architecture"

// Deployment controllers of ECS.
const (
	controllerECS        = "ECS"
	controllerCodeDeploy = "CODE_DEPLOY"
)

// imagePlaceholder stands for the image in a taskdef.json: CodePipeline's
// CodeDeployToECS action replaces it by the image of the build.
const imagePlaceholder = "<" + imagePlaceholderName + ">"

const imagePlaceholderName = "IMAGE1_NAME"

// What all tasks have in common.
const (
	networkMode     = "awsvpc"
	launchType      = "FARGATE"
	operatingSystem = "LINUX"
)

// taskDefinitionJSON is the input of ecs:RegisterTaskDefinition.
type taskDefinitionJSON struct {
	Family                  string                `json:"family"`
	Cpu                     string                `json:"cpu"`
	Memory                  string                `json:"memory"`
	NetworkMode             string                `json:"networkMode"`
	RequiresCompatibilities []string              `json:"requiresCompatibilities"`
	RuntimePlatform         runtimePlatformJSON   `json:"runtimePlatform"`
	ExecutionRoleArn        string                `json:"executionRoleArn"`
	TaskRoleArn             string                `json:"taskRoleArn"`
	ContainerDefinitions    []containerDefinition `json:"containerDefinitions"`
}

type runtimePlatformJSON struct {
	CPUArchitecture       string `json:"cpuArchitecture"`
	OperatingSystemFamily string `json:"operatingSystemFamily"`
}

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

// container is the service's container without what only AWS knows: its log
// group. The container has the service's name.
func (s *ServiceSpec) container(name, image string) containerDefinition {
	environment := []keyValue{} // never null: AWS answers with a list, and a null would differ from it
	for _, key := range sortedKeys(s.Environment) {
		environment = append(environment, keyValue{key, s.Environment[key]})
	}
	c := containerDefinition{
		Name:                   name,
		Essential:              true,
		User:                   s.User,
		ReadonlyRootFilesystem: *s.ReadonlyRootFilesystem,
		StopTimeout:            s.StopTimeoutSeconds,
		PortMappings:           []portMapping{{ContainerPort: s.ContainerPort, HostPort: s.ContainerPort, Protocol: "tcp"}},
		Environment:            environment,
	}
	shape := []any{c, s.Cpu, s.Memory}
	c.DockerLabels = map[string]string{}
	if s.Architecture != ArchitectureX86 { // the default leaves no trace: revisions of before keep their shape
		shape = append(shape, s.Architecture)
		c.DockerLabels[architectureLabel] = s.Architecture
	}
	c.DockerLabels[shapeLabel] = fingerprint(shape...)
	c.Image = image
	return c
}

// shape is the fingerprint of everything that the configuration says of a
// revision but for its image.
func (s *ServiceSpec) shape(name string) string {
	return s.container(name, "").DockerLabels[shapeLabel]
}

// container is the container of the service, complete.
func (s *FargateService) container(spec *ServiceSpec, image, logGroup, region string) containerDefinition {
	c := spec.container(s.name, image)
	c.DockerLabels[controllerLabel] = s.controller()
	c.LogConfiguration = &logConfiguration{LogDriver: "awslogs", Options: map[string]string{
		"awslogs-group": logGroup, "awslogs-region": region, "awslogs-stream-prefix": s.name,
	}}
	return c
}

// taskDefinitionTemplate is the taskdef.json of the CodeDeployToECS action,
// with a placeholder for the image.
func (s *FargateService) taskDefinitionTemplate() pulumi.StringOutput {
	return pulumi.All(
		s.LogGroupName, s.environment.account.region, s.ExecutionRoleArn, s.TaskRoleArn,
	).ApplyT(func(known []any) (string, error) {
		container := s.container(&s.spec, imagePlaceholder, known[0].(string), known[1].(string))
		return document(taskDefinitionJSON{
			Family:                  s.family(),
			Cpu:                     strconv.Itoa(s.spec.Cpu),
			Memory:                  strconv.Itoa(s.spec.Memory),
			NetworkMode:             networkMode,
			RequiresCompatibilities: []string{launchType},
			RuntimePlatform:         runtimePlatformJSON{s.spec.Architecture, operatingSystem},
			ExecutionRoleArn:        known[2].(string),
			TaskRoleArn:             known[3].(string),
			ContainerDefinitions:    []containerDefinition{container},
		})
	}).(pulumi.StringOutput)
}

// fingerprint is short, the same for the same values, and different for others.
func fingerprint(values ...any) string {
	text, err := json.Marshal(values)
	if err != nil {
		panic(err) // strings, numbers and lists of them always have a JSON form
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
