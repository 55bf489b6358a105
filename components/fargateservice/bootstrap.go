package fargateservice

import (
	"maps"
	"strconv"
)

// bootstrapImage runs in a service until its first deployment, unless the
// configuration names another: an HTTP server that listens where an environment
// variable says and answers 200 on every path, so that it is healthy whatever
// port and health check the service has. It must need no command of its own,
// because CodePipeline's ECS action replaces the image and keeps the command.
const (
	bootstrapImage        = "docker.io/traefik/whoami:v1.11.0"
	bootstrapPortVariable = "WHOAMI_PORT_NUMBER"
)

// withBootstrap returns the specification with an image to begin with.
func (s Spec) withBootstrap() Spec {
	if s.Image != "" {
		return s
	}
	s.Image = bootstrapImage
	s.Environment = maps.Clone(s.Environment)
	if s.Environment == nil {
		s.Environment = map[string]string{}
	}
	s.Environment[bootstrapPortVariable] = strconv.Itoa(s.ContainerPort)
	return s
}
