package fargateservice

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"fargate-cd/internal/problems"
)

// owned reports whether the program must leave the running revision unchanged.
// It must where the revision has the configured shape and differs only in its
// image, and always where CodeDeploy deploys, as only a deployment changes the
// revision there.
//
// As long as the bootstrap image runs, no deployment has happened: the program
// owns the whole revision, and a changed image matters. So does one with which
// ECS gave up, as only another revision makes ECS start tasks again.
func (s *FargateService) owned() bool {
	if s.running == nil || s.changesController() || s.running.rollout == types.DeploymentRolloutStateFailed {
		return false
	}
	same := s.running.shape() == s.shape()
	if s.running.bootstrap() {
		return same && s.running.image == s.spec.withBootstrap().Image
	}
	return s.blueGreen || same
}

// changesController reports whether the service that runs has another
// deployment controller. ECS cannot change that: the service is replaced, with
// the image that runs.
func (s *FargateService) changesController() bool {
	made := s.running.controller()
	return made != "" && made != s.controller()
}

// replaced reports whether the update replaces a blue/green service that still
// runs the bootstrap image. ECS refuses to update the revision of such a
// service, and the pipeline has no image to deploy yet.
func (s *FargateService) replaced() bool {
	return s.blueGreen && s.running.bootstrap() && !s.changesController() && !s.owned()
}

// servesGreen reports whether the production traffic of a blue/green service is
// at its second target group, as it is after every other deployment.
func (s *FargateService) servesGreen() bool {
	return s.blueGreen && s.running != nil && strings.Contains(s.running.serving, ":targetgroup/"+s.name+"-green-")
}

// keepsBalancer refuses to move a blue/green service to another load balancer
// while its green target group serves. The new listener rules would forward to
// the blue one, which has no tasks.
func (s *FargateService) keepsBalancer() error {
	if !s.servesGreen() {
		return nil
	}
	if made := s.running.labels[balancerLabel]; made == "" || made == s.balancer.Label() {
		return nil
	}
	return fmt.Errorf("service %s moves to another load balancer, but its green target group serves, and new listener rules "+
		"forward to the blue one. Deploy once more, by a push or Release change, and run up again", s.name)
}

func (s *FargateService) controller() string {
	if s.blueGreen {
		return controllerCodeDeploy
	}
	return controllerECS
}

// shape returns the fingerprint of the configured shape.
func (s *FargateService) shape() string { return s.spec.shape(s.name) }

// keepsArchitecture refuses to run an image on another architecture than it was
// built for: its tasks would never start, and a commit is built once. Only the
// bootstrap image exists for both.
func (s *FargateService) keepsArchitecture() error {
	if s.running == nil || s.running.bootstrap() {
		return nil
	}
	built := cmp.Or(s.running.labels[architectureLabel], ArchitectureX86)
	if built == s.spec.Architecture {
		return nil
	}
	var found problems.List
	found.Add("service "+s.name+": build.architecture", s.spec.Architecture,
		"%s, for which the running image was built; give the other architecture to a service of another name", built)
	return found.Err()
}
