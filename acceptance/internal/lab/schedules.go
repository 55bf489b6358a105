//go:build acceptance

package lab

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/stretchr/testify/require"
)

// Schedule is a schedule of Amazon EventBridge Scheduler, and the task that it starts.
type Schedule struct {
	Expression, Timezone, State string
	LaunchType, Image           string // of the task
}

// Schedule returns the only schedule in the stack's region.
func (d *Delivery) Schedule() Schedule {
	d.t.Helper()
	all := Ask(d.t, d.Scheduler.ListSchedules, &scheduler.ListSchedulesInput{}).Schedules
	require.Len(d.t, all, 1, "schedules in %s", d.Region)
	found := Ask(d.t, d.Scheduler.GetSchedule, &scheduler.GetScheduleInput{Name: all[0].Name, GroupName: all[0].GroupName})
	task := found.Target.EcsParameters
	revision := Ask(d.t, d.ECS.DescribeTaskDefinition, &ecs.DescribeTaskDefinitionInput{TaskDefinition: task.TaskDefinitionArn}).TaskDefinition
	return Schedule{
		Expression: aws.ToString(found.ScheduleExpression), Timezone: aws.ToString(found.ScheduleExpressionTimezone), State: string(found.State),
		LaunchType: string(task.LaunchType), Image: aws.ToString(d.Container(revision, d.service).Image),
	}
}
