package fargateservice_test

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

// runningCase is the state of a service, and what the program does about it.
type runningCase struct {
	args   *fargateservice.Args // nil = smaller
	before *types.Service
	image  string            // the running image
	labels map[string]string // of the running container
	newest string            // image of the newest revision of the family, if that is not the running one

	wantImage         string
	wantRetry         any  // value of the retry label
	wantKept          bool // the running revision
	wantServiceIgnore []string
}

// require runs the program and requires what the case wants.
func (c runningCase) require(t *testing.T, blueGreen bool) {
	t.Helper()
	running := container(c.image, c.labels)
	r := &enginetest.Engine{Before: c.before, Newest: 7, Revisions: map[string]types.ContainerDefinition{
		revision: running, "fargate-cd-test-web": running,
	}}
	if c.newest != "" {
		r.Revisions["fargate-cd-test-web"] = container(c.newest, labels(t, smaller, false))
		r.Newest = 8
	}
	args := c.args
	if args == nil {
		args = smaller
	}
	r.MustRun(t, setup{service: args, blueGreen: blueGreen}.program)

	definition, service := r.One(t, "ecs.TaskDefinition", "web"), r.One(t, "ecs.Service", "web")
	made := definition.Container(t)
	require.Equal(t, c.wantImage, made["image"])
	require.Equal(t, c.wantRetry, made["dockerLabels"].(object)["fargate-cd.retry"])
	var ignored []string
	if c.wantKept {
		ignored = []string{"containerDefinitions", "cpu", "memory", "runtimePlatform", "executionRoleArn", "taskRoleArn", "volumes", "ephemeralStorage"}
	}
	require.ElementsMatch(t, ignored, definition.IgnoreChanges)
	require.ElementsMatch(t, c.wantServiceIgnore, service.IgnoreChanges)
	require.Equal(t, true, definition.Inputs["skipDestroy"], "a service or a rollback may need any revision")
}

// The program owns the shape of the tasks, and the pipeline owns their image. The state
// of the service decides whether the program registers a revision, and with which
// image.
func TestRunningService(t *testing.T) {
	same, another := labels(t, smaller, false), labels(t, larger, false)
	named := &fargateservice.Args{Spec: smaller.Spec}
	named.Image = "httpd"
	for name, test := range map[string]runningCase{
		"nothing runs": {wantImage: bootstrap},
		// ECS returns a deleted service for a while. Its image may have been deleted with its repository.
		"a deleted service": {
			before: enginetest.Runs(revision, func(s *types.Service) { s.Status = aws.String("INACTIVE") }),
			image:  image, labels: same, wantImage: bootstrap,
		},
		"a service that is being deleted": {
			before: enginetest.Runs(revision, func(s *types.Service) { s.Status = aws.String("DRAINING") }),
			image:  image, labels: same, wantImage: bootstrap,
		},
		"the same shape runs": {
			before: enginetest.Runs(revision), image: image, labels: same, wantImage: image,
			wantKept: true, wantServiceIgnore: []string{"taskDefinition"},
		},
		// The pipeline owns the image even before all tasks run.
		"the same shape is being deployed": {
			before: enginetest.Runs(revision, rollout("IN_PROGRESS", 0)), image: image, labels: same, wantImage: image,
			wantKept: true, wantServiceIgnore: []string{"taskDefinition"},
		},
		"another shape runs": {before: enginetest.Runs(revision), image: image, labels: another, wantImage: image},
		"a revision without labels runs": {
			before: enginetest.Runs(revision), image: image, labels: map[string]string{}, wantImage: image,
		},
		// ECS rolled the configured shape back. Only a different revision makes ECS try again.
		"the same shape was rolled back": {
			before: enginetest.Runs(revision), image: image, labels: another, newest: image, wantImage: image, wantRetry: "8",
		},
		// An earlier update may have registered the same revision, and the engine would see no change.
		"a later push was rolled back": {
			before: enginetest.Runs(revision), image: image, labels: another, newest: otherImage, wantImage: image, wantRetry: "8",
		},
		"the bootstrap image runs": {
			before: enginetest.Runs(revision), image: bootstrap, labels: same, wantImage: bootstrap,
			wantKept: true, wantServiceIgnore: []string{"taskDefinition"},
		},
		"the bootstrap image runs in another shape": {
			before: enginetest.Runs(revision), image: bootstrap, labels: another, wantImage: bootstrap,
		},
		"another image is configured while the bootstrap image runs": {
			args: named, before: enginetest.Runs(revision), image: bootstrap, labels: same, wantImage: "httpd",
		},
		"another image is configured after a deployment": {
			args: named, before: enginetest.Runs(revision), image: image, labels: same, wantImage: image,
			wantKept: true, wantServiceIgnore: []string{"taskDefinition"},
		},
		"ECS gave up on the first revision": {
			before: enginetest.Runs(revision, rollout("FAILED", 0)), image: bootstrap, labels: same,
			newest: bootstrap, wantImage: bootstrap, wantRetry: "8",
		},
		"from blue/green to rolling": {
			before: enginetest.Runs("", taskSets(revision)), image: image, labels: labels(t, smaller, true), wantImage: image,
		},
	} {
		t.Run(name, func(t *testing.T) { test.require(t, false) })
	}
}

// CodeDeploy owns the revision of a blue/green service, and the properties that a deployment changes.
func TestRunningBlueGreenService(t *testing.T) {
	same, another := labels(t, smaller, true), labels(t, larger, true)
	codeDeploys := []string{"loadBalancers", "networkConfiguration", "platformVersion"}
	owned := append([]string{"taskDefinition"}, codeDeploys...)
	for name, test := range map[string]runningCase{
		"nothing runs": {wantImage: bootstrap, wantServiceIgnore: codeDeploys},
		// Only a deployment can change the revision of a blue/green service. ECS refuses an update.
		"another shape runs": {
			before: enginetest.Runs("", taskSets(revision)), image: image, labels: another,
			wantImage: image, wantKept: true, wantServiceIgnore: owned,
		},
		"the bootstrap image runs": {
			before: enginetest.Runs("", taskSets(revision)), image: bootstrap, labels: same,
			wantImage: bootstrap, wantKept: true, wantServiceIgnore: owned,
		},
		// CodeDeploy has no image to deploy yet. So the update replaces the service.
		"the bootstrap image runs in another shape": {
			before: enginetest.Runs("", taskSets(revision)), image: bootstrap, labels: another,
			wantImage: bootstrap, wantServiceIgnore: codeDeploys,
		},
		// A change of the deployment controller replaces the service. The new one must not start with the bootstrap image.
		"from rolling to blue/green": {
			before: enginetest.Runs(revision), image: image, labels: labels(t, smaller, false), wantImage: image,
			wantServiceIgnore: codeDeploys,
		},
	} {
		t.Run(name, func(t *testing.T) { test.require(t, true) })
	}
}

// The program must not treat an error as "nothing runs": that would replace the
// running image with the bootstrap image.
func TestRunningServiceUnknown(t *testing.T) {
	for name, test := range map[string]struct {
		given *enginetest.Engine
		want  string
	}{
		"no access": {&enginetest.Engine{APIError: errors.New("AccessDeniedException: ecs:DescribeServices")},
			"reading the state of service web in cluster fargate-cd-test: AccessDenied"},
		"no such revision": {&enginetest.Engine{Before: enginetest.Runs(revision)}, "reading the task definition " + revision + " of service web: "},
		"no container of that name": {&enginetest.Engine{Before: enginetest.Runs(revision), Revisions: map[string]types.ContainerDefinition{revision: {}}},
			"the task definition " + revision + " of service web has no container web with an image"},
		"no image": {&enginetest.Engine{Before: enginetest.Runs(revision), Revisions: map[string]types.ContainerDefinition{revision: container("", nil)}},
			"the task definition " + revision + " of service web has no container web with an image"},
		"a first deployment that a change would interrupt": {
			&enginetest.Engine{Before: enginetest.Runs("", taskSets(revision, otherRevision)), Revisions: map[string]types.ContainerDefinition{
				revision: container(bootstrap, map[string]string{
					"fargate-cd.bootstrap": bootstrap, "fargate-cd.controller": "CODE_DEPLOY",
				}),
				otherRevision: container(image, nil),
			}},
			"service web has its first deployment in progress",
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := test.given.Run(setup{service: someService, blueGreen: true}.program, nil)
			require.ErrorContains(t, err, test.want)
			require.Empty(t, test.given.All("fargate-cd:components:FargateService"), "no part of the service is registered")
		})
	}
}
