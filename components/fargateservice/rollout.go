package fargateservice

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/problems"
)

// Pauses between two requests for the state of a service. They grow from the shortest to the longest.
const (
	shortestPause = 250 * time.Millisecond
	longestPause  = 10 * time.Second
)

// staleTime is the time during which the ECS API may still return the state from before
// the update: the API is eventually consistent (CreateService, Amazon ECS API
// Reference).
const staleTime = 15 * time.Second

// ValidateSteadyTimeout checks that a timeout is from 1 to 180 minutes. A value outside is a mistake: a deployment takes
// more than a minute, and three hours are enough for the slowest one.
func ValidateSteadyTimeout(key string, minutes int, found *problems.List) {
	found.Between(key, minutes, 1, 180)
}

// steadyRevision returns the ARN of the revision that the service runs, once the
// service is steady.
//
// The provider's own wait for a steady state is not sufficient: it treats a rollback
// by ECS as success, waits 20 minutes for tasks that ECS no longer starts, and ignores a
// service that the update leaves unchanged.
func (s *FargateService) steadyRevision(ctx *pulumi.Context, service *ecs.Service, revision *ecs.TaskDefinition) pulumi.StringOutput {
	if ctx.DryRun() {
		return service.TaskDefinition.Elem()
	}
	namespace := s.environment.Namespace()
	if namespace == nil {
		namespace = pulumi.String("")
	}
	return pulumi.All(
		service.ID(), revision.Arn, namespace, s.LogGroupName, s.environment.Account.Region,
	).ApplyT(func(known []any) (string, error) {
		if s.movesCapacity() {
			if err := s.moveCapacity(ctx.Context()); err != nil {
				return "", err
			}
		}
		connect := s.connectConfiguration(known[2].(string), known[3].(string), known[4].(string))
		return s.awaitSteady(ctx, known[1].(string), connect)
	}).(pulumi.StringOutput)
}

// awaitSteady waits until the service is steady and returns the revision that it runs.
// It logs each change in the number of running tasks. The given revision is the newest
// that the program has registered, and connect is the configured Service Connect configuration.
func (s *FargateService) awaitSteady(ctx *pulumi.Context, revision string, connect *types.ServiceConnectConfiguration) (string, error) {
	deadline, pause, shown := time.Now().Add(s.steadyTimeout), shortestPause, ""
	now, err := s.readAfterUpdate(ctx.Context(), revision)
	if err == nil {
		err = s.checkReplacedDeployment(ctx.Context(), now, revision)
	}
	if err == nil {
		err = s.restoreConnect(ctx.Context(), now, connect)
	}
	for ; ; now, err = s.readRunning(ctx.Context()) {
		if err != nil {
			return "", err
		}
		if now == nil {
			return "", fmt.Errorf("service %s was deleted while it started", s.name)
		}
		done, err := s.isSteady(now, revision)
		if err == nil && done {
			err = s.checkCapacity(now)
		}
		if err != nil || done {
			return now.revision, err
		}
		if text := fmt.Sprintf("%d of %d tasks run %s", now.count, now.wanted, nameInArn(now.revision)); text != shown {
			shown = text
			if err := ctx.Log.Info(s.name+": "+text, &pulumi.LogArgs{Resource: s, Ephemeral: true}); err != nil {
				return "", err
			}
		}
		if time.Now().After(deadline) {
			return "", fmt.Errorf("service %s is not steady after %s: %d of %d tasks run %s.%s\n%s",
				s.name, s.steadyTimeout, now.count, now.wanted, nameInArn(now.revision), now.eventLog(), remedy)
		}
		if err := sleep(ctx.Context(), pause); err != nil {
			return "", err
		}
		pause = min(pause*2, longestPause)
	}
}

// readAfterUpdate returns the state of the service after the update. It repeats the
// request while ECS may still return the state before the update.
func (s *FargateService) readAfterUpdate(ctx context.Context, revision string) (*running, error) {
	for end := time.Now().Add(staleTime); ; {
		now, err := s.readRunning(ctx)
		current := s.keepsRevision() || now.includes(revision) || now.newerThan(s.baseline)
		if err != nil || current && s.checkCapacity(now) == nil || time.Now().After(end) {
			return now, err
		}
		if err := sleep(ctx, shortestPause); err != nil {
			return nil, err
		}
	}
}

// sleep waits for the pause, or returns an error when the update is cancelled.
func sleep(ctx context.Context, pause time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(pause):
		return nil
	}
}

// includes reports whether a revision is the current one or one of the others.
func (r *running) includes(revision string) bool {
	return r != nil && (r.revision == revision || slices.Contains(r.others, revision))
}

// newerThan reports whether the service runs a newer revision than before.
func (r *running) newerThan(before *running) bool {
	if r == nil {
		return false
	}
	return before == nil || revisionNumber(r.revision) > revisionNumber(before.revision)
}

// remedy tells the user what to do about a service whose tasks do not become healthy.
const remedy = "The service's log group and its events in the ECS console say why its tasks stop. Correct the cause and run up again."

// alarmRemedy tells the user what to do about a deployment that an alarm ended.
const alarmRemedy = "An alarm of deployment.alarmNames or deployment.max5xxPerMinute fired during the deployment. CloudWatch says " +
	"which and why. Correct the cause and run up again. While an alarm fires, ECS ignores all alarms of a new deployment."

// why returns the end of the error message for a failed rollout: the reason and the events from ECS, and the advice for
// the user.
func (r *running) why(before *running) string {
	said, advice := r.eventLog(), remedy
	if r.reason != "" {
		said = "\n  ECS: " + r.reason + said
	}
	if r.alarmed(before) {
		advice = alarmRemedy
	}
	return said + "\n" + advice
}

// alarmed reports whether an alarm has stopped the deployment since the given state. ECS says so in an event, and in
// the reason of the rollout state while it rolls back ("How CloudWatch alarms detect Amazon ECS deployment failures",
// Amazon ECS Developer Guide).
func (r *running) alarmed(before *running) bool {
	said := []string{r.reason}
	for _, event := range r.events {
		if before != nil && len(before.events) > 0 && aws.ToString(before.events[0].Id) == aws.ToString(event.Id) {
			break
		}
		said = append(said, aws.ToString(event.Message))
	}
	return slices.ContainsFunc(said, func(text string) bool { return strings.Contains(text, "alarm") })
}

// eventLog returns up to three of the newest events of the service, for the end of an error message.
func (r *running) eventLog() string {
	var text strings.Builder
	for _, event := range r.events[:min(len(r.events), 3)] {
		text.WriteString("\n  ECS: " + aws.ToString(event.Message))
	}
	return text.String()
}

// isSteady reports whether the service steadily runs a revision that it should run. It
// returns an error when the service will not reach that state. The error says what
// runs instead, and what to do.
func (s *FargateService) isSteady(now *running, revision string) (bool, error) {
	settled := now.count >= now.wanted
	switch {
	case s.blueGreen:
		// Two task sets mean that a CodeDeploy deployment is in progress, and the pipeline waits for it. For one task
		// set, the number of running tasks is not sufficient, because they can be unhealthy: the task set must be in a
		// steady state (TaskSet, Amazon ECS API Reference).
		return now.stable || len(now.others) > 0 && !now.bootstrap(), nil
	case now.revision == revision || s.keepsRevision() && now.bootstrap():
		if now.rollout == types.DeploymentRolloutStateFailed {
			// Without an earlier deployment ECS cannot roll back, and starts no more tasks.
			return false, fmt.Errorf("ECS gave up starting service %s with %s.%s", s.name, nameInArn(revision), now.why(s.baseline))
		}
		return now.rollout == types.DeploymentRolloutStateCompleted && settled, nil
	case s.keepsRevision():
		// The pipeline registered this revision, and waits for its deployment. But the program must wait while old
		// tasks use other ports, because the update closes these ports at its end.
		if now.rollout == types.DeploymentRolloutStateFailed && s.movesCapacity() {
			return false, fmt.Errorf("ECS gave up moving service %s to its capacity providers.%s", s.name, now.why(s.running))
		}
		if now.rollout != types.DeploymentRolloutStateCompleted {
			return !s.movesCapacity() && len(now.otherPorts(s.spec.ports())) == 0, nil
		}
		return settled, nil
	case revisionNumber(now.revision) < revisionNumber(revision) && (s.baseline == nil || !now.newerThan(s.baseline)):
		return false, fmt.Errorf("ECS rolled service %s back from %s to %s.%s",
			s.name, nameInArn(revision), nameInArn(now.revision), now.why(s.baseline))
	case now.shape() != s.shape():
		return false, fmt.Errorf("a deployment that began at the same time put service %s on %s, which does not have the "+
			"configured CPU, memory, environment and so on. Run up again", s.name, nameInArn(now.revision))
	default: // a later deployment by the pipeline, which has copied the configured shape
		return now.rollout == types.DeploymentRolloutStateCompleted && settled, nil
	}
}

// checkReplacedDeployment returns an error if this update has replaced a deployment by
// the pipeline: one whose revision was registered after the program had read the
// running image, and before the program registered its own revision.
func (s *FargateService) checkReplacedDeployment(ctx context.Context, now *running, revision string) error {
	if s.baseline == nil || now == nil || now.revision != revision {
		return nil
	}
	for _, other := range now.others {
		if number := revisionNumber(other); number > revisionNumber(s.baseline.revision) && number < revisionNumber(revision) {
			lost, err := s.describeRevision(ctx, other)
			if err != nil {
				return err
			}
			return fmt.Errorf("this update replaced a deployment of the image %s to service %s, which began at the same time. "+
				"Deploy it again: push, or start the pipeline of %s with the revision of this image (docs/troubleshooting.md)", lost.image, s.name, s.name)
		}
	}
	return nil
}
