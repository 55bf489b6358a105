package summary

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/stretchr/testify/require"
)

// ECS starts or stops tasks when the desired number changes, so the text must not say that the running tasks stay.
func TestNumberOfTasks(t *testing.T) {
	count := func(number int) inputs { return inputs{desiredCount: float64(number)} }
	target := inputs{"minCapacity": float64(1), "maxCapacity": float64(9)}
	const spot = "ECS replaces the tasks of web: FARGATE → FARGATE_SPOT."
	for name, test := range map[string]struct {
		service [2]inputs // before and after
		scaling [2]inputs
		notes   []string
		want    string
	}{
		"fewer":       {service: [2]inputs{count(3), count(1)}, want: "tasks 3 → 1; updated in place without a deployment: ECS stops 2 tasks."},
		"none":        {service: [2]inputs{count(1), count(0)}, want: "tasks 1 → 0; updated in place without a deployment: ECS stops 1 task, and none is left."},
		"the first":   {service: [2]inputs{count(0), count(2)}, want: "tasks 0 → 2; updated in place without a deployment: ECS starts 2 tasks."},
		"more":        {service: [2]inputs{count(1), count(4)}, want: "tasks 1 → 4; updated in place without a deployment: ECS starts 3 more tasks."},
		"one more":    {service: [2]inputs{count(1), count(2)}, want: "tasks 1 → 2; updated in place without a deployment: ECS starts 1 more task."},
		"as before":   {service: [2]inputs{{"propagateTags": "NONE"}, {"propagateTags": "SERVICE"}}, want: "only supporting resources change; updated in place without a deployment: the running tasks stay."},
		"scaled":      {service: [2]inputs{count(1), count(4)}, scaling: [2]inputs{target, target}, want: "tasks → 4 (from the number that scaling has set); updated in place without a deployment: ECS changes the number of tasks to 4."},
		"now scaled":  {service: [2]inputs{count(1), count(4)}, scaling: [2]inputs{nil, target}, want: "tasks 1 → 4, minimum of scaling 1 (new), maximum of scaling 9 (new); updated in place without a deployment: ECS starts 3 more tasks."},
		"other hosts": {service: [2]inputs{{"propagateTags": "NONE"}, {"propagateTags": "SERVICE"}}, notes: []string{spot}, want: "supporting resources change. " + spot},
		"fewer tasks on other hosts": {
			service: [2]inputs{count(3), count(1)}, notes: []string{spot}, want: "tasks 3 → 1; ECS stops 2 tasks. " + spot,
		},
	} {
		t.Run(name, func(t *testing.T) {
			steps := []apitype.StepEventMetadata{step(serviceKind, "web", test.service[0], test.service[1])}
			if test.scaling[1] != nil {
				steps = append(steps, step(scalingKind, "web", test.scaling[0], test.scaling[1]))
			}
			require.Equal(t, test.want, summaryOf(t, test.notes, steps...).Services[0].Text)
		})
	}
}

// A person can change the number of tasks in AWS. The update changes it back, although the inputs stay.
func TestNumberOfTasksAfterADrift(t *testing.T) {
	drifted := step(serviceKind, "web", inputs{desiredCount: float64(2)}, inputs{desiredCount: float64(2)})
	drifted.Op, drifted.Diffs = apitype.OpUpdate, []string{desiredCount}
	drifted.Old.Outputs = inputs{desiredCount: float64(5)}
	require.Equal(t, "tasks 5 → 2; updated in place without a deployment: ECS stops 3 tasks.", summaryOf(t, nil, drifted).Services[0].Text)
}

// Only the schedule starts scheduled tasks. So ECS neither replaces tasks nor rolls back, and no task stays.
func TestScheduledTasks(t *testing.T) {
	revision := func(number string) inputs { return inputs{"taskDefinition": number, desiredCount: float64(0)} }
	every := func(rate, state string) inputs {
		return inputs{"scheduleExpression": "rate(" + rate + ")", "scheduleExpressionTimezone": "UTC", "state": state}
	}
	task := func(cpu string) inputs {
		return inputs{"cpu": cpu, "containerDefinitions": `[{"name":"web","image":"job","user":"1"}]`}
	}
	command := inputs{"cpu": "256", "containerDefinitions": `[{"name":"web","image":"job","user":"1","command":["job","--all"]}]`}
	networks := every("1 hour", "ENABLED")
	networks["target"] = inputs{"ecsParameters": inputs{"launchType": "FARGATE"}}
	hourly, paused := every("1 hour", "ENABLED"), every("1 hour", "DISABLED")
	for name, test := range map[string]struct {
		service, schedule, task [2]inputs // before and after
		notes                   []string
		want                    string
	}{
		"a new revision": {
			service: [2]inputs{revision("1"), revision("2")}, schedule: [2]inputs{hourly, hourly}, task: [2]inputs{task("256"), task("512")},
			want: "cpu 256 → 512; the next scheduled task uses it, with the current image `job` and without a rollback.",
		},
		"a new revision that no schedule starts": {
			service: [2]inputs{revision("1"), revision("2")}, schedule: [2]inputs{paused, paused}, task: [2]inputs{task("256"), task("512")},
			want: "cpu 256 → 512; the schedule is paused and starts no task.",
		},
		"another command": {
			service: [2]inputs{revision("1"), revision("2")}, schedule: [2]inputs{hourly, hourly}, task: [2]inputs{task("256"), command},
			want: "command `job --all` (new); the next scheduled task uses it, with the current image `job` and without a rollback.",
		},
		"another role": {
			service: [2]inputs{revision("1"), revision("2")}, schedule: [2]inputs{hourly, hourly},
			want: "its tasks change; the next scheduled task uses it, with the current image and without a rollback.",
		},
		"other networks": {
			service: [2]inputs{revision("1"), revision("1")}, schedule: [2]inputs{hourly, networks},
			want: "its schedule changes; it applies to the next scheduled task.",
		},
		"a supporting resource": {
			service: [2]inputs{revision("1"), revision("1")}, schedule: [2]inputs{hourly, hourly}, task: [2]inputs{{}, {"skipDestroy": true}},
			want: "only supporting resources change; no deployment: only the schedule starts tasks.",
		},
		"another time": {
			service: [2]inputs{revision("1"), revision("1")}, schedule: [2]inputs{hourly, every("2 hours", "ENABLED")},
			want: "schedule `rate(1 hour)` → `rate(2 hours)`; it applies to the next scheduled task.",
		},
		"paused": {
			service: [2]inputs{revision("1"), revision("1")}, schedule: [2]inputs{hourly, paused},
			want: "state of the schedule `ENABLED` → `DISABLED`; the schedule is paused and starts no task.",
		},
		"a service that gets a schedule": {
			service: [2]inputs{{desiredCount: float64(2)}, {desiredCount: float64(0)}}, schedule: [2]inputs{nil, hourly}, task: [2]inputs{task("256"), task("256")},
			want: "tasks 2 → 0, schedule `rate(1 hour)` (new); ECS stops 2 tasks, and none is left; from now on only the schedule starts tasks, with the current image `job`.",
		},
		"a service that loses its schedule": {
			service: [2]inputs{{desiredCount: float64(0)}, {desiredCount: float64(1)}}, schedule: [2]inputs{hourly, nil},
			want: "tasks 0 → 1, schedule `rate(1 hour)` (removed); updated in place without a deployment: ECS starts 1 task.",
		},
		"other hosts": {
			service: [2]inputs{revision("1"), revision("1")}, schedule: [2]inputs{hourly, every("1 hour", "ENABLED")},
			notes: []string{"ECS replaces the tasks of web: FARGATE → FARGATE_SPOT.", "The connection waits."}, want: "The connection waits.",
		},
		"removed": {service: [2]inputs{revision("1"), nil}, schedule: [2]inputs{hourly, nil}, want: "removed with its pipeline; its schedule starts no more tasks."},
	} {
		t.Run(name, func(t *testing.T) {
			steps := []apitype.StepEventMetadata{
				step(serviceKind, "web", test.service[0], test.service[1]), step(scheduleKind, "web", test.schedule[0], test.schedule[1]),
			}
			if test.task[1] != nil {
				steps = append(steps, step(taskDefinitionKind, "web", test.task[0], test.task[1]))
			}
			s := summaryOf(t, test.notes, steps...)
			require.Equal(t, test.want, s.Services[0].Text)
			for _, loss := range s.Losses {
				require.Equal(t, "**Service `web` is removed**, and its schedule starts no more tasks.", loss.Text)
			}
		})
	}
}

// The first image is a placeholder only by default, and a scheduled task has neither a URL nor a strategy.
func TestNewServices(t *testing.T) {
	task := inputs{"cpu": "256", "memory": "512", "containerDefinitions": `[{"name":"web","image":"httpd:2.4","user":"1"},{"name":"proxy","image":"other","user":"1"}]`}
	late := inputs{"cpu": "256", "memory": "512", "containerDefinitions": plugin.UnknownStringValue}
	rule := created(ruleKind, "web-production", inputs{"conditions": []any{inputs{"pathPattern": inputs{"values": []any{"/*"}}}}})
	schedule := func(state string) apitype.StepEventMetadata {
		return created(scheduleKind, "web", inputs{"scheduleExpression": "cron(0 3 * * ? *)", "scheduleExpressionTimezone": "UTC", "state": state})
	}
	for name, test := range map[string]struct {
		task  inputs
		count int
		with  []apitype.StepEventMetadata
		want  string
	}{
		"reached":                 {task, 2, []apitype.StepEventMetadata{rule}, "URL known after the update, strategy `Rolling`. New: 2 tasks with cpu 256 and memory 512 MiB, for `/*`; it runs `httpd:2.4` until its pipeline deploys."},
		"an image known later":    {late, 2, []apitype.StepEventMetadata{rule}, "URL known after the update, strategy `Rolling`. New: 2 tasks with cpu 256 and memory 512 MiB, for `/*`; it runs its first image until its pipeline deploys."},
		"a worker":                {task, 1, nil, "strategy `Rolling`. New: 1 task with cpu 256 and memory 512 MiB, which receives no requests; it runs `httpd:2.4` until its pipeline deploys."},
		"a scheduled task":        {task, 0, []apitype.StepEventMetadata{schedule("ENABLED")}, "new: a scheduled task with cpu 256 and memory 512 MiB, by the schedule `cron(0 3 * * ? *)` in the time zone `UTC`; it runs `httpd:2.4` until its pipeline deploys."},
		"a paused scheduled task": {task, 0, []apitype.StepEventMetadata{schedule("DISABLED")}, "new: a scheduled task with cpu 256 and memory 512 MiB, by the schedule `cron(0 3 * * ? *)` in the time zone `UTC`, which is paused; it runs `httpd:2.4` until its pipeline deploys."},
	} {
		t.Run(name, func(t *testing.T) {
			steps := append(test.with, created(taskDefinitionKind, "web", test.task), created(serviceKind, "web", inputs{desiredCount: float64(test.count)}))
			text := summaryOf(t, nil, steps...).Markdown(CommentLimit)
			require.Contains(t, text, "### New services\n\n- `web`: "+test.want+"\n")
		})
	}
}
