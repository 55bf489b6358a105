package fargateservice

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// The pauses between two looks at a service grow from the shortest to the longest.
const (
	shortestPause = 250 * time.Millisecond
	longestPause  = 10 * time.Second
)

// staleTime is how long an answer may not know of the update yet: the ECS API is
// eventually consistent (CreateService, Amazon ECS API Reference).
const staleTime = 15 * time.Second

// deployed returns the revision that the service runs, once it runs steadily.
//
// The provider's own wait for a steady state is of no use here: it takes a
// rollback by ECS for success, waits 20 minutes for tasks that ECS has given
// up, and does not look at a service that the update leaves unchanged.
func (s *FargateService) deployed(ctx *pulumi.Context, service *ecs.Service, revision *ecs.TaskDefinition) pulumi.StringOutput {
	if ctx.DryRun() {
		return service.TaskDefinition.Elem()
	}
	return pulumi.All(service.ID(), revision.Arn).ApplyT(func(known []any) (string, error) {
		return s.awaitSteady(ctx, known[1].(string))
	}).(pulumi.StringOutput)
}

// awaitSteady returns the revision that the service runs steadily, and logs each
// change in the number of its tasks. The revision given is the newest that the
// program has registered.
func (s *FargateService) awaitSteady(ctx *pulumi.Context, revision string) (string, error) {
	deadline, pause, shown := time.Now().Add(s.patience), shortestPause, ""
	now, err := s.firstLook(ctx.Context(), revision)
	if err == nil {
		err = s.overtaken(ctx.Context(), now, revision)
	}
	for ; ; now, err = s.look(ctx.Context()) {
		if err != nil {
			return "", err
		}
		if now == nil {
			return "", fmt.Errorf("service %s was deleted while it started", s.name)
		}
		done, err := s.judge(now, revision)
		if err != nil || done {
			return now.revision, err
		}
		if text := fmt.Sprintf("%d of %d tasks run %s", now.count, now.wanted, shortArn(now.revision)); text != shown {
			shown = text
			if err := ctx.Log.Info(s.name+": "+text, &pulumi.LogArgs{Resource: s, Ephemeral: true}); err != nil {
				return "", err
			}
		}
		if time.Now().After(deadline) {
			return "", fmt.Errorf("service %s is not steady after %s: %d of %d tasks run %s.%s\n%s",
				s.name, s.patience, now.count, now.wanted, shortArn(now.revision), now.told(), remedy)
		}
		if err := sleep(ctx.Context(), pause); err != nil {
			return "", err
		}
		pause = min(pause*2, longestPause)
	}
}

// firstLook returns what the service runs after the update, once ECS knows of it.
func (s *FargateService) firstLook(ctx context.Context, revision string) (*running, error) {
	for end := time.Now().Add(staleTime); ; {
		now, err := s.look(ctx)
		if err != nil || s.owned() || now.has(revision) || now.after(s.base) || time.Now().After(end) {
			return now, err
		}
		if err := sleep(ctx, shortestPause); err != nil {
			return nil, err
		}
	}
}

// sleep waits, unless the update ends before.
func sleep(ctx context.Context, pause time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(pause):
		return nil
	}
}

// has reports whether a revision runs, or leaves.
func (r *running) has(revision string) bool {
	return r != nil && (r.revision == revision || slices.Contains(r.others, revision))
}

// after reports whether something is deployed that was not before.
func (r *running) after(before *running) bool {
	if r == nil {
		return false
	}
	return before == nil || revisionNumber(r.revision) > revisionNumber(before.revision)
}

// remedy is what to do about a service whose tasks do not become healthy.
const remedy = "The service's log group and its events in the ECS console say why its tasks stop. Correct the cause and run up again."

// told is the end of an error: what ECS says of the service.
func (r *running) told() string {
	var text strings.Builder
	for _, event := range r.events {
		text.WriteString("\n  ECS: " + event)
	}
	return text.String()
}

// judge reports whether a service has come to rest on what it should run. The
// error says what runs instead, and what to do.
func (s *FargateService) judge(now *running, revision string) (bool, error) {
	settled := now.count >= now.wanted
	switch {
	case s.blueGreen:
		// CodeDeploy works on a service with two task sets, and its deployment tells how it ends.
		// A task that runs need not be healthy: only a steady task set has no others (TaskSet, Amazon ECS API Reference).
		return now.stable || len(now.others) > 0 && !now.bootstrap(), nil
	case now.revision == revision || s.owned() && now.bootstrap():
		if now.rollout == types.DeploymentRolloutStateFailed {
			// Without an earlier deployment there is nothing to roll back to, and ECS starts no more tasks.
			return false, fmt.Errorf("ECS gave up starting service %s with %s.%s\n%s", s.name, shortArn(revision), now.told(), remedy)
		}
		return now.rollout == types.DeploymentRolloutStateCompleted && settled, nil
	case s.owned():
		// The pipeline's revision: while its deployment goes on, the pipeline waits for it. But the end of the update
		// closes the ports on which old tasks still serve.
		if now.rollout != types.DeploymentRolloutStateCompleted {
			return len(now.otherPorts(s.spec.ContainerPort)) == 0, nil
		}
		return settled, nil
	case revisionNumber(now.revision) < revisionNumber(revision) && (s.base == nil || !now.after(s.base)):
		return false, fmt.Errorf("ECS rolled service %s back from %s to %s.%s\n%s",
			s.name, shortArn(revision), shortArn(now.revision), now.told(), remedy)
	case now.shape() != s.shape():
		return false, fmt.Errorf("a deployment that began at the same time put service %s on %s, which does not have the "+
			"configured CPU, memory, environment and so on. Run up again", s.name, shortArn(now.revision))
	default: // a later deployment by the pipeline, which has taken the configured shape over
		return now.rollout == types.DeploymentRolloutStateCompleted && settled, nil
	}
}

// overtaken is the error for a deployment by the pipeline that this update has
// replaced: its revision was registered after the program had read which image
// runs, and before the program's own.
func (s *FargateService) overtaken(ctx context.Context, now *running, revision string) error {
	if s.base == nil || now == nil || now.revision != revision {
		return nil
	}
	for _, other := range now.others {
		if number := revisionNumber(other); number > revisionNumber(s.base.revision) && number < revisionNumber(revision) {
			lost, err := s.describeRevision(ctx, other)
			if err != nil {
				return err
			}
			return fmt.Errorf("this update replaced a deployment of the image %s to service %s, which began at the same time. "+
				"Deploy it again: choose Release change in the pipeline of %s", lost.image, s.name, s.name)
		}
	}
	return nil
}

// shortArn is the part of a task definition's ARN that people read: family:revision.
func shortArn(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }
