package fargateservice_test

import (
	"errors"
	"maps"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

// Revisions of the service web. The program registers madeRevision. The others are
// from earlier updates or from the pipeline.
const (
	family        = "arn:aws:ecs:eu-central-1:111122223333:task-definition/fargate-cd-test-web:"
	revision      = family + "7"
	otherRevision = family + "8"
	madeRevision  = family + "9"
	laterRevision = family + "10"
	otherPort     = family + "6"
	bootstrap     = "docker.io/traefik/whoami:v1.11.0"
	image         = "ecr.example/web@sha256:1"
	otherImage    = "ecr.example/web@sha256:2"
)

// labels returns the docker labels of the revision that the program registers for the arguments.
func labels(t *testing.T, args *fargateservice.Args, blueGreen bool) map[string]string {
	t.Helper()
	r := &enginetest.Engine{}
	r.MustRun(t, setup{service: args, blueGreen: blueGreen}.program)
	out := map[string]string{}
	for key, value := range r.One(t, "ecs.TaskDefinition", "web").Container(t)["dockerLabels"].(object) {
		out[key] = value.(string)
	}
	return out
}

// requireKept runs the program while a revision with the given labels and ports runs. It requires that the program
// keeps the revision if kept is true, and registers another one otherwise. In both cases the image must stay.
func requireKept(t *testing.T, kept bool, args *fargateservice.Args, labels map[string]string, ports ...int32) {
	t.Helper()
	running := container(image, labels, ports...)
	r := &enginetest.Engine{Before: enginetest.Runs(revision), Revisions: map[string]types.ContainerDefinition{
		revision: running, "fargate-cd-test-web": running,
	}}
	r.MustRun(t, setup{service: args}.program)
	definition := r.One(t, "ecs.TaskDefinition", "web")
	require.Equal(t, kept, len(definition.IgnoreChanges) > 0, "the running revision is kept")
	require.Equal(t, image, definition.Container(t)["image"])
}

// container returns the container web of a revision, by default with port 8080.
func container(image string, labels map[string]string, ports ...int32) types.ContainerDefinition {
	c := types.ContainerDefinition{Name: aws.String("web"), Image: &image, DockerLabels: labels}
	for _, port := range append(ports, 8080)[:max(1, len(ports))] {
		c.PortMappings = append(c.PortMappings, types.PortMapping{ContainerPort: aws.Int32(port)})
	}
	return c
}

// rollout sets the state of the primary deployment and the number of running tasks.
func rollout(state types.DeploymentRolloutState, running int32) func(*types.Service) {
	return func(s *types.Service) {
		s.Deployments[0].RolloutState, s.Deployments[0].RunningCount, s.RunningCount = state, running, running
	}
}

// said adds an event that is newer than the existing ones.
func said(id, message string) func(*types.Service) {
	return func(s *types.Service) {
		s.Events = append([]types.ServiceEvent{{Id: &id, Message: &message}}, s.Events...)
	}
}

// besides adds an older deployment, which ECS is replacing.
func besides(revision string) func(*types.Service) {
	return func(s *types.Service) {
		s.Deployments = append(s.Deployments, types.Deployment{Status: aws.String("ACTIVE"), TaskDefinition: &revision})
	}
}

// taskSets changes the service to a CodeDeploy service with a task set for each revision. The first one is primary.
func taskSets(revisions ...string) func(*types.Service) {
	return func(s *types.Service) {
		s.Deployments = nil
		for i, revision := range revisions {
			status := []string{"PRIMARY", "ACTIVE"}[min(i, 1)]
			s.TaskSets = append(s.TaskSets, types.TaskSet{
				Status: &status, TaskDefinition: &revision, ComputedDesiredCount: 1, RunningCount: 1,
				StabilityStatus: types.StabilityStatusSteadyState,
			})
		}
	}
}

// The program owns the shape of the tasks, and the pipeline owns their image. The state
// of the service decides whether the program registers a revision, and with which
// image.
func TestRunningService(t *testing.T) {
	given := &fargateservice.Args{Spec: fargateservice.Spec{Environment: map[string]string{"A": "1"}}}
	larger := &fargateservice.Args{Spec: fargateservice.Spec{Cpu: 512, Memory: 1024}}
	named := &fargateservice.Args{Spec: fargateservice.Spec{
		Environment: map[string]string{"A": "1"}, Image: "httpd",
	}}
	kept := []string{"containerDefinitions", "cpu", "memory", "runtimePlatform", "executionRoleArn", "taskRoleArn", "volumes", "ephemeralStorage"}
	codeDeploys := []string{"loadBalancers", "networkConfiguration", "platformVersion"}
	owned := append([]string{"taskDefinition"}, codeDeploys...)

	for name, test := range map[string]struct {
		args      *fargateservice.Args // nil = given
		blueGreen bool
		before    *types.Service
		image     string            // the running image
		labels    map[string]string // of the running container
		newest    string            // image of the newest revision of the family, if that is not the running one

		wantImage          string
		wantRetry          any // value of the retry label
		wantRevisionIgnore []string
		wantServiceIgnore  []string
	}{
		"nothing runs": {wantImage: bootstrap},
		"nothing runs, blue/green": {
			blueGreen: true, wantImage: bootstrap, wantServiceIgnore: codeDeploys,
		},
		// ECS returns a deleted service for a while. Its image may have been deleted with its repository.
		"a deleted service": {
			before: enginetest.Runs(revision, func(s *types.Service) { s.Status = aws.String("INACTIVE") }),
			image:  image, labels: labels(t, given, false), wantImage: bootstrap,
		},
		"a service that is being deleted": {
			before: enginetest.Runs(revision, func(s *types.Service) { s.Status = aws.String("DRAINING") }),
			image:  image, labels: labels(t, given, false), wantImage: bootstrap,
		},
		"the same shape runs": {
			before: enginetest.Runs(revision), image: image, labels: labels(t, given, false), wantImage: image,
			wantRevisionIgnore: kept, wantServiceIgnore: []string{"taskDefinition"},
		},
		// The pipeline owns the image even before all tasks run.
		"the same shape is being deployed": {
			before: enginetest.Runs(revision, rollout("IN_PROGRESS", 0)), image: image, labels: labels(t, given, false), wantImage: image,
			wantRevisionIgnore: kept, wantServiceIgnore: []string{"taskDefinition"},
		},
		"another shape runs": {before: enginetest.Runs(revision), image: image, labels: labels(t, larger, false), wantImage: image},
		"a revision without labels runs": {
			before: enginetest.Runs(revision), image: image, labels: map[string]string{}, wantImage: image,
		},
		// ECS rolled the configured shape back. Only a different revision makes ECS try again.
		"the same shape was rolled back": {
			before: enginetest.Runs(revision), image: image, labels: labels(t, larger, false), newest: image, wantImage: image, wantRetry: "8",
		},
		// An earlier update may have registered the same revision, and the engine would see no change.
		"a later push was rolled back": {
			before: enginetest.Runs(revision), image: image, labels: labels(t, larger, false), newest: otherImage, wantImage: image, wantRetry: "8",
		},
		"the bootstrap image runs": {
			before: enginetest.Runs(revision), image: bootstrap, labels: labels(t, given, false), wantImage: bootstrap,
			wantRevisionIgnore: kept, wantServiceIgnore: []string{"taskDefinition"},
		},
		"the bootstrap image runs in another shape": {
			before: enginetest.Runs(revision), image: bootstrap, labels: labels(t, larger, false), wantImage: bootstrap,
		},
		"another image is configured while the bootstrap image runs": {
			args: named, before: enginetest.Runs(revision), image: bootstrap, labels: labels(t, given, false), wantImage: "httpd",
		},
		"another image is configured after a deployment": {
			args: named, before: enginetest.Runs(revision), image: image, labels: labels(t, given, false), wantImage: image,
			wantRevisionIgnore: kept, wantServiceIgnore: []string{"taskDefinition"},
		},
		"ECS gave up on the first revision": {
			before: enginetest.Runs(revision, rollout("FAILED", 0)), image: bootstrap, labels: labels(t, given, false),
			newest: bootstrap, wantImage: bootstrap, wantRetry: "8",
		},
		// Only a deployment can change the revision of a blue/green service. ECS refuses an update.
		"another shape runs, blue/green": {
			blueGreen: true, before: enginetest.Runs("", taskSets(revision)), image: image, labels: labels(t, larger, true),
			wantImage: image, wantRevisionIgnore: kept, wantServiceIgnore: owned,
		},
		"the bootstrap image runs, blue/green": {
			blueGreen: true, before: enginetest.Runs("", taskSets(revision)), image: bootstrap, labels: labels(t, given, true),
			wantImage: bootstrap, wantRevisionIgnore: kept, wantServiceIgnore: owned,
		},
		// CodeDeploy has no image to deploy yet. So the update replaces the service.
		"the bootstrap image runs in another shape, blue/green": {
			blueGreen: true, before: enginetest.Runs("", taskSets(revision)), image: bootstrap, labels: labels(t, larger, true),
			wantImage: bootstrap, wantServiceIgnore: codeDeploys,
		},
		// A change of the deployment controller replaces the service. The new one must not start with the bootstrap image.
		"from rolling to blue/green": {
			blueGreen: true, before: enginetest.Runs(revision), image: image, labels: labels(t, given, false), wantImage: image,
			wantServiceIgnore: codeDeploys,
		},
		"from blue/green to rolling": {
			before: enginetest.Runs("", taskSets(revision)), image: image, labels: labels(t, given, true), wantImage: image,
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{Before: test.before, Newest: 7, Revisions: map[string]types.ContainerDefinition{}}
			r.Revisions[revision] = container(test.image, test.labels)
			r.Revisions["fargate-cd-test-web"] = container(test.image, test.labels)
			args := given
			if test.args != nil {
				args = test.args
			}
			if test.newest != "" {
				r.Revisions["fargate-cd-test-web"] = container(test.newest, labels(t, given, false))
				r.Newest = 8
			}
			r.MustRun(t, setup{service: args, blueGreen: test.blueGreen}.program)

			definition, service := r.One(t, "ecs.TaskDefinition", "web"), r.One(t, "ecs.Service", "web")
			made := definition.Container(t)
			require.Equal(t, test.wantImage, made["image"])
			require.Equal(t, test.wantRetry, made["dockerLabels"].(object)["fargate-cd.retry"])
			require.ElementsMatch(t, test.wantRevisionIgnore, definition.IgnoreChanges)
			require.ElementsMatch(t, test.wantServiceIgnore, service.IgnoreChanges)
			require.Equal(t, true, definition.Inputs["skipDestroy"], "a service or a rollback may need any revision")
		})
	}
}

// The program must not treat an error as "nothing runs": that would replace the
// running image with the bootstrap image.
func TestRunningServiceUnknown(t *testing.T) {
	for name, test := range map[string]struct {
		given *enginetest.Engine
		want  string
	}{
		"no access": {&enginetest.Engine{Refusal: errors.New("AccessDeniedException: ecs:DescribeServices")},
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

// An image runs only on the architecture for which it was built. The program refuses
// the change before the service's tasks begin to fail.
func TestRunningServiceKeepsItsArchitecture(t *testing.T) {
	for name, test := range map[string]struct {
		image, wanted string
		labels        map[string]string
		want          string // empty: no error
	}{
		"from x86 to ARM": {image: image, wanted: "ARM64", labels: map[string]string{"fargate-cd.shape": "1"},
			want: `service web: build.architecture: "ARM64" is not allowed: X86_64, for which the running image was built`},
		"from ARM to x86": {image: image, wanted: "X86_64", labels: map[string]string{"fargate-cd.architecture": "ARM64"},
			want: `service web: build.architecture: "X86_64" is not allowed: ARM64, for which the running image was built`},
		"the same":                    {image: image, wanted: "ARM64", labels: map[string]string{"fargate-cd.architecture": "ARM64"}},
		"before the first deployment": {image: bootstrap, wanted: "ARM64", labels: map[string]string{"fargate-cd.bootstrap": bootstrap}},
	} {
		t.Run(name, func(t *testing.T) {
			ran := container(test.image, test.labels)
			r := &enginetest.Engine{Before: enginetest.Runs(revision), Revisions: map[string]types.ContainerDefinition{
				revision: ran, "fargate-cd-test-web": ran,
			}}
			err := r.Run(setup{service: &fargateservice.Args{
				Spec: fargateservice.Spec{Architecture: test.wanted},
			}}.program, nil)
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.want)
			require.Empty(t, r.All("fargate-cd:components:FargateService"), "no part of the service is registered")
		})
	}
}

// A deployment may end while the program runs. The revision that the program
// registers must have the image that ran immediately before.
func TestServiceChangesDuringTheUpdate(t *testing.T) {
	larger := &fargateservice.Args{Spec: fargateservice.Spec{Cpu: 512, Memory: 1024}}
	old := labels(t, someService, false)
	r := &enginetest.Engine{Before: enginetest.Runs(revision), Begun: enginetest.Runs(otherRevision), Revisions: map[string]types.ContainerDefinition{
		revision: container(image, old), otherRevision: container(otherImage, old), "fargate-cd-test-web": container(otherImage, old),
	}}
	r.MustRun(t, setup{service: larger}.program)
	require.Equal(t, otherImage, r.One(t, "ecs.TaskDefinition", "web").Container(t)["image"])
}

// The first deployment of a blue/green service may begin while the program runs. A
// replacement of the service would interrupt it.
func TestFirstDeploymentDuringTheUpdate(t *testing.T) {
	larger := &fargateservice.Args{Spec: fargateservice.Spec{Cpu: 512, Memory: 1024}}
	old := labels(t, someService, true)
	for name, begun := range map[string]*types.Service{
		"in progress": enginetest.Runs("", taskSets(revision, otherRevision)),
		"completed":   enginetest.Runs("", taskSets(otherRevision)),
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{Before: enginetest.Runs("", taskSets(revision)), Begun: begun, Revisions: map[string]types.ContainerDefinition{
				revision: container(bootstrap, old), otherRevision: container(image, old), "fargate-cd-test-web": container(image, old),
			}}
			require.ErrorContains(t, r.Run(setup{service: larger, blueGreen: true}.program, nil), "service web has its first deployment in progress")
			require.Empty(t, r.All("ecs.Service"), "the service is not replaced")
		})
	}
}

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

// The old tasks of a blue/green service receive traffic on their old port until its
// next deployment is over.
func TestServiceKeepsTheOldPortOpen(t *testing.T) {
	args := &fargateservice.Args{Spec: fargateservice.Spec{ContainerPort: 9090}}
	for name, test := range map[string]struct {
		blueGreen bool
		before    *types.Service
		want      []string
	}{
		"rolling": {before: enginetest.Runs(revision), want: []string{"web-from-alb-9090"}},
		"blue/green": {blueGreen: true, before: enginetest.Runs("", taskSets(revision)),
			want: []string{"web-from-alb-8080", "web-from-alb-9090"}},
		"blue/green while old tasks wait for termination": {blueGreen: true, before: enginetest.Runs("", taskSets(otherRevision, revision)),
			want: []string{"web-from-alb-8080", "web-from-alb-9090"}},
		"blue/green afterwards": {blueGreen: true, before: enginetest.Runs("", taskSets(otherRevision)), want: []string{"web-from-alb-9090"}},
	} {
		t.Run(name, func(t *testing.T) {
			made := map[string]string{"fargate-cd.controller": "CODE_DEPLOY"}
			if !test.blueGreen {
				made = nil
			}
			r := &enginetest.Engine{Before: test.before, Revisions: map[string]types.ContainerDefinition{
				revision: container(image, made, 8080), otherRevision: container(image, made, 9090),
				"fargate-cd-test-web": container(image, made),
			}}
			r.MustRun(t, setup{service: args, blueGreen: test.blueGreen}.program)
			require.Equal(t, test.want, enginetest.Names(r.All("vpc.SecurityGroupIngressRule"))[1:], "rules other than the listener's")
			require.Contains(t, r.One(t, "lb.TargetGroup", "web-blue").IgnoreChanges, "port", "a changed port would replace the group")
		})
	}
}

// After a failed deployment, the files of the next one must differ. Otherwise no
// upload would start the pipeline again.
func TestRetryAfterAFailedDeployment(t *testing.T) {
	larger := &fargateservice.Args{Spec: fargateservice.Spec{Cpu: 512, Memory: 1024}}
	old, wanted := labels(t, someService, true), labels(t, larger, true)
	retried := maps.Clone(wanted)
	retried["fargate-cd.retry"] = "8"
	for name, test := range map[string]struct {
		service         *types.Service
		running, newest map[string]string // labels
		number          int               // of the newest revision
		want            string
	}{
		"not deployed yet":            {running: old, newest: old, number: 7},
		"the deployment has failed":   {running: old, newest: wanted, number: 8, want: "8"},
		"it has failed twice":         {running: old, newest: retried, number: 9, want: "9"},
		"another push has failed":     {running: old, newest: old, number: 8},
		"a deployment is in progress": {service: enginetest.Runs("", taskSets(revision, otherRevision)), running: old, newest: wanted, number: 8},
		"the second attempt runs":     {running: retried, newest: retried, number: 7, want: "8"},
		"a later push has failed":     {running: retried, newest: retried, number: 8, want: "8"},
	} {
		t.Run(name, func(t *testing.T) {
			before := test.service
			if before == nil {
				before = enginetest.Runs("", taskSets(revision))
			}
			r := &enginetest.Engine{Before: before, Newest: test.number, Revisions: map[string]types.ContainerDefinition{
				revision: container(image, test.running), otherRevision: container(image, test.newest),
				"fargate-cd-test-web": container(image, test.newest),
			}}
			var template string
			r.MustRun(t, func(ctx *pulumi.Context) error {
				env, err := environment.New(ctx, enginetest.Stack, &environment.Args{ClusterName: clusterName})
				if err != nil {
					return err
				}
				args := *larger
				args.Environment, args.BlueGreen = env, true
				s, err := fargateservice.New(ctx, "web", &args)
				if err != nil {
					return err
				}
				s.TaskDefinitionTemplate.ApplyT(func(text string) string { template = text; return text })
				return nil
			})
			if test.want == "" {
				require.NotContains(t, template, "fargate-cd.retry")
				return
			}
			require.Contains(t, template, `"fargate-cd.retry": "`+test.want+`"`)
		})
	}
}

// The production traffic of a blue/green service goes to its green target group after
// every second deployment.
func TestGreenServes(t *testing.T) {
	const green = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/web-green-1234567/1"
	serving := func(s *types.Service) {
		s.TaskSets[0].LoadBalancers = []types.LoadBalancer{{TargetGroupArn: aws.String(green)}}
	}
	for name, test := range map[string]struct {
		balancer string // of the running revision
		green    bool
		want     string // the error; empty for none
	}{
		"the same balancer":            {balancer: "alb", green: true},
		"another balancer while green": {balancer: "internal", green: true, want: "service web cannot move to another load balancer now"},
		"another balancer while blue":  {balancer: "internal"},
		"a revision without the label": {green: true},
	} {
		t.Run(name, func(t *testing.T) {
			made := labels(t, someService, true)
			made["fargate-cd.balancer"] = test.balancer
			before := enginetest.Runs("", taskSets(revision))
			if test.green {
				serving(before)
			}
			r := &enginetest.Engine{Before: before, Newest: 7, Revisions: map[string]types.ContainerDefinition{
				revision: container(image, made), "fargate-cd-test-web": container(image, made),
			}}
			err := r.Run(setup{environment: testListening, service: someService, blueGreen: true}.program, nil)
			if test.want != "" {
				require.ErrorContains(t, err, test.want)
				require.Empty(t, r.All("fargate-cd:components:FargateService"), "no part of the service is registered")
				return
			}
			require.NoError(t, err)
			target := r.One(t, "lb.ListenerRule", "web-test").Inputs["actions"].(list)[0].(object)["targetGroupArn"]
			require.Equal(t, test.green, target == green, "the rule of a new test listener forwards to %v", target)
		})
	}
}
