package components_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/components"
)

const revision = "arn:aws:ecs:eu-central-1:111122223333:task-definition/fargate-cd-test-web:7"

// The program owns the shape of a service's tasks and the pipeline their image.
// What runs now decides which of the two the next revision is made by.
func TestRunningService(t *testing.T) {
	given := &components.FargateServiceArgs{ServiceSpec: components.ServiceSpec{Environment: map[string]string{"A": "1"}}}
	labels := func(deployment *components.DeploymentSpec, args *components.FargateServiceArgs) object {
		r := &recorder{}
		run(t, r, setup{service: args, deployment: deployment}.program)
		return containerOf(t, r.one(t, "ecs.TaskDefinition", "web").Inputs)["dockerLabels"].(object)
	}
	otherShape := labels(nil, &components.FargateServiceArgs{ServiceSpec: components.ServiceSpec{Cpu: 512, Memory: 1024}})
	kept := []string{"containerDefinitions", "cpu", "memory", "runtimePlatform", "executionRoleArn", "taskRoleArn"}
	const bootstrap, deployed = "docker.io/traefik/whoami:v1.11.0", "ecr.example/web@sha256:1"

	for name, test := range map[string]struct {
		deployment         *components.DeploymentSpec
		running            object // the labels of the running container; nil when nothing runs
		wantImage          string
		wantRevisionIgnore []string
		wantServiceIgnore  []string
	}{
		"nothing runs": {wantImage: bootstrap},
		"the same shape runs": {
			running: labels(nil, given), wantImage: deployed,
			wantRevisionIgnore: kept, wantServiceIgnore: []string{"taskDefinition"},
		},
		"another shape runs":                            {running: otherShape, wantImage: deployed},
		"something runs that the program did not shape": {running: object{}, wantImage: deployed},
		"nothing runs, blue/green": {
			deployment: allAtOnce, wantImage: bootstrap,
			wantServiceIgnore: []string{"loadBalancers", "networkConfiguration", "platformVersion"},
		},
		// Only a deployment gives a blue/green service another revision; an update of the service is refused.
		"another shape runs, blue/green": {
			deployment: allAtOnce, running: labels(allAtOnce, someService), wantImage: deployed,
			wantRevisionIgnore: kept,
			wantServiceIgnore:  []string{"taskDefinition", "loadBalancers", "networkConfiguration", "platformVersion"},
		},
		// A change of the deployment controller makes another service, which must not begin with the bootstrap image.
		"from rolling to blue/green": {
			deployment: allAtOnce, running: labels(nil, given), wantImage: deployed,
			wantServiceIgnore: []string{"loadBalancers", "networkConfiguration", "platformVersion"},
		},
		"from blue/green to rolling": {running: labels(allAtOnce, given), wantImage: deployed},
	} {
		t.Run(name, func(t *testing.T) {
			r := &recorder{}
			if test.running != nil {
				r.service = answer{values: object{"taskDefinition": revision}}
				r.container = answer{values: object{"image": deployed, "dockerLabels": test.running}}
			}
			run(t, r, setup{service: given, deployment: test.deployment}.program)

			definition, service := r.one(t, "ecs.TaskDefinition", "web"), r.one(t, "ecs.Service", "web")
			require.Equal(t, test.wantImage, containerOf(t, definition.Inputs)["image"])
			require.ElementsMatch(t, test.wantRevisionIgnore, definition.IgnoreChanges)
			require.ElementsMatch(t, test.wantServiceIgnore, service.IgnoreChanges)
			require.Equal(t, object{"clusterArn": clusterName, "serviceName": "web"}, r.asked["ecs.getService"])
			if test.running != nil {
				require.Equal(t, object{"taskDefinition": revision, "containerName": "web"}, r.asked["ecs.getContainerDefinition"])
			}
		})
	}
}

// A wrong answer must not pass for "nothing runs": that would put the bootstrap
// image in the place of the running one.
func TestRunningServiceUnknown(t *testing.T) {
	found := answer{values: object{"taskDefinition": revision}}
	for name, test := range map[string]struct {
		service, container answer
		want               string
	}{
		"no access": {service: answer{err: errors.New("AccessDeniedException: ecs:DescribeServices")},
			want: "asking what service web in cluster fargate-cd-test runs: "},
		"no container of that name": {service: found, container: answer{err: errors.New("container not found")},
			want: "reading container web of " + revision + ": "},
		"no image": {service: found, container: answer{values: object{"image": ""}},
			want: "container web of " + revision + " has no image"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &recorder{service: test.service, container: test.container}
			err := r.run(setup{service: someService}.program, nil)
			require.ErrorContains(t, err, test.want)
			require.Empty(t, r.children(t, "FargateService", "web"), "nothing of the service is registered")
		})
	}
}

// An image starts on no other architecture than its own: the change is refused
// before the service's tasks begin to fail.
func TestRunningServiceKeepsItsArchitecture(t *testing.T) {
	const bootstrap, deployed = "docker.io/traefik/whoami:v1.11.0", "ecr.example/web@sha256:1"
	for name, test := range map[string]struct {
		image, wanted string
		labels        object
		want          string // none: no error
	}{
		"from x86 to ARM": {image: deployed, wanted: "ARM64", labels: object{"fargate-cd.shape": "1"},
			want: `service web: build.architecture: "ARM64" is not allowed: X86_64, for which the running image was built`},
		"from ARM to x86": {image: deployed, wanted: "X86_64", labels: object{"fargate-cd.architecture": "ARM64"},
			want: `service web: build.architecture: "X86_64" is not allowed: ARM64, for which the running image was built`},
		"the same":                    {image: deployed, wanted: "ARM64", labels: object{"fargate-cd.architecture": "ARM64"}},
		"before the first deployment": {image: bootstrap, wanted: "ARM64", labels: object{}},
	} {
		t.Run(name, func(t *testing.T) {
			r := &recorder{
				service:   answer{values: object{"taskDefinition": revision}},
				container: answer{values: object{"image": test.image, "dockerLabels": test.labels}},
			}
			err := r.run(setup{service: &components.FargateServiceArgs{
				ServiceSpec: components.ServiceSpec{Architecture: test.wanted},
			}}.program, nil)
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.want)
			require.Empty(t, r.children(t, "FargateService", "web"), "nothing of the service is registered")
		})
	}
}

// ECS is steady again after its circuit breaker went back to the old revision,
// and the provider reports success: the program must not.
func TestServiceRolledBack(t *testing.T) {
	const made = "arn:aws:ecs:eu-central-1:111122223333:taskdefinition/web"
	for name, test := range map[string]struct {
		deployment *components.DeploymentSpec
		preview    bool
		want       string // none: no error
	}{
		"rolling":                         {want: "ECS rolled service web back from " + made + " to " + revision},
		"a preview cannot know":           {preview: true},
		"blue/green is not the program's": {deployment: allAtOnce},
	} {
		t.Run(name, func(t *testing.T) {
			r := &recorder{preview: test.preview, rolledBackTo: revision}
			err := r.run(setup{service: someService, deployment: test.deployment}.program, nil)
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.want)
		})
	}
}
