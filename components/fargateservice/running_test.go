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

// Revisions of the service web. The program registers madeRevision; earlier and
// later ones are somebody else's.
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

// labels are those of the revision that the program registers for arguments.
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

// container is the container web of a revision.
func container(image string, labels map[string]string, ports ...int32) types.ContainerDefinition {
	c := types.ContainerDefinition{Name: aws.String("web"), Image: &image, DockerLabels: labels}
	for _, port := range append(ports, 8080)[:max(1, len(ports))] {
		c.PortMappings = append(c.PortMappings, types.PortMapping{ContainerPort: aws.Int32(port)})
	}
	return c
}

// rollout puts the primary deployment into a state.
func rollout(state types.DeploymentRolloutState, running int32) func(*types.Service) {
	return func(s *types.Service) {
		s.Deployments[0].RolloutState, s.Deployments[0].RunningCount, s.RunningCount = state, running, running
	}
}

// besides adds a deployment that leaves.
func besides(revision string) func(*types.Service) {
	return func(s *types.Service) {
		s.Deployments = append(s.Deployments, types.Deployment{Status: aws.String("ACTIVE"), TaskDefinition: &revision})
	}
}

// taskSets makes it a service of CodeDeploy, with a task set for each revision. The first is the primary one.
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

// The program owns the shape of a service's tasks and the pipeline their image.
// What runs now decides which of the two the next revision is made by.
func TestRunningService(t *testing.T) {
	given := &fargateservice.Args{Spec: fargateservice.Spec{Environment: map[string]string{"A": "1"}}}
	larger := &fargateservice.Args{Spec: fargateservice.Spec{Cpu: 512, Memory: 1024}}
	named := &fargateservice.Args{Spec: fargateservice.Spec{
		Environment: map[string]string{"A": "1"}, Image: "httpd",
	}}
	kept := []string{"containerDefinitions", "cpu", "memory", "runtimePlatform", "executionRoleArn", "taskRoleArn"}
	codeDeploys := []string{"loadBalancers", "networkConfiguration", "platformVersion"}
	owned := append([]string{"taskDefinition"}, codeDeploys...)

	for name, test := range map[string]struct {
		args      *fargateservice.Args // nil = given
		blueGreen bool
		before    *types.Service
		image     string            // that runs
		labels    map[string]string // of the running container
		newest    string            // image of the newest revision of the family, if that does not run

		wantImage          string
		wantRetry          any // of the label
		wantRevisionIgnore []string
		wantServiceIgnore  []string
	}{
		"nothing runs": {wantImage: bootstrap},
		"nothing runs, blue/green": {
			blueGreen: true, wantImage: bootstrap, wantServiceIgnore: codeDeploys,
		},
		// ECS describes a deleted service for a while. Its image may be gone with its repository.
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
		// Its tasks are not all there yet, and the image is the pipeline's all the same.
		"the same shape is being deployed": {
			before: enginetest.Runs(revision, rollout("IN_PROGRESS", 0)), image: image, labels: labels(t, given, false), wantImage: image,
			wantRevisionIgnore: kept, wantServiceIgnore: []string{"taskDefinition"},
		},
		"another shape runs": {before: enginetest.Runs(revision), image: image, labels: labels(t, larger, false), wantImage: image},
		"something runs that the program did not shape": {
			before: enginetest.Runs(revision), image: image, labels: map[string]string{}, wantImage: image,
		},
		// ECS went back from the configured shape: only another revision makes it try again.
		"the same shape was rolled back": {
			before: enginetest.Runs(revision), image: image, labels: labels(t, larger, false), newest: image, wantImage: image, wantRetry: "8",
		},
		// The revision that an earlier update has registered may be the same, and the engine would see no change.
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
		// Only a deployment gives a blue/green service another revision; an update of the service is refused.
		"another shape runs, blue/green": {
			blueGreen: true, before: enginetest.Runs("", taskSets(revision)), image: image, labels: labels(t, larger, true),
			wantImage: image, wantRevisionIgnore: kept, wantServiceIgnore: owned,
		},
		"the bootstrap image runs, blue/green": {
			blueGreen: true, before: enginetest.Runs("", taskSets(revision)), image: bootstrap, labels: labels(t, given, true),
			wantImage: bootstrap, wantRevisionIgnore: kept, wantServiceIgnore: owned,
		},
		// There is no image yet that a deployment could bring: the service is replaced.
		"the bootstrap image runs in another shape, blue/green": {
			blueGreen: true, before: enginetest.Runs("", taskSets(revision)), image: bootstrap, labels: labels(t, larger, true),
			wantImage: bootstrap, wantServiceIgnore: codeDeploys,
		},
		// A change of the deployment controller makes another service, which must not begin with the bootstrap image.
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

// A wrong answer must not pass for "nothing runs": that would put the bootstrap
// image in the place of the running one.
func TestRunningServiceUnknown(t *testing.T) {
	for name, test := range map[string]struct {
		given *enginetest.Engine
		want  string
	}{
		"no access": {&enginetest.Engine{Refusal: errors.New("AccessDeniedException: ecs:DescribeServices")},
			"asking what service web in cluster fargate-cd-test runs: AccessDenied"},
		"no such revision": {&enginetest.Engine{Before: enginetest.Runs(revision)}, "reading the task definition " + revision + " of service web: "},
		"no container of that name": {&enginetest.Engine{Before: enginetest.Runs(revision), Revisions: map[string]types.ContainerDefinition{revision: {}}},
			"the task definition " + revision + " of service web has no container web with an image"},
		"no image": {&enginetest.Engine{Before: enginetest.Runs(revision), Revisions: map[string]types.ContainerDefinition{revision: container("", nil)}},
			"the task definition " + revision + " of service web has no container web with an image"},
		"a first deployment that a change would end": {
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
			require.Empty(t, test.given.All("fargate-cd:components:FargateService"), "nothing of the service is registered")
		})
	}
}

// An image starts on no other architecture than its own: the change is refused
// before the service's tasks begin to fail.
func TestRunningServiceKeepsItsArchitecture(t *testing.T) {
	for name, test := range map[string]struct {
		image, wanted string
		labels        map[string]string
		want          string // none: no error
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
			require.Empty(t, r.All("fargate-cd:components:FargateService"), "nothing of the service is registered")
		})
	}
}

// A deployment may end while the program runs: the revision that the program
// registers has the image that ran immediately before.
func TestServiceChangesDuringTheUpdate(t *testing.T) {
	larger := &fargateservice.Args{Spec: fargateservice.Spec{Cpu: 512, Memory: 1024}}
	old := labels(t, someService, false)
	r := &enginetest.Engine{Before: enginetest.Runs(revision), Begun: enginetest.Runs(otherRevision), Revisions: map[string]types.ContainerDefinition{
		revision: container(image, old), otherRevision: container(otherImage, old), "fargate-cd-test-web": container(otherImage, old),
	}}
	r.MustRun(t, setup{service: larger}.program)
	require.Equal(t, otherImage, r.One(t, "ecs.TaskDefinition", "web").Container(t)["image"])
}

// The first deployment of a blue/green service may begin while the program runs.
// To replace the service then would end it.
func TestFirstDeploymentDuringTheUpdate(t *testing.T) {
	larger := &fargateservice.Args{Spec: fargateservice.Spec{Cpu: 512, Memory: 1024}}
	old := labels(t, someService, true)
	for name, begun := range map[string]*types.Service{
		"it goes on":  enginetest.Runs("", taskSets(revision, otherRevision)),
		"it was fast": enginetest.Runs("", taskSets(otherRevision)),
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{Before: enginetest.Runs("", taskSets(revision)), Begun: begun, Revisions: map[string]types.ContainerDefinition{
				revision: container(bootstrap, old), otherRevision: container(image, old), "fargate-cd-test-web": container(image, old),
			}}
			require.ErrorContains(t, r.Run(setup{service: larger, blueGreen: true}.program, nil), "service web has its first deployment in progress")
			require.Empty(t, r.All("ecs.Service"), "the service stays")
		})
	}
}

// An update succeeds only with a service that runs steadily on what it should run.
func TestServiceComesToRest(t *testing.T) {
	const inProgress, completed, failed = types.DeploymentRolloutStateInProgress, types.DeploymentRolloutStateCompleted, types.DeploymentRolloutStateFailed
	wanted, another := labels(t, someService, false), map[string]string{"fargate-cd.shape": "another"}
	deployed := maps.Clone(wanted)
	for name, test := range map[string]struct {
		blueGreen bool
		before    *types.Service // a service of another shape, unless same
		same      bool           // the running revision has the configured shape
		after     []*types.Service
		preview   bool
		want      string // the error; none = no error
	}{
		"its tasks start": {after: []*types.Service{
			enginetest.Runs(madeRevision, rollout(inProgress, 0)), enginetest.Runs(madeRevision, rollout(inProgress, 1)), enginetest.Runs(madeRevision),
		}},
		"a deployment completes before its last task runs": {after: []*types.Service{
			enginetest.Runs(madeRevision, rollout(completed, 0)), enginetest.Runs(madeRevision),
		}},
		"ECS goes back to the old revision": {before: enginetest.Runs(revision),
			after: []*types.Service{enginetest.Runs(madeRevision, rollout(inProgress, 0), besides(revision)), enginetest.Runs(revision)},
			want:  "ECS rolled service web back from fargate-cd-test-web:9 to fargate-cd-test-web:7"},
		"ECS gives up": {after: []*types.Service{enginetest.Runs(madeRevision, rollout(failed, 0))},
			want: "ECS gave up starting service web with fargate-cd-test-web:9"},
		"a later push has the configured shape": {before: enginetest.Runs(revision), after: []*types.Service{enginetest.Runs(laterRevision)}},
		"a push that began before has another shape": {before: enginetest.Runs(revision), after: []*types.Service{enginetest.Runs(otherRevision)},
			want: "a deployment that began at the same time put service web on fargate-cd-test-web:8"},
		"a later push has another shape": {before: enginetest.Runs(revision), after: []*types.Service{enginetest.Runs(otherRevision + "0")},
			want: "a deployment that began at the same time put service web on fargate-cd-test-web:80"},
		"the first answer is older than the update": {before: enginetest.Runs(revision), after: []*types.Service{
			enginetest.Runs(revision), enginetest.Runs(madeRevision),
		}},
		"the update replaces a deployment": {before: enginetest.Runs(revision), after: []*types.Service{enginetest.Runs(madeRevision, besides(otherRevision))},
			want: "this update replaced a deployment of the image " + otherImage + " to service web"},
		"the first answer does not know yet that the update replaces a deployment": {before: enginetest.Runs(revision), after: []*types.Service{
			enginetest.Runs(revision), enginetest.Runs(madeRevision, besides(otherRevision)),
		}, want: "this update replaced a deployment of the image " + otherImage + " to service web"},
		"the update replaces what ran": {before: enginetest.Runs(revision), after: []*types.Service{enginetest.Runs(madeRevision, besides(revision))}},
		"nothing changes":              {before: enginetest.Runs(revision), same: true, after: []*types.Service{enginetest.Runs(revision)}},
		"the pipeline's deployment goes on": {before: enginetest.Runs(revision), same: true,
			after: []*types.Service{enginetest.Runs(revision, rollout(inProgress, 0))}},
		"old tasks of the pipeline's deployment serve on another port": {before: enginetest.Runs(revision), same: true, after: []*types.Service{
			enginetest.Runs(revision, rollout(inProgress, 0), besides(otherPort)),
			enginetest.Runs(revision, rollout(inProgress, 1), besides(otherPort)), enginetest.Runs(revision),
		}},
		"a preview cannot know": {preview: true, before: enginetest.Runs(revision), after: []*types.Service{enginetest.Runs(revision)}},
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
				require.LessOrEqual(t, len(r.After), 1, "the program waits for what follows")
				return
			}
			require.ErrorContains(t, err, test.want)
		})
	}
}

// Old tasks of a blue/green service serve until its next deployment is over, on
// the port that they were made for.
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
		"blue/green while old tasks wait for their end": {blueGreen: true, before: enginetest.Runs("", taskSets(otherRevision, revision)),
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
			require.Equal(t, test.want, enginetest.Names(r.All("vpc.SecurityGroupIngressRule"))[1:], "rules beside the listener's")
			require.Contains(t, r.One(t, "lb.TargetGroup", "web-blue").IgnoreChanges, "port", "another port would replace the group")
		})
	}
}

// A deployment that failed left its revision behind. The files of the next one
// must differ from its files, or no upload would start the pipeline again.
func TestDeploymentIsTriedAgain(t *testing.T) {
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
		"not deployed yet":           {running: old, newest: old, number: 7},
		"the deployment has failed":  {running: old, newest: wanted, number: 8, want: "8"},
		"and once more":              {running: old, newest: retried, number: 9, want: "9"},
		"another push has failed":    {running: old, newest: old, number: 8},
		"a deployment is under way":  {service: enginetest.Runs("", taskSets(revision, otherRevision)), running: old, newest: wanted, number: 8},
		"the second try has arrived": {running: retried, newest: retried, number: 7, want: "8"},
		"a later push has failed":    {running: retried, newest: retried, number: 8, want: "8"},
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

// The production traffic of a blue/green service is at its green target group
// after every other deployment.
func TestGreenServes(t *testing.T) {
	const green = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/web-green-1234567/1"
	serving := func(s *types.Service) {
		s.TaskSets[0].LoadBalancers = []types.LoadBalancer{{TargetGroupArn: aws.String(green)}}
	}
	for name, test := range map[string]struct {
		balancer string // of the running revision
		green    bool
		want     string // the error; none = no error
	}{
		"the same balancer":                   {balancer: "alb", green: true},
		"another balancer while green":        {balancer: "internal", green: true, want: "service web moves to another load balancer"},
		"another balancer while blue":         {balancer: "internal"},
		"a revision before there was a label": {green: true},
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
				require.Empty(t, r.All("fargate-cd:components:FargateService"), "nothing of the service is registered")
				return
			}
			require.NoError(t, err)
			target := r.One(t, "lb.ListenerRule", "web-test").Inputs["actions"].(list)[0].(object)["targetGroupArn"]
			require.Equal(t, test.green, target == green, "the rule of a new test listener shows %v", target)
		})
	}
}
