package fargateservice

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"fargate-cd/components/environment"
)

// running is the state of a service in AWS.
type running struct {
	// revision is the ARN of the task definition of the primary deployment or, on a CodeDeploy service, of the primary
	// task set.
	revision string
	image    string            // of the service's container in the revision
	labels   map[string]string // docker labels of that container
	// ports are the container ports of all running revisions.
	ports []int
	// rollout is the rollout state of the primary deployment; empty on a CodeDeploy service.
	rollout types.DeploymentRolloutState
	// reason is the reason that ECS gives for the rollout state, such as the cause of a rollback.
	reason string
	// alarms are the names of the alarms of a rolling service, enabled or not.
	alarms []string
	// balanced reports whether a rolling service has a load balancer.
	balanced bool
	// connect is the Service Connect configuration of a rolling service, as a text of summarizeConnect; empty for none.
	connect string
	// others are the revisions of the other deployments or task sets, which are old or do not have the traffic yet.
	others []string
	// count and wanted are the running and the desired number of tasks of the revision.
	count, wanted int
	// capacity is the capacity provider strategy of the tasks, sorted by provider name; nil with a launch type.
	capacity []CapacityProviderSpec
	// serving is the ARN of the target group of CodeDeploy's primary task set; empty on a rolling service.
	serving string
	// stable reports whether CodeDeploy's primary task set is in a steady state: all its tasks run and are healthy.
	stable bool
	events []types.ServiceEvent // the newest first
}

// State is the state of a service in ECS.
type State struct{ running *running }

// Read returns the state of the service with the given name in an environment. A missing service is not an error. Read
// registers no resources.
func Read(ctx context.Context, env *environment.Environment, name string) (*State, error) {
	s := &FargateService{name: name, environment: env}
	now, err := s.readRunning(ctx)
	return &State{now}, err
}

// shape returns the fingerprint of the revision's shape.
func (r *running) shape() string { return r.labels[shapeLabel] }

// controller returns the deployment controller for which the revision was registered.
func (r *running) controller() string { return r.labels[controllerLabel] }

// protocol returns the protocol version for which the revision was registered.
func (r *running) protocol() string { return cmp.Or(r.labels[protocolLabel], protocolHTTP1) }

// hasTargetGroup reports whether the load balancer reaches the service. Each CodeDeploy service has target groups.
func (r *running) hasTargetGroup() bool { return r.balanced || r.controller() == controllerCodeDeploy }

// bootstrap reports whether the service still runs its first image, because no
// deployment has replaced it yet.
func (r *running) bootstrap() bool { return r != nil && r.image == r.labels[BootstrapLabel] }

// readRunning returns the state of the service in AWS, or nil when there is no such
// service.
//
// It ignores a deleted service. ECS returns it for a while with the status INACTIVE, or
// DRAINING while its tasks stop (DeleteService, Amazon ECS API Reference). The
// repository of its image may no longer exist.
func (s *FargateService) readRunning(ctx context.Context) (*running, error) {
	cluster, name := s.environment.Cluster(), s.name
	output, err := s.environment.ECS().DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &cluster, Services: []string{name}})
	var noCluster *types.ClusterNotFoundException
	if errors.As(err, &noCluster) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the state of service %s in cluster %s: %w", name, cluster, err)
	}
	for _, failure := range output.Failures {
		if reason := aws.ToString(failure.Reason); reason != "MISSING" {
			return nil, fmt.Errorf("reading the state of service %s in cluster %s: %s %s", name, cluster, reason, aws.ToString(failure.Detail))
		}
	}
	if len(output.Services) == 0 || aws.ToString(output.Services[0].Status) != "ACTIVE" {
		return nil, nil
	}
	r := summarize(&output.Services[0])
	if family := revisionFamily(r.revision); family != "" && family != s.Family() {
		return nil, fmt.Errorf("the cluster %s has another service %s already, with tasks of the family %s instead of %s: another stack has created it. "+
			"Give this service another name, which is unique in the cluster", cluster, name, family, s.Family())
	}
	if err := s.readRevisions(ctx, r); err != nil {
		return nil, err
	}
	return r, nil
}

// summarize converts a service from DescribeServices. The image, labels and ports are
// not set yet.
func summarize(service *types.Service) *running {
	r := &running{
		revision: aws.ToString(service.TaskDefinition),
		count:    int(service.RunningCount), wanted: int(service.DesiredCount),
		stable:   service.RunningCount >= service.DesiredCount,
		balanced: len(service.LoadBalancers) > 0,
		capacity: summarizeCapacity(service.CapacityProviderStrategy),
	}
	if settings := service.DeploymentConfiguration; settings != nil && settings.Alarms != nil {
		r.alarms = slices.Sorted(slices.Values(settings.Alarms.AlarmNames))
	}
	for _, d := range service.Deployments {
		if aws.ToString(d.Status) == "PRIMARY" {
			r.revision, r.rollout, r.reason = aws.ToString(d.TaskDefinition), d.RolloutState, aws.ToString(d.RolloutStateReason)
			r.count, r.wanted = int(d.RunningCount), int(d.DesiredCount)
			r.connect = summarizeConnect(d.ServiceConnectConfiguration)
		} else {
			r.others = append(r.others, aws.ToString(d.TaskDefinition))
		}
	}
	for _, set := range service.TaskSets {
		if aws.ToString(set.Status) == "PRIMARY" {
			r.revision = aws.ToString(set.TaskDefinition)
			r.count, r.wanted = int(set.RunningCount), int(set.ComputedDesiredCount)
			r.capacity = summarizeCapacity(set.CapacityProviderStrategy)
			r.stable = set.StabilityStatus == types.StabilityStatusSteadyState
			for _, balancer := range set.LoadBalancers {
				r.serving = aws.ToString(balancer.TargetGroupArn)
			}
		} else {
			r.others = append(r.others, aws.ToString(set.TaskDefinition))
		}
	}
	r.events = service.Events
	return r
}

// readRevisions sets the image, labels and ports from the running revisions.
func (s *FargateService) readRevisions(ctx context.Context, r *running) error {
	for i, revision := range append([]string{r.revision}, r.others...) {
		details, err := s.describeRevision(ctx, revision)
		if err != nil {
			return err
		}
		for _, port := range details.ports {
			if !slices.Contains(r.ports, port) {
				r.ports = append(r.ports, port)
			}
		}
		if i == 0 {
			r.image, r.labels = details.image, details.labels
		}
	}
	return nil
}

// revisionDetails are properties of the service's container in a revision.
type revisionDetails struct {
	number int // the revision number within the family
	image  string
	labels map[string]string
	ports  []int
}

// describeRevision reads the revision with the given ARN, or the newest revision of
// the given family.
func (s *FargateService) describeRevision(ctx context.Context, revision string) (revisionDetails, error) {
	name := s.name
	output, err := s.environment.ECS().DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &revision})
	if err != nil {
		return revisionDetails{}, fmt.Errorf("reading the task definition %s of service %s: %w", revision, name, err)
	}
	for _, container := range output.TaskDefinition.ContainerDefinitions {
		if aws.ToString(container.Name) != name || aws.ToString(container.Image) == "" {
			continue
		}
		out := revisionDetails{
			number: int(output.TaskDefinition.Revision), image: aws.ToString(container.Image), labels: container.DockerLabels,
		}
		for _, mapping := range container.PortMappings {
			out.ports = append(out.ports, int(aws.ToInt32(mapping.ContainerPort)))
		}
		return out, nil
	}
	return revisionDetails{}, fmt.Errorf("the task definition %s of service %s has no container %s with an image", revision, name, name)
}

// otherPorts returns the ports of all running revisions except the given ones.
func (r *running) otherPorts(ports []int) []int {
	return slices.DeleteFunc(slices.Clone(r.ports), func(port int) bool { return slices.Contains(ports, port) })
}

// nameInArn returns the text after the last slash of an ARN: the name of a policy, or family:revision of a task definition.
func nameInArn(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

// revisionFamily returns the family in a task definition's ARN.
func revisionFamily(arn string) string {
	_, revision, _ := strings.Cut(arn, ":task-definition/")
	family, _, _ := strings.Cut(revision, ":")
	return family
}

// revisionNumber returns the number at the end of a task definition's ARN. ECS
// increments it with each registration in a family.
func revisionNumber(arn string) int {
	number, err := strconv.Atoi(arn[strings.LastIndex(arn, ":")+1:])
	if err != nil {
		return 0
	}
	return number
}
