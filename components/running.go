package components

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// running is what a service runs now, whoever deployed it.
type running struct {
	image string // of the service's own container
	shape string // the fingerprint of the revision it belongs to; empty for one that the program did not shape
	// controller is the deployment controller that the revision was shaped for.
	controller string
	// architecture is the CPU architecture of the revision.
	architecture string
}

// lookupRunning asks AWS what a service runs now; nil when there is no such
// service yet.
//
// It is asked before anything is registered, and not by way of an Output,
// because the answer decides whether the service's task definition is the
// pipeline's (nothing in its shape has changed) or the program's to register anew.
func lookupRunning(ctx *pulumi.Context, cluster, service string, opts ...pulumi.InvokeOption) (*running, error) {
	found, err := ecs.LookupService(ctx, &ecs.LookupServiceArgs{ClusterArn: cluster, ServiceName: service}, opts...)
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("asking what service %s in cluster %s runs: %w", service, cluster, err)
	}
	container, err := ecs.GetContainerDefinition(ctx, &ecs.GetContainerDefinitionArgs{
		TaskDefinition: found.TaskDefinition, ContainerName: service,
	}, opts...)
	if err != nil {
		return nil, fmt.Errorf("reading container %s of %s: %w", service, found.TaskDefinition, err)
	}
	if container.Image == "" {
		return nil, errors.New("container " + service + " of " + found.TaskDefinition + " has no image")
	}
	labels := container.DockerLabels
	return &running{
		image: container.Image, shape: labels[shapeLabel], controller: labels[controllerLabel],
		architecture: cmp.Or(labels[architectureLabel], ArchitectureX86),
	}, nil
}

// notFound are the ways in which the AWS provider says that there is no such
// cluster or service.
var notFound = []string{
	"ClusterNotFoundException",      // from ecs:DescribeServices, when there is no such cluster
	"no matching ECS Service found", // the provider's own words, when the answer is empty
}

func isNotFound(err error) bool {
	if err == nil {
		return false
	}
	for _, text := range notFound {
		if strings.Contains(err.Error(), text) {
			return true
		}
	}
	return false
}

// keepsArchitecture refuses to run an image on another architecture than it was
// built for: its tasks would never start, and a commit is built once. Only the
// image from before the first deployment exists for both.
func (s *FargateService) keepsArchitecture() error {
	wanted := s.spec.withBootstrap()
	if s.running == nil || s.running.architecture == wanted.Architecture || s.running.image == wanted.Image {
		return nil
	}
	var faults Faults
	faults.Add("service "+s.name+": build.architecture", wanted.Architecture,
		"%s, for which the running image was built; give the other architecture to a service of another name", s.running.architecture)
	return faults.Err()
}
