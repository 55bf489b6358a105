package fargateservice

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// running is what a service runs now, whoever deployed it.
type running struct {
	// revision is the ARN of the task definition that has the traffic, or gets it: that of the primary deployment
	// or, where CodeDeploy deploys, of the primary task set.
	revision string
	image    string            // of the service's own container
	labels   map[string]string // of that container
	// ports are the container ports of everything that runs, old and new versions.
	ports []int
	// rollout is the state of ECS's own deployment; empty where CodeDeploy deploys.
	rollout types.DeploymentRolloutState
	// others are the revisions of the other deployments or task sets: those that leave, or do not have the traffic yet.
	others []string
	// count and wanted are how many tasks of the revision run and should run.
	count, wanted int
	// serving is the ARN of the target group of CodeDeploy's primary task set; empty where ECS deploys.
	serving string
	// stable is CodeDeploy's task set at rest: all its tasks run and are healthy.
	stable bool
	events []string // the newest first
}

func (r *running) shape() string { return r.labels[shapeLabel] }

// controller is the deployment controller that the revision was shaped for.
func (r *running) controller() string { return r.labels[controllerLabel] }

// bootstrap reports whether the image is one from the configuration, because no
// deployment has replaced it yet.
func (r *running) bootstrap() bool { return r != nil && r.image == r.labels[BootstrapLabel] }

// look asks AWS what the service runs now; nil when there is no such service.
//
// A deleted service counts as none. ECS describes it for a while as INACTIVE,
// or DRAINING while its tasks stop (DeleteService, Amazon ECS API Reference),
// and the repository of its image may be gone.
func (s *FargateService) look(ctx context.Context) (*running, error) {
	cluster, name := s.environment.Cluster(), s.name
	found, err := s.environment.ECS().DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &cluster, Services: []string{name}})
	var noCluster *types.ClusterNotFoundException
	if errors.As(err, &noCluster) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("asking what service %s in cluster %s runs: %w", name, cluster, err)
	}
	for _, failure := range found.Failures {
		if reason := aws.ToString(failure.Reason); reason != "MISSING" {
			return nil, fmt.Errorf("asking what service %s in cluster %s runs: %s %s", name, cluster, reason, aws.ToString(failure.Detail))
		}
	}
	if len(found.Services) == 0 || aws.ToString(found.Services[0].Status) != "ACTIVE" {
		return nil, nil
	}
	r := summarize(&found.Services[0])
	if err := s.describe(ctx, r); err != nil {
		return nil, err
	}
	return r, nil
}

// summarize reads what DescribeServices returns.
func summarize(service *types.Service) *running {
	r := &running{
		revision: aws.ToString(service.TaskDefinition),
		count:    int(service.RunningCount), wanted: int(service.DesiredCount),
		stable: service.RunningCount >= service.DesiredCount,
	}
	for _, d := range service.Deployments {
		if aws.ToString(d.Status) == "PRIMARY" {
			r.revision, r.rollout = aws.ToString(d.TaskDefinition), d.RolloutState
			r.count, r.wanted = int(d.RunningCount), int(d.DesiredCount)
		} else {
			r.others = append(r.others, aws.ToString(d.TaskDefinition))
		}
	}
	for _, set := range service.TaskSets {
		if aws.ToString(set.Status) == "PRIMARY" {
			r.revision = aws.ToString(set.TaskDefinition)
			r.count, r.wanted = int(set.RunningCount), int(set.ComputedDesiredCount)
			r.stable = set.StabilityStatus == types.StabilityStatusSteadyState
			for _, balancer := range set.LoadBalancers {
				r.serving = aws.ToString(balancer.TargetGroupArn)
			}
		} else {
			r.others = append(r.others, aws.ToString(set.TaskDefinition))
		}
	}
	for _, event := range service.Events[:min(len(service.Events), 3)] {
		r.events = append(r.events, aws.ToString(event.Message))
	}
	return r
}

// describe reads the revisions that run.
func (s *FargateService) describe(ctx context.Context, r *running) error {
	for i, revision := range append([]string{r.revision}, r.others...) {
		found, err := s.describeRevision(ctx, revision)
		if err != nil {
			return err
		}
		for _, port := range found.ports {
			if !slices.Contains(r.ports, port) {
				r.ports = append(r.ports, port)
			}
		}
		if i == 0 {
			r.image, r.labels = found.image, found.labels
		}
	}
	return nil
}

// described is what a revision says of the service's own container.
type described struct {
	number int // of the revision in its family
	image  string
	labels map[string]string
	ports  []int
}

// describeRevision reads a revision by its ARN, or the newest one of a family.
func (s *FargateService) describeRevision(ctx context.Context, revision string) (described, error) {
	name := s.name
	found, err := s.environment.ECS().DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &revision})
	if err != nil {
		return described{}, fmt.Errorf("reading the task definition %s of service %s: %w", revision, name, err)
	}
	for _, container := range found.TaskDefinition.ContainerDefinitions {
		if aws.ToString(container.Name) != name || aws.ToString(container.Image) == "" {
			continue
		}
		out := described{
			number: int(found.TaskDefinition.Revision), image: aws.ToString(container.Image), labels: container.DockerLabels,
		}
		for _, mapping := range container.PortMappings {
			out.ports = append(out.ports, int(aws.ToInt32(mapping.ContainerPort)))
		}
		return out, nil
	}
	return described{}, fmt.Errorf("the task definition %s of service %s has no container %s with an image", revision, name, name)
}

// otherPorts are the ports of what runs beside the given one.
func (r *running) otherPorts(port int) []int {
	return slices.DeleteFunc(slices.Clone(r.ports), func(other int) bool { return other == port })
}

// revisionNumber is the number at the end of a task definition's ARN, which
// counts up with each registration in a family.
func revisionNumber(arn string) int {
	number, err := strconv.Atoi(arn[strings.LastIndex(arn, ":")+1:])
	if err != nil {
		return 0
	}
	return number
}
