package fargateservice

import (
	"maps"
	"strconv"
	"strings"

	"fargate-cd/internal/problems"
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

// minUnprivilegedPort is the first port on which a process can listen in Fargate that is not root
// (aws/containers-roadmap#1721).
const minUnprivilegedPort = 1024

// validateBootstrap reports a port on which the server of the bootstrap image could not listen.
func (s *Spec) validateBootstrap(prefix string, found *problems.List) {
	user, _, _ := strings.Cut(s.User, ":")
	if s.Image == "" && !s.Worker() && s.ContainerPort > 0 && s.ContainerPort < minUnprivilegedPort && user != "0" && user != "root" {
		found.Add(prefix+"containerPort", s.ContainerPort, "%d or more with the user %s, who cannot listen on a smaller port on Fargate; "+
			"or set user: \"0:0\"; or set image to an image that can", minUnprivilegedPort, s.User)
	}
}

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
