//go:build acceptance

package lab

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	balancers "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/stretchr/testify/require"
)

// Now returns the service as ECS describes it.
func (d *Delivery) Now() types.Service {
	d.t.Helper()
	found := ECSServices(d.t, d.Stack, d.service)
	require.Len(d.t, found, 1, "services %s in cluster %s", d.service, *d.Cluster())
	return found[0]
}

// Revision returns the task definition revision of the service's tasks. If CodeDeploy
// deploys the service, it is the revision of the primary task set.
func (d *Delivery) Revision() *types.TaskDefinition {
	d.t.Helper()
	now := d.Now()
	for _, set := range now.TaskSets {
		if aws.ToString(set.Status) == "PRIMARY" {
			now.TaskDefinition = set.TaskDefinition
		}
	}
	return TaskDefinition(d.t, d.Stack, now)
}

// NextRevision returns the family and the number of the next revision to be registered, such as family:2.
func (d *Delivery) NextRevision() string {
	d.t.Helper()
	family := aws.ToString(d.Revision().Family)
	newest := Ask(d.t, d.ECS.DescribeTaskDefinition, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &family}).TaskDefinition
	return fmt.Sprintf("%s:%d", family, newest.Revision+1)
}

// MakeNextUnhealthy makes the tasks of the next revision fail their health checks.
func (d *Delivery) MakeNextUnhealthy() {
	d.t.Helper()
	MakeUnhealthy(d.t, d.NextRevision())
}

// Running returns the image that the service runs.
func (d *Delivery) Running() string {
	d.t.Helper()
	return aws.ToString(d.Container(d.Revision(), d.service).Image)
}

// Container returns a container of a revision by its name.
func (d *Delivery) Container(revision *types.TaskDefinition, name string) *types.ContainerDefinition {
	d.t.Helper()
	all := revision.ContainerDefinitions
	at := slices.IndexFunc(all, func(each types.ContainerDefinition) bool { return aws.ToString(each.Name) == name })
	require.GreaterOrEqual(d.t, at, 0, "container %s in %s", name, aws.ToString(revision.TaskDefinitionArn))
	return &all[at]
}

// Runs waits until the service runs an image with all its tasks, no other tasks of the
// service run, and all its tasks are healthy targets of the production traffic.
func (d *Delivery) Runs(image string) {
	d.t.Helper()
	Eventually(d.t, func() string {
		if running := d.Running(); running != image { // the pipeline may fail before the rollback begins
			return fmt.Sprintf("%s runs %s, not %s", d.service, running, image)
		}
		now, healthy := d.Now(), len(d.Targets())
		if now.RunningCount == now.DesiredCount && len(now.Deployments) <= 1 && len(now.TaskSets) <= 1 && healthy == int(now.DesiredCount) {
			return ""
		}
		return fmt.Sprintf("%s is not steady: %d of %d tasks, %d deployments, %d task sets, %d healthy targets",
			d.service, now.RunningCount, now.DesiredCount, len(now.Deployments), len(now.TaskSets), healthy)
	})
}

// RequireSize requires the CPU and the memory of the tasks, in CPU units and MiB.
func (d *Delivery) RequireSize(cpu, memory, when string) {
	d.t.Helper()
	revision := d.Revision()
	require.Equal(d.t, []string{cpu, memory}, []string{aws.ToString(revision.Cpu), aws.ToString(revision.Memory)}, "CPU and memory %s", when)
}

// Restart makes ECS replace the tasks with new ones of the same revision.
func (d *Delivery) Restart() {
	d.t.Helper()
	Ask(d.t, d.ECS.UpdateService, &ecs.UpdateServiceInput{Cluster: d.Cluster(), Service: &d.service, ForceNewDeployment: true})
}

// SetCount changes the number of tasks, as Application Auto Scaling does.
func (d *Delivery) SetCount(tasks int32) {
	d.t.Helper()
	Ask(d.t, d.ECS.UpdateService, &ecs.UpdateServiceInput{Cluster: d.Cluster(), Service: &d.service, DesiredCount: &tasks})
}

// Deploy deploys an image as CodePipeline's ECS action does: it registers a copy of the
// service's revision with the image, and updates the service.
func (d *Delivery) Deploy(image string) {
	d.t.Helper()
	from := TaskDefinition(d.t, d.Stack, d.Now())
	d.Container(from, d.service).Image = &image
	made := Ask(d.t, d.ECS.RegisterTaskDefinition, &ecs.RegisterTaskDefinitionInput{
		Family: from.Family, ContainerDefinitions: from.ContainerDefinitions, Cpu: from.Cpu, Memory: from.Memory,
		ExecutionRoleArn: from.ExecutionRoleArn, TaskRoleArn: from.TaskRoleArn, NetworkMode: from.NetworkMode,
		RequiresCompatibilities: from.RequiresCompatibilities, RuntimePlatform: from.RuntimePlatform,
	})
	Ask(d.t, d.ECS.UpdateService, &ecs.UpdateServiceInput{
		Cluster: d.Cluster(), Service: &d.service, TaskDefinition: made.TaskDefinition.TaskDefinitionArn,
	})
}

// Traffic returns the rules of the listeners on a port that lead to the service, with the share of each target group.
func (d *Delivery) Traffic(port int32) string {
	d.t.Helper()
	found := false
	var rules []string
	for _, balancer := range Balancers(d.t, d.Stack) {
		for _, listener := range Listeners(d.t, d.Stack, balancer) {
			if *listener.Port == port {
				found = true
				others := func(rule string) bool { return !strings.Contains(rule, ":targetgroup/"+d.service+"-") }
				rules = append(rules, slices.DeleteFunc(ListenerRules(d.t, d.Stack, listener.ListenerArn), others)...)
			}
		}
	}
	require.True(d.t, found, "a listener on port %d in %s", port, d.Region)
	return strings.Join(rules, "\n")
}

// Targets returns the healthy targets of the production traffic, as address:port.
func (d *Delivery) Targets() []string {
	d.t.Helper()
	var found []string
	traffic := d.Traffic(d.ProductionPort())
	for _, group := range TargetGroups(d.t, d.Stack) {
		if !strings.HasPrefix(*group.TargetGroupName, d.service+"-") || !strings.Contains(traffic, *group.TargetGroupArn+" 100 %") {
			continue
		}
		for _, target := range healthyTargets(d.t, d.Stack, group) {
			found = append(found, fmt.Sprintf("%s:%d", *target.Id, *target.Port))
		}
	}
	return found
}

// TargetPorts returns the target groups in which ECS registers the tasks of the service, with
// the ports of their healthy targets and the path of their health check, sorted. It requires
// that the load balancer forwards to each target group.
func (d *Delivery) TargetPorts() []string {
	d.t.Helper()
	groups := TargetGroups(d.t, d.Stack)
	traffic := d.Traffic(d.ProductionPort())
	var found []string
	for _, registered := range d.Now().LoadBalancers {
		require.Contains(d.t, traffic, *registered.TargetGroupArn+" 100 %")
		at := slices.IndexFunc(groups, func(g balancers.TargetGroup) bool { return *g.TargetGroupArn == *registered.TargetGroupArn })
		require.GreaterOrEqual(d.t, at, 0, "target group %s in %s", *registered.TargetGroupArn, d.Region)
		for _, target := range healthyTargets(d.t, d.Stack, groups[at]) {
			name := WithoutSuffix(*groups[at].TargetGroupName)
			found = append(found, fmt.Sprintf("%s %d %s", name, *target.Port, aws.ToString(groups[at].HealthCheckPath)))
		}
	}
	slices.Sort(found)
	return found
}

// OpenPorts returns the ports on which the tasks accept traffic from the load balancer.
func (d *Delivery) OpenPorts() []int32 {
	d.t.Helper()
	var ports []int32
	for _, group := range SecurityGroups(d.t, d.Stack, VPC(d.t, d.Stack)) {
		if WithoutSuffix(*group.GroupName) == d.service+"-tasks" {
			for _, rule := range group.IpPermissions {
				ports = append(ports, *rule.FromPort)
			}
		}
	}
	return ports
}

// Capacity returns the capacity provider strategy of the service's tasks: the provider, the
// base and the weight of each item, sorted.
func (d *Delivery) Capacity() []string {
	d.t.Helper()
	now := d.Now()
	strategy := now.CapacityProviderStrategy
	for _, set := range now.TaskSets {
		if aws.ToString(set.Status) == "PRIMARY" {
			strategy = set.CapacityProviderStrategy
		}
	}
	var out []string
	for _, each := range strategy {
		out = append(out, fmt.Sprintf("%s %d %d", aws.ToString(each.CapacityProvider), each.Base, each.Weight))
	}
	slices.Sort(out)
	return out
}

// CapacityProviders returns the capacity providers of the stack's cluster.
func (d *Stack) CapacityProviders() []string {
	d.t.Helper()
	return ECSCluster(d.t, d).CapacityProviders
}
