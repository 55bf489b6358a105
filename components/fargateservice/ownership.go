package fargateservice

import (
	"cmp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"fargate-cd/internal/problems"
)

// keepsRevision reports whether the program must leave the running revision unchanged.
// It must do so when the revision has the configured shape and differs only in its
// image. It must always do so on a CodeDeploy service, where only a deployment can
// change the revision.
//
// As long as the bootstrap image runs, no deployment has happened. The program owns
// the whole revision, and a changed image requires a new one. A failed rollout also
// requires a new revision: with the same one, ECS does not start tasks again. So does a
// worker that gets a target group with another protocol, because the revision has the
// label of the protocol.
func (s *FargateService) keepsRevision() bool {
	if s.running == nil || s.changesController() || s.running.rollout == types.DeploymentRolloutStateFailed {
		return false
	}
	same := s.running.shape() == s.shape() && s.running.protocol() == s.spec.ProtocolVersion
	if s.running.bootstrap() {
		return same && s.running.image == s.spec.withBootstrap().Image
	}
	return s.blueGreen || same
}

// changesController reports whether the update changes the deployment controller of the running service. The provider
// then replaces the service, which keeps the running image.
func (s *FargateService) changesController() bool {
	current := s.running.controller()
	return current != "" && current != s.controller()
}

// replacesService reports whether the update replaces a blue/green service that still
// runs the bootstrap image. ECS refuses to update the revision of such a
// service, and the pipeline has no image to deploy yet.
func (s *FargateService) replacesService() bool {
	return s.blueGreen && s.running.bootstrap() && !s.changesController() && !s.keepsRevision()
}

// keepsService reports whether the update changes the running service without replacing it.
func (s *FargateService) keepsService() bool {
	return s.running != nil && !s.changesController() && !s.replacesService()
}

func (s *FargateService) controller() string {
	if s.blueGreen {
		return controllerCodeDeploy
	}
	return controllerECS
}

// checkArchitecture refuses to run an image on an architecture for which it was not
// built. Its tasks would never start, and the pipeline does not build a commit twice.
// Only the bootstrap image exists for both architectures.
func (s *FargateService) checkArchitecture() error {
	if s.running == nil || s.running.bootstrap() {
		return nil
	}
	built := cmp.Or(s.running.labels[architectureLabel], ArchitectureX86)
	if built == s.spec.Architecture {
		return nil
	}
	var found problems.List
	found.Add("service "+s.name+": build.architecture", s.spec.Architecture,
		"%s, for which the running image was built; to change the architecture, %s", built, s.spec.otherService())
	return found.Err()
}

// otherService returns the advice for a change that a running service does not allow: create another service. Both
// services exist for a while, and two rules cannot have the same priority.
func (s *Spec) otherService() string {
	if s.Priority != nil || slices.ContainsFunc(s.AdditionalPorts, func(port PortSpec) bool { return port.Priority != nil }) {
		return "create a service with another name and another priority"
	}
	return "create a service with another name"
}
