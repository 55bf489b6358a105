package fargateservice

import "slices"

type dependency struct {
	ContainerName string `json:"containerName"`
	Condition     string `json:"condition"`
}

// dependencies returns the dependencies of a container in the format of ECS; nil for none.
func dependencies(given []DependencySpec) []dependency {
	var out []dependency
	for _, each := range given {
		out = append(out, dependency(each))
	}
	return out
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
