package sandbox

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// fargateMemory are the sizes in MiB that Fargate has for each number of CPU units: lowest, highest, step.
var fargateMemory = map[string][3]int{
	"512": {1024, 4096, 1024}, "1024": {2048, 8192, 1024}, "2048": {4096, 16384, 1024},
	"4096": {8192, 30720, 1024}, "8192": {16384, 61440, 4096}, "16384": {32768, 122880, 8192},
}

// fargateSize checks CPU and memory together.
func fargateSize(p resource.PropertyMap) []failure {
	cpu, memory := text(p, "cpu"), text(p, "memory")
	if !slices.Contains(texts(p, "requiresCompatibilities[]"), "FARGATE") {
		return nil
	}
	var faults []failure
	if mode, ok := value(p, "networkMode"); !ok || (mode.IsString() && mode.StringValue() != "awsvpc") {
		faults = append(faults, failure{"networkMode", "must be awsvpc: Fargate only supports network mode ‘awsvpc’"})
	}
	size, err := strconv.Atoi(memory)
	fits := err == nil && cpu == "256" && (size == 512 || size == 1024 || size == 2048)
	if steps, ok := fargateMemory[cpu]; ok && err == nil {
		fits = size >= steps[0] && size <= steps[1] && size%steps[2] == 0
	}
	if unknown := p["cpu"].IsComputed() || p["memory"].IsComputed(); !fits && !unknown {
		faults = append(faults, failure{"memory", fmt.Sprintf("is %q MiB with cpu %q: No Fargate configuration exists for "+
			"given values; allowed with cpu 256 are 512, 1024, 2048, with 512 are 1024 to 4096 by 1024, with 1024 are 2048 to "+
			"8192 by 1024, with 2048 are 4096 to 16384 by 1024, with 4096 are 8192 to 30720 by 1024, with 8192 are 16384 to "+
			"61440 by 4096, with 16384 are 32768 to 122880 by 8192", memory, cpu)})
	}
	return faults
}

// container is what the sandbox reads of a container definition.
type container struct {
	Name         string `json:"name"`
	Image        string `json:"image"`
	Cpu          int    `json:"cpu"`
	Memory       int    `json:"memory"`
	Essential    *bool  `json:"essential"`
	StopTimeout  int    `json:"stopTimeout"`
	PortMappings []struct {
		ContainerPort int `json:"containerPort"`
		HostPort      int `json:"hostPort"`
	} `json:"portMappings"`
	Environment []struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	} `json:"environment"`
	DockerLabels     map[string]string `json:"dockerLabels"`
	LogConfiguration *struct {
		LogDriver string `json:"logDriver"`
	} `json:"logConfiguration"`
	HealthCheck *struct {
		Interval, Timeout, Retries, StartPeriod *int
	} `json:"healthCheck"`
}

func parseContainers(definitions string) ([]container, error) {
	var list []container
	if err := json.Unmarshal([]byte(definitions), &list); err != nil {
		return nil, fmt.Errorf("ECS Task Definition container_definitions is invalid: %w", err)
	}
	return list, nil
}

// containers checks the container definitions, which the provider hands over as JSON.
func containers(p resource.PropertyMap) []failure {
	definitions, ok := value(p, "containerDefinitions")
	if !ok || !definitions.IsString() {
		return nil
	}
	list, err := parseContainers(definitions.StringValue())
	if err != nil {
		return []failure{{"containerDefinitions", err.Error()}}
	}
	var faults []failure
	fault := func(format string, args ...any) {
		faults = append(faults, failure{"containerDefinitions", fmt.Sprintf(format, args...)})
	}
	fargate := slices.Contains(texts(p, "requiresCompatibilities[]"), "FARGATE")
	_, hasRole := p["executionRoleArn"]
	essential := false
	seen := map[string]bool{}
	for _, c := range list {
		if !ecsNameForm(c.Name) || seen[c.Name] {
			fault("has a container called %q; allowed are different names of at most 255 letters, digits, _ and -", c.Name)
		}
		if c.Image == "" {
			fault("has container %q without an image", c.Name)
		}
		if fargate && c.StopTimeout > 120 {
			fault("has container %q with stopTimeout %d; allowed on Fargate is 0 to 120", c.Name, c.StopTimeout)
		}
		if fargate && !hasRole && c.LogConfiguration != nil && c.LogConfiguration.LogDriver == "awslogs" {
			fault("has container %q with log driver awslogs: Fargate requires task definition to have execution role ARN "+
				"to support log driver awslogs", c.Name)
		}
		for _, m := range c.PortMappings {
			if m.HostPort != 0 && m.HostPort != m.ContainerPort && text(p, "networkMode") == "awsvpc" {
				fault("has container %q with host port %d for container port %d; with awsvpc they must be the same",
					c.Name, m.HostPort, m.ContainerPort)
			}
		}
		seen[c.Name] = true
		essential = essential || c.Essential == nil || *c.Essential
		faults = append(faults, containerHealth(c)...)
	}
	if !essential {
		fault("has no essential container; allowed is a list with at least one")
	}
	return faults
}

func containerHealth(c container) []failure {
	if c.HealthCheck == nil {
		return nil
	}
	var faults []failure
	for _, part := range []struct {
		name      string
		given     *int
		low, high int
	}{
		{"interval", c.HealthCheck.Interval, 5, 300}, {"timeout", c.HealthCheck.Timeout, 2, 60},
		{"retries", c.HealthCheck.Retries, 1, 10}, {"startPeriod", c.HealthCheck.StartPeriod, 0, 300},
	} {
		if part.given != nil && (*part.given < part.low || *part.given > part.high) {
			faults = append(faults, failure{"containerDefinitions", fmt.Sprintf(
				"has container %q with health check %s %d; allowed is %d to %d", c.Name, part.name, *part.given, part.low, part.high)})
		}
	}
	return faults
}

func ecsNameForm(name string) bool { return ecsName.value(resource.NewProperty(name)) == "" }

// codeDeployService checks what a service deployed by CodeDeploy cannot have.
func codeDeployService(p resource.PropertyMap) []failure {
	if text(p, "deploymentController.type") != "CODE_DEPLOY" {
		return nil
	}
	var faults []failure
	if flag(p, "deploymentCircuitBreaker.enable") {
		faults = append(faults, failure{"deploymentCircuitBreaker",
			"is not allowed: deployment circuit breaker is only supported with the ECS deployment controller, not CODE_DEPLOY"})
	}
	if flag(p, "alarms.enable") {
		faults = append(faults, failure{"alarms",
			"is not allowed with the deployment controller CODE_DEPLOY; put the alarms on the deployment group"})
	}
	if given, ok := p["loadBalancers"]; !ok || (given.IsArray() && len(given.ArrayValue()) == 0) {
		faults = append(faults, failure{"loadBalancers",
			"is required: a service with the deployment controller CODE_DEPLOY needs a load balancer"})
	}
	return faults
}
