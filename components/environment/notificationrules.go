package environment

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/deterministic"
)

// Delivery identifies the resources of one service whose events the environment reports.
type Delivery struct {
	// Pipeline is the name of the CodePipeline pipeline.
	Pipeline pulumi.StringInput
	// Service is the ARN of the ECS service.
	Service pulumi.StringInput
	// TaskGroup is the group of the tasks that a schedule starts; empty without a schedule.
	TaskGroup string
	// TaskContainer is the name of the container whose exit code decides whether one of these tasks failed.
	TaskContainer string
}

// deliveriesPerRule is the number of deliveries in one event rule. It keeps the event pattern below the limit of 2,048
// characters: the name of a pipeline has at most 26 characters, the ARN of a service about 110, and a task group with
// its container fewer ("Amazon EventBridge quotas", EventBridge User Guide).
const deliveriesPerRule = 15

// part selects the resource of a delivery that an event is about.
type part int

const (
	byPipeline part = iota
	byService
	byTaskGroup
)

// of returns the name of the resource in an event; nil if the delivery has no such resource.
func (p part) of(d Delivery) pulumi.StringInput {
	switch {
	case p == byPipeline:
		return d.Pipeline
	case p == byService:
		return d.Service
	case d.TaskGroup != "":
		return pulumi.String(d.TaskGroup)
	}
	return nil
}

// message describes a kind of event and the notification about it.
type message struct {
	name, description string
	source, kind      string
	detail            map[string]any
	by                part              // the resource of a delivery that the event is about
	paths             map[string]string // variable of the text → JSON path in the event
	text              string
}

// console is the URL of a pipeline in the AWS console, with variables of the text.
const console = "https://console.aws.amazon.com/codesuite/codepipeline/pipelines/<pipeline>/view?region=<region>"

// messages returns the kinds of events that an environment reports ("Monitoring CodePipeline events" and the examples
// there, CodePipeline User Guide; "Amazon ECS service deployment state change events" and "Amazon ECS task state change
// events", ECS Developer Guide). It reports failed actions, because the event of an action contains the reason, and the
// event of the whole execution does not. A rejected approval is a failed action.
func messages(succeeded bool) []message {
	action := map[string]string{
		"pipeline": "$.detail.pipeline", "stage": "$.detail.stage", "action": "$.detail.action", "region": "$.region",
		"execution": "$.detail.execution-id",
	}
	failure := maps.Clone(action)
	failure["reason"] = "$.detail.execution-result.external-execution-summary"
	const actionKind, pipelineKind = "CodePipeline Action Execution State Change", "CodePipeline Pipeline Execution State Change"
	out := []message{
		{
			name: "failures", description: "An action of a pipeline failed", source: "aws.codepipeline", kind: actionKind,
			detail: map[string]any{"state": []string{"FAILED"}}, paths: failure,
			text: "Pipeline <pipeline>: the action <action> of the stage <stage> failed. <reason> Execution <execution>: " + console,
		},
		{
			name: "approvals", description: "A pipeline waits for an approval", source: "aws.codepipeline", kind: actionKind,
			detail: map[string]any{"state": []string{"STARTED"}, "type": map[string]any{"category": []string{"Approval"}}}, paths: action,
			text: "Pipeline <pipeline> waits for the approval <action> in the stage <stage>. Execution <execution>: " + console,
		},
		{
			name: "rollbacks", description: "A deployment by Amazon ECS failed", source: "aws.ecs", kind: "ECS Deployment State Change",
			detail: map[string]any{"eventName": []string{"SERVICE_DEPLOYMENT_FAILED"}}, by: byService,
			paths: map[string]string{"service": "$.resources[0]", "reason": "$.detail.reason"},
			text:  "A deployment to <service> failed, and Amazon ECS rolls it back if it can. <reason>",
		},
		{
			name: "tasks", description: "A scheduled task failed", source: "aws.ecs", kind: "ECS Task State Change",
			detail: map[string]any{"lastStatus": []string{"STOPPED"}}, by: byTaskGroup,
			paths: map[string]string{"group": "$.detail.group", "task": "$.detail.taskArn", "reason": "$.detail.stoppedReason"},
			text:  "A scheduled task of <group> failed. <reason> Task: <task>",
		},
	}
	if succeeded {
		out = append(out, message{
			name: "successes", description: "A pipeline succeeded", source: "aws.codepipeline", kind: pipelineKind,
			detail: map[string]any{"state": []string{"SUCCEEDED"}},
			paths:  map[string]string{"pipeline": "$.detail.pipeline", "region": "$.region", "execution": "$.detail.execution-id"},
			text:   "Pipeline <pipeline> succeeded. Execution <execution>: " + console,
		})
	}
	return out
}

// taskFailures returns the alternative conditions for a failed task: it does not start, AWS stops it (TaskStopCode,
// Amazon ECS API Reference), or one of the named containers exits with a code other than 0. The names exclude sidecars:
// ECS stops them at the end of the task, and then they can also exit with another code, such as 143. EventBridge
// matches the name and the exit code of the same container ("JSON Array Matching", README of aws/event-ruler).
func taskFailures(containers []string) []map[string]any {
	return []map[string]any{
		{"stopCode": []string{"TaskFailedToStart", "SpotInterruption", "TerminationNotice"}},
		{"containers": map[string]any{"name": containers, "exitCode": []map[string]any{{"anything-but": []int{0}}}}},
	}
}

// NotifyOf creates the event rules that send notifications about deliveries to the topic. A notification has the
// pipeline, stage and action, the reason, and a link. NotifyOf registers nothing if there is no topic.
func (e *Environment) NotifyOf(ctx *pulumi.Context, deliveries []Delivery) error {
	if !e.notifies() || len(deliveries) == 0 {
		return nil
	}
	for _, m := range messages(e.spec.Notifications.Succeeded) {
		concerned := slices.DeleteFunc(slices.Clone(deliveries), func(each Delivery) bool { return m.by.of(each) == nil })
		number := 0
		for some := range slices.Chunk(concerned, deliveriesPerRule) {
			number++
			if err := e.newMessage(ctx, fmt.Sprintf("%s-%s-%d", e.name, m.name, number), m, some); err != nil {
				return err
			}
		}
	}
	return nil
}

// newMessage creates the event rule that sends one kind of notification about the given deliveries.
func (e *Environment) newMessage(ctx *pulumi.Context, name string, m message, deliveries []Delivery) error {
	var names pulumi.StringArray // of the resources in the events
	var containers []string
	for _, each := range deliveries {
		names, containers = append(names, m.by.of(each)), append(containers, each.TaskContainer)
	}
	pattern := names.ToStringArrayOutput().ApplyT(func(names []string) (string, error) {
		detail := maps.Clone(m.detail)
		pattern := map[string]any{"source": []string{m.source}, "detail-type": []string{m.kind}, "detail": detail}
		switch m.by {
		case byPipeline:
			detail["pipeline"] = names
		case byService:
			pattern["resources"] = names
		case byTaskGroup:
			detail["group"], detail["$or"] = names, taskFailures(containers)
		}
		return deterministic.JSON(pattern)
	}).(pulumi.StringOutput)
	rule, err := cloudwatch.NewEventRule(ctx, name, &cloudwatch.EventRuleArgs{
		Description: pulumi.String(m.description), EventPattern: pattern,
	}, pulumi.Parent(e))
	if err != nil {
		return fmt.Errorf("creating event rule %s: %w", name, err)
	}
	_, err = cloudwatch.NewEventTarget(ctx, name, &cloudwatch.EventTargetArgs{
		Rule: rule.Name, Arn: e.topic.Arn,
		InputTransformer: cloudwatch.EventTargetInputTransformerArgs{
			InputPaths: pulumi.ToStringMap(m.paths), InputTemplate: pulumi.String(`"` + m.text + `"`),
		},
	}, pulumi.Parent(e), pulumi.DependsOn([]pulumi.Resource{e.topicPolicy}))
	if err != nil {
		return fmt.Errorf("creating event target %s: %w", name, err)
	}
	return nil
}
