package fargateservice_test

import (
	"maps"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

func TestTaskDefinition(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, setup{service: &fargateservice.Args{Spec: fargateservice.Spec{
		Cpu: 1024, Memory: 2048, ContainerPort: 5000, StopTimeoutSeconds: 60, User: "app",
		Environment: map[string]string{"B": "2", "A": "<1>"},
	}}}.program)

	definition := r.One(t, "ecs.TaskDefinition", "web")
	inputs, container := definition.Inputs, definition.Container(t)
	require.Regexp(t, "^[0-9a-f]{16}$", container["dockerLabels"].(object)["fargate-cd.shape"])
	delete(inputs, "containerDefinitions")
	delete(container, "dockerLabels")
	require.Equal(t, object{
		"family": "fargate-cd-test-web", "cpu": "1024", "memory": "2048",
		"networkMode": "awsvpc", "requiresCompatibilities": list{"FARGATE"},
		"skipDestroy":      true,
		"runtimePlatform":  object{"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
		"executionRoleArn": "arn:aws:iam:eu-central-1:111122223333:role/web-execution",
		"taskRoleArn":      "arn:aws:iam:eu-central-1:111122223333:role/web-task",
	}, inputs)
	require.Equal(t, object{
		"name": "web", "image": "docker.io/traefik/whoami:v1.11.0", "essential": true,
		"user": "app", "readonlyRootFilesystem": true, "stopTimeout": 60.0,
		"portMappings": list{object{"containerPort": 5000.0, "hostPort": 5000.0, "protocol": "tcp"}},
		"environment": list{
			object{"name": "A", "value": "<1>"}, object{"name": "B", "value": "2"},
			object{"name": "WHOAMI_PORT_NUMBER", "value": "5000"},
		},
		"logConfiguration": object{"logDriver": "awslogs", "options": object{
			"awslogs-group": "web-logs-0abcdef", "awslogs-region": enginetest.Region, "awslogs-stream-prefix": "web",
		}},
	}, container)
}

// A deployment may end while the program runs. The revision that the program
// registers must have the image that ran immediately before.
func TestServiceChangesDuringTheUpdate(t *testing.T) {
	old := labels(t, someService, false)
	r := &enginetest.Engine{Before: enginetest.Runs(revision), WhileRegistering: enginetest.Runs(otherRevision), Revisions: map[string]types.ContainerDefinition{
		revision: container(image, old), otherRevision: container(otherImage, old), "fargate-cd-test-web": container(otherImage, old),
	}}
	r.MustRun(t, setup{service: larger}.program)
	require.Equal(t, otherImage, r.One(t, "ecs.TaskDefinition", "web").Container(t)["image"])
}

// The first deployment of a blue/green service may begin while the program runs. A
// replacement of the service would interrupt it.
func TestFirstDeploymentDuringTheUpdate(t *testing.T) {
	old := labels(t, someService, true)
	for name, begun := range map[string]*types.Service{
		"in progress": enginetest.Runs("", taskSets(revision, otherRevision)),
		"completed":   enginetest.Runs("", taskSets(otherRevision)),
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{Before: enginetest.Runs("", taskSets(revision)), WhileRegistering: begun, Revisions: map[string]types.ContainerDefinition{
				revision: container(bootstrap, old), otherRevision: container(image, old), "fargate-cd-test-web": container(image, old),
			}}
			require.ErrorContains(t, r.Run(setup{service: larger, blueGreen: true}.program, nil), "service web has its first deployment in progress")
			require.Empty(t, r.All("ecs.Service"), "the service is not replaced")
		})
	}
}

// After a failed deployment, the files of the next one must differ. Otherwise no
// upload would start the pipeline again.
func TestRetryAfterAFailedDeployment(t *testing.T) {
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
