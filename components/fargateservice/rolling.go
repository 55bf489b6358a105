package fargateservice

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/problems"
)

// RollingSpec holds the limits of a deployment in which ECS itself replaces the tasks of a service.
//
// The circuit breaker has no settings here: the provider can only turn it and its rollback on or off, and ECS computes
// its threshold from the number of tasks.
type RollingSpec struct {
	// MinimumHealthyPercent is the minimum number of healthy tasks during a deployment with the strategy Rolling, in
	// percent of the desired number, rounded up.
	MinimumHealthyPercent *int `json:"minimumHealthyPercent" default:"100"`
	// MaximumPercent is the maximum number of tasks during a deployment with the strategy Rolling, in percent of the
	// desired number, rounded down.
	MaximumPercent int `json:"maximumPercent" default:"200"`
}

// Default limits of ECS for a service's tasks during a deployment, in percent.
const (
	defaultMinimumHealthyPercent = 100
	defaultMaximumPercent        = 200
)

// Validate reports limits that AWS refuses, and limits with which a deployment of the service would never end. Their
// keys begin with the prefix. The caller must also validate the service.
func (r *RollingSpec) Validate(prefix string, service *Spec, blueGreen bool, found *problems.List) {
	minimum, maximum := *r.MinimumHealthyPercent, r.MaximumPercent
	if blueGreen {
		const want = "%d with a blue/green deployment, in which CodeDeploy starts all new tasks beside the old ones"
		if minimum != defaultMinimumHealthyPercent {
			found.Add(prefix+"minimumHealthyPercent", minimum, want, defaultMinimumHealthyPercent)
		}
		if maximum != defaultMaximumPercent {
			found.Add(prefix+"maximumPercent", maximum, want, defaultMaximumPercent)
		}
		return
	}
	found.Between(prefix+"minimumHealthyPercent", minimum, 0, 100)
	found.Between(prefix+"maximumPercent", maximum, 100, 200)
	if minimum < 0 || minimum > 100 || maximum < 100 || maximum > 200 {
		return
	}
	low, high := service.taskLimits()
	for tasks := max(low, 1); tasks <= high; tasks++ {
		if r.batch(tasks) > 0 {
			continue
		}
		found.Add(prefix+"maximumPercent", maximum, "a higher value, or a lower minimumHealthyPercent: with %d tasks, %d must stay healthy "+
			"and %d may run, so that ECS can neither stop an old task nor start a new one", tasks, r.healthy(tasks), r.running(tasks))
		return
	}
}

// healthy and running return the minimum and the maximum for a number of tasks. ECS rounds the minimum up and the
// maximum down (DeploymentConfiguration, Amazon ECS API Reference).
func (r *RollingSpec) healthy(tasks int) int { return (tasks**r.MinimumHealthyPercent + 99) / 100 }
func (r *RollingSpec) running(tasks int) int { return tasks * r.MaximumPercent / 100 }

// batch returns the number of tasks that ECS replaces at once.
func (r *RollingSpec) batch(tasks int) int { return min(r.running(tasks)-r.healthy(tasks), tasks) }

// deploymentAlarms returns the alarms that make ECS roll a deployment back; nil for none.
//
// An update without alarms keeps the current alarms of the service (UpdateService,
// Amazon ECS API Reference). So the program disables alarms that are no longer
// configured, and keeps their names.
func (s *FargateService) deploymentAlarms() ecs.ServiceAlarmsPtrInput {
	names, on := s.alarmNames, s.rollback.HasAlarms()
	if !on && s.running != nil && !s.changesController() {
		names = pulumi.ToStringArray(s.running.alarms)
	}
	if !problems.GivenList(names) {
		return nil
	}
	return ecs.ServiceAlarmsArgs{AlarmNames: names, Enable: pulumi.Bool(on), Rollback: pulumi.Bool(on)}
}
