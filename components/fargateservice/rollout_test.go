package fargateservice_test

import (
	"maps"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/require"

	"fargate-cd/internal/enginetest"
)

// An update succeeds only when the service steadily runs a revision that it should run.
func TestServiceBecomesSteady(t *testing.T) {
	const inProgress, completed, failed = types.DeploymentRolloutStateInProgress, types.DeploymentRolloutStateCompleted, types.DeploymentRolloutStateFailed
	wanted, another := labels(t, someService, false), map[string]string{"fargate-cd.shape": "another"}
	deployed := maps.Clone(wanted)
	for name, test := range map[string]struct {
		blueGreen bool
		before    *types.Service // a service of another shape, unless same
		same      bool           // the running revision has the configured shape
		after     []*types.Service
		preview   bool
		want      string // the error; empty for none
	}{
		"its tasks start": {after: []*types.Service{
			enginetest.Runs(madeRevision, rollout(inProgress, 0)), enginetest.Runs(madeRevision, rollout(inProgress, 1)), enginetest.Runs(madeRevision),
		}},
		"a deployment completes before its last task runs": {after: []*types.Service{
			enginetest.Runs(madeRevision, rollout(completed, 0)), enginetest.Runs(madeRevision),
		}},
		"ECS rolls back to the old revision": {before: enginetest.Runs(revision),
			after: []*types.Service{enginetest.Runs(madeRevision, rollout(inProgress, 0), besides(revision)), enginetest.Runs(revision)},
			want:  "ECS rolled service web back from fargate-cd-test-web:9 to fargate-cd-test-web:7"},
		"an alarm rolls back": {before: enginetest.Runs(revision),
			after: []*types.Service{enginetest.Runs(madeRevision, rollout(inProgress, 0), besides(revision)), enginetest.Runs(revision, func(s *types.Service) {
				s.Deployments[0].RolloutStateReason = aws.String("ECS deployment alarms: rolling back to deploymentId ecs-svc/1.")
			})},
			want: "ECS rolled service web back from fargate-cd-test-web:9 to fargate-cd-test-web:7.\n" +
				"  ECS: ECS deployment alarms: rolling back to deploymentId ecs-svc/1.\nAn alarm of deployment.alarmNames or deployment.max5xxPerMinute fired"},
		"an alarm has rolled back": {before: enginetest.Runs(revision, said("1", "an alarm of old")),
			after: []*types.Service{enginetest.Runs(madeRevision, rollout(inProgress, 0), besides(revision)), enginetest.Runs(revision, said("1", "an alarm of old"), said("2", "deployment failed: alarm detected."),
				said("3", "a"), said("4", "b"), said("5", "has reached a steady state."))},
			want: "  ECS: has reached a steady state.\n  ECS: b\n  ECS: a\nAn alarm of deployment.alarmNames or deployment.max5xxPerMinute fired"},
		"an alarm fired before the deployment": {before: enginetest.Runs(revision, said("1", "deployment failed: alarm detected.")),
			after: []*types.Service{enginetest.Runs(madeRevision, rollout(inProgress, 0), besides(revision)), enginetest.Runs(revision, said("1", "deployment failed: alarm detected."))},
			want:  "  ECS: deployment failed: alarm detected.\nThe service's log group"},
		"ECS gives up": {after: []*types.Service{enginetest.Runs(madeRevision, rollout(failed, 0))},
			want: "ECS gave up starting service web with fargate-cd-test-web:9"},
		"a later push has the configured shape": {before: enginetest.Runs(revision), after: []*types.Service{enginetest.Runs(laterRevision)}},
		"a push that began before has another shape": {before: enginetest.Runs(revision), after: []*types.Service{enginetest.Runs(otherRevision)},
			want: "a deployment that began at the same time put service web on fargate-cd-test-web:8"},
		"a later push has another shape": {before: enginetest.Runs(revision), after: []*types.Service{enginetest.Runs(otherRevision + "0")},
			want: "a deployment that began at the same time put service web on fargate-cd-test-web:80"},
		"the first response is older than the update": {before: enginetest.Runs(revision), after: []*types.Service{
			enginetest.Runs(revision), enginetest.Runs(madeRevision),
		}},
		"the update replaces a deployment": {before: enginetest.Runs(revision), after: []*types.Service{enginetest.Runs(madeRevision, besides(otherRevision))},
			want: "this update replaced a deployment of the image " + otherImage + " to service web"},
		"the first response does not show yet that the update replaces a deployment": {before: enginetest.Runs(revision), after: []*types.Service{
			enginetest.Runs(revision), enginetest.Runs(madeRevision, besides(otherRevision)),
		}, want: "this update replaced a deployment of the image " + otherImage + " to service web"},
		"the update replaces a revision": {before: enginetest.Runs(revision), after: []*types.Service{enginetest.Runs(madeRevision, besides(revision))}},
		"nothing changes":                {before: enginetest.Runs(revision), same: true, after: []*types.Service{enginetest.Runs(revision)}},
		"the pipeline's deployment is in progress": {before: enginetest.Runs(revision), same: true,
			after: []*types.Service{enginetest.Runs(revision, rollout(inProgress, 0))}},
		"old tasks of the pipeline's deployment use another port": {before: enginetest.Runs(revision), same: true, after: []*types.Service{
			enginetest.Runs(revision, rollout(inProgress, 0), besides(otherPort)),
			enginetest.Runs(revision, rollout(inProgress, 1), besides(otherPort)), enginetest.Runs(revision),
		}},
		"a preview does not wait": {preview: true, before: enginetest.Runs(revision), after: []*types.Service{enginetest.Runs(revision)}},
		"blue/green": {blueGreen: true, after: []*types.Service{
			enginetest.Runs("", taskSets(madeRevision), func(s *types.Service) { s.TaskSets[0].StabilityStatus = types.StabilityStatusStabilizing }), enginetest.Runs("", taskSets(madeRevision)),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{Before: test.before, After: test.after, Preview: test.preview, Revisions: map[string]types.ContainerDefinition{
				revision: container(image, another), otherRevision: container(otherImage, another),
				otherRevision + "0": container(otherImage, another), laterRevision: container(otherImage, deployed),
				otherPort: container(image, another, 9090), "fargate-cd-test-web": container(image, another),
			}}
			if test.same {
				r.Revisions[revision] = container(image, wanted)
			}
			err := r.Run(setup{service: someService, blueGreen: test.blueGreen}.program, nil)
			if test.want == "" {
				require.NoError(t, err)
				require.LessOrEqual(t, len(r.After), 1, "the program reads the state until the service is steady")
				return
			}
			require.ErrorContains(t, err, test.want)
		})
	}
}
