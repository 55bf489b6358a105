package fargateservice

import (
	"maps"
	"regexp"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/policy"
	"fargate-cd/internal/problems"
)

// bootstrapImage runs in a service until its first deployment, unless the
// configuration names another image. It is an HTTP server that answers 200 on every
// path, on the port that an environment variable gives. So it is healthy with every
// port and health check of a service. The image must not need a command, because
// CodePipeline's ECS action replaces the image and keeps the command.
const (
	bootstrapImage        = "docker.io/traefik/whoami:v1.11.0"
	bootstrapPortVariable = "WHOAMI_PORT_NUMBER"
)

// withBootstrap returns the specification with the bootstrap image, unless the
// configuration names an image.
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

// ecrPattern is the name of an image in a private registry of Amazon ECR ("Amazon ECR
// private registry", Amazon ECR User Guide): account, region, suffix of the partition,
// and repository.
var ecrPattern = regexp.MustCompile(`^(\d{12})\.dkr\.ecr\.([\w-]+)\.amazonaws\.com(?:\.cn)?/([a-z0-9._/-]+)[:@]`)

// ValidateEgress reports a first image that tasks cannot pull in a network from which
// they reach AWS only (endpointsOnly).
func (s *Spec) ValidateEgress(prefix string, endpointsOnly bool, found *problems.List) {
	const allowed = "an image in a private registry of Amazon ECR, with its tag or digest, " +
		"such as 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web:1, because the tasks have no way to the internet"
	switch {
	case !endpointsOnly || ecrPattern.MatchString(s.Image):
	case s.Image == "":
		found.Missing(prefix+"image", allowed)
	default:
		found.Add(prefix+"image", s.Image, allowed)
	}
}

// pullFirstImage allows pulling the configured first image from Amazon ECR. Other
// registries need no permission.
func (s *FargateService) pullFirstImage() []policy.Statement {
	found := ecrPattern.FindStringSubmatch(s.spec.Image)
	if found == nil {
		return nil
	}
	return policy.Pull(pulumi.Sprintf("arn:%s:ecr:%s:%s:repository/%s", s.environment.Account.Partition, found[2], found[1], found[3]))
}
