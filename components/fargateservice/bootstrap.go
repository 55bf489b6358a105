package fargateservice

import (
	"maps"
	"strconv"
)

// bootstrapImage is the image that a service runs until its first deployment, unless
// the configuration names another image. It is an HTTP server that returns 200 on every
// path. bootstrapPortVariable is the environment variable with its port. So it is
// healthy with every port and every health check path of a service. The image must not
// need a command, because CodePipeline's ECS action replaces the image and keeps the
// command.
const (
	bootstrapImage        = "docker.io/traefik/whoami:v1.11.0"
	bootstrapPortVariable = "WHOAMI_PORT_NUMBER"
	// bootstrapJob is the bootstrap image of a scheduled task. Its shell exits at once without input.
	bootstrapJob = "public.ecr.aws/docker/library/busybox:1.37.0"
)

// withBootstrap returns the specification with the bootstrap image, unless the
// configuration names an image.
func (s Spec) withBootstrap() Spec {
	if s.Image != "" {
		return s
	}
	if s.Scheduled() {
		s.Image = bootstrapJob
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
