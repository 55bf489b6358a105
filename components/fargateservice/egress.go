package fargateservice

import (
	"fargate-cd/internal/problems"
)

// ValidateEgress reports images that tasks cannot pull if endpointsOnly is set: then
// the tasks reach only AWS, through interface endpoints.
func (s *Spec) ValidateEgress(prefix string, endpointsOnly bool, found *problems.List) {
	if !endpointsOnly {
		return
	}
	const allowed = "an image in a private registry of Amazon ECR, with its tag or digest, " +
		"such as 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web:1, because the tasks have no internet access"
	if s.Image == "" {
		found.Missing(prefix+"image", allowed)
	} else {
		found.Matches(prefix+"image", s.Image, ecrImage, allowed)
	}
	for _, each := range s.otherImages() {
		found.Matches(prefix+each.key, each.image, ecrImage, allowed)
	}
}

// EndpointServices returns the interface endpoint names of the AWS services that the
// tasks need, in addition to those that every task needs.
func (s *Spec) EndpointServices() []string {
	var services []string
	for _, from := range s.allSecrets() {
		if secretPattern.MatchString(from) {
			services = append(services, "secretsmanager")
		} else {
			services = append(services, "ssm")
		}
	}
	if s.Exec { // kms for the key of the sessions ("Amazon ECS interface VPC endpoints", Amazon ECS Developer Guide)
		services = append(services, "kms", "ssmmessages")
	}
	return services
}
