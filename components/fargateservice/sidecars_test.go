package fargateservice_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

// withSidecars returns a service whose container waits until the migration has succeeded and the proxy is healthy.
func withSidecars() *fargateservice.Args {
	return &fargateservice.Args{Spec: fargateservice.Spec{
		Secrets: map[string]string{"TOKEN": tokenParameter},
		Sidecars: []fargateservice.SidecarSpec{
			{Name: "proxy", Image: "public.ecr.aws/proxy:1", Environment: map[string]string{"B": "2", "A": "1"}, Cpu: 64, Memory: 128,
				ContainerHealthCheck: &fargateservice.ContainerHealthCheckSpec{Command: []string{"CMD", "/check"}}},
			{Name: "migrate", Image: "444455556666.dkr.ecr.eu-west-1.amazonaws.com/tools/migrate@sha256:1", Essential: pulumi.BoolRef(false),
				User: "0:0", ReadonlyRootFilesystem: pulumi.BoolRef(false), Command: []string{"up"}, EntryPoint: []string{"/migrate"},
				Secrets: map[string]string{"PASSWORD": databaseSecret + ":password::", "TOKEN": tokenParameter}, StopTimeoutSeconds: 5},
		},
		DependsOn: []fargateservice.DependencySpec{{ContainerName: "proxy", Condition: "HEALTHY"}, {ContainerName: "migrate", Condition: "SUCCESS"}},
	}}
}

// The registered revision and taskdef.json have the same sidecars.
func TestSidecars(t *testing.T) {
	var template string
	r := &enginetest.Engine{}
	r.MustRun(t, func(ctx *pulumi.Context) error {
		service, err := setup{service: withSidecars(), blueGreen: true}.register(ctx)
		require.NoError(t, err)
		service.TaskDefinitionTemplate.ApplyT(func(text string) string { template = text; return text })
		return nil
	})
	logs := func(prefix string) object {
		return object{"logDriver": "awslogs", "options": object{"awslogs-group": "web-logs-0abcdef", "awslogs-region": "eu-central-1", "awslogs-stream-prefix": prefix}}
	}
	want := list{
		object{
			"name": "proxy", "image": "public.ecr.aws/proxy:1", "essential": true, "user": "65532:65532", "readonlyRootFilesystem": true,
			"stopTimeout": 30.0, "portMappings": list{}, "dockerLabels": object{}, "environment": list{object{"name": "A", "value": "1"}, object{"name": "B", "value": "2"}},
			"cpu": 64.0, "memory": 128.0, "logConfiguration": logs("proxy"),
			"healthCheck": object{"command": list{"CMD", "/check"}, "interval": 30.0, "timeout": 5.0, "retries": 3.0},
		},
		object{
			"name": "migrate", "image": "444455556666.dkr.ecr.eu-west-1.amazonaws.com/tools/migrate@sha256:1", "essential": false, "user": "0:0",
			"readonlyRootFilesystem": false, "stopTimeout": 5.0, "portMappings": list{}, "dockerLabels": object{}, "environment": list{}, "command": list{"up"},
			"entryPoint": list{"/migrate"}, "logConfiguration": logs("migrate"), "secrets": list{
				object{"name": "PASSWORD", "valueFrom": databaseSecret + ":password::"}, object{"name": "TOKEN", "valueFrom": tokenParameter},
			},
		},
	}
	var registered list
	require.NoError(t, json.Unmarshal([]byte(r.One(t, "ecs.TaskDefinition", "web").Inputs["containerDefinitions"].(string)), &registered))
	var taskdef struct{ ContainerDefinitions list }
	require.NoError(t, json.Unmarshal([]byte(template), &taskdef))
	for _, containers := range []list{registered, taskdef.ContainerDefinitions} {
		require.Equal(t, want, containers[1:])
		own := containers[0].(object)
		require.Equal(t, "web", own["name"])
		require.Equal(t, list{object{"containerName": "proxy", "condition": "HEALTHY"}, object{"containerName": "migrate", "condition": "SUCCESS"}}, own["dependsOn"])
		require.Equal(t, logs("web"), own["logConfiguration"])
	}
	require.Equal(t, []string{
		"Allow logs:CreateLogStream logs:PutLogEvents on arn:aws:cloudwatch:eu-central-1:111122223333:loggroup/web-logs:*",
		"Allow secretsmanager:GetSecretValue on " + databaseSecret,
		"Allow ssm:GetParameters on " + tokenParameter,
		"Allow ecr:GetAuthorizationToken on *",
		"Allow ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer on arn:aws:ecr:eu-west-1:444455556666:repository/tools/migrate",
	}, r.One(t, "iam.RolePolicy", "web-execution").Policy(t, "policy"))
}

// A changed sidecar changes the shape: the service gets a new revision with the running image.
func TestSidecarChanges(t *testing.T) {
	before := labels(t, withSidecars(), false)
	for name, test := range map[string]struct {
		change func(*fargateservice.Spec)
		kept   bool
	}{
		"nothing":      {func(*fargateservice.Spec) {}, true},
		"its image":    {func(s *fargateservice.Spec) { s.Sidecars[0].Image = "public.ecr.aws/proxy:2" }, false},
		"its memory":   {func(s *fargateservice.Spec) { s.Sidecars[0].Memory = 256 }, false},
		"the order":    {func(s *fargateservice.Spec) { s.DependsOn = s.DependsOn[:1] }, false},
		"one is gone":  {func(s *fargateservice.Spec) { s.Sidecars, s.DependsOn = s.Sidecars[:1], s.DependsOn[:1] }, false},
		"all are gone": {func(s *fargateservice.Spec) { s.Sidecars, s.DependsOn = nil, nil }, false},
	} {
		t.Run(name, func(t *testing.T) {
			args := withSidecars()
			test.change(&args.Spec)
			requireKept(t, test.kept, args, before)
		})
	}
}

func TestSidecarsRefuse(t *testing.T) {
	type spec = fargateservice.Spec
	type sidecar = fargateservice.SidecarSpec
	depends := func(pairs ...string) []fargateservice.DependencySpec {
		var out []fargateservice.DependencySpec
		for _, each := range pairs {
			name, condition, _ := strings.Cut(each, " ")
			out = append(out, fargateservice.DependencySpec{ContainerName: name, Condition: condition})
		}
		return out
	}
	one := func(change func(*sidecar)) spec {
		s := sidecar{Name: "a", Image: "a"}
		change(&s)
		return spec{Sidecars: []sidecar{s}}
	}
	for name, test := range map[string]struct {
		given spec
		want  string
	}{
		"no name":         {one(func(s *sidecar) { s.Name = "" }), "sidecars[0].name: is missing"},
		"a bad name":      {one(func(s *sidecar) { s.Name = "a b" }), `sidecars[0].name: "a b" is not allowed: up to 255 letters`},
		"the own name":    {one(func(s *sidecar) { s.Name = "web" }), `sidecars[0].name: "web" is not allowed: another container of the task already has this name`},
		"a name twice":    {spec{Sidecars: []sidecar{{Name: "a", Image: "a"}, {Name: "a", Image: "a"}}}, `sidecars[1].name: "a" is not allowed: another container`},
		"no image":        {one(func(s *sidecar) { s.Image = "" }), "sidecars[0].image: is missing"},
		"a bad image":     {one(func(s *sidecar) { s.Image = "a b" }), `sidecars[0].image: "a b" is not allowed: the name of an image`},
		"a variable":      {one(func(s *sidecar) { s.Environment = map[string]string{"1": ""} }), `sidecars[0].environment: "1" is not allowed`},
		"a secret":        {one(func(s *sidecar) { s.Secrets = map[string]string{"A": "a"} }), `sidecars[0].secrets.A: "a" is not allowed: the complete ARN`},
		"a user":          {one(func(s *sidecar) { s.User = "a b" }), `sidecars[0].user: "a b" is not allowed`},
		"cpu":             {one(func(s *sidecar) { s.Cpu = -1 }), "sidecars[0].cpu: -1 is not allowed: a whole number from 1 to 16384"},
		"all of the cpu":  {one(func(s *sidecar) { s.Cpu = 256 }), "sidecars: 256 is not allowed: the sum of the sidecars' cpu must be less than the cpu of the task, which is 256"},
		"memory":          {one(func(s *sidecar) { s.Memory = 5 }), "sidecars[0].memory: 5 is not allowed: a whole number from 6 to 122880"},
		"all the memory":  {one(func(s *sidecar) { s.Memory = 512 }), "sidecars: 512 is not allowed: the sum of the sidecars' memory must be less than the memory of the task, which is 512 MiB"},
		"a stop timeout":  {one(func(s *sidecar) { s.StopTimeoutSeconds = 121 }), "sidecars[0].stopTimeoutSeconds: 121 is not allowed"},
		"a check":         {one(func(s *sidecar) { s.ContainerHealthCheck = &fargateservice.ContainerHealthCheckSpec{} }), "sidecars[0].containerHealthCheck.command: null is not allowed"},
		"ten sidecars":    {spec{Sidecars: make([]sidecar, 10)}, "sidecars: 10 is not allowed: 9 or fewer"},
		"an unknown name": {spec{DependsOn: depends("b START"), Sidecars: []sidecar{{Name: "a", Image: "a"}}}, `dependsOn[0].containerName: "b" is not allowed: another container of the task, each only once: a`},
		"itself":          {one(func(s *sidecar) { s.DependsOn = depends("a START") }), `sidecars[0].dependsOn[0].containerName: "a" is not allowed: another container of the task, each only once: web`},
		"a name again":    {one(func(s *sidecar) { s.DependsOn = depends("web START", "web START") }), `sidecars[0].dependsOn[1].containerName: "web" is not allowed`},
		"a condition":     {one(func(s *sidecar) { s.DependsOn = depends("web UP") }), `sidecars[0].dependsOn[0].condition: "UP" is not allowed: one of START, COMPLETE, SUCCESS, HEALTHY`},
		"no check":        {one(func(s *sidecar) { s.DependsOn = depends("web HEALTHY") }), `condition: "HEALTHY" is not allowed: HEALTHY requires a containerHealthCheck of web`},
		"an essential end": {one(func(s *sidecar) { s.DependsOn = depends("web COMPLETE") }),
			`condition: "COMPLETE" is not allowed: START or HEALTHY, because web is essential`},
		"a cycle": {spec{DependsOn: depends("a START"), Sidecars: []sidecar{
			{Name: "a", Image: "a", DependsOn: depends("b START")}, {Name: "b", Image: "b", DependsOn: depends("web START")}}},
			`dependsOn: "web → a → b → web" is not allowed: no cycle`},
		"a cycle of sidecars": {spec{DependsOn: depends("a START"), Sidecars: []sidecar{
			{Name: "a", Image: "a", DependsOn: depends("b START")}, {Name: "b", Image: "b", DependsOn: depends("a START")}}},
			`sidecars[0].dependsOn: "a → b → a" is not allowed: no cycle`},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			err := r.Run(setup{service: &fargateservice.Args{Spec: test.given}}.program, nil)
			require.ErrorContains(t, err, test.want)
			require.Empty(t, r.All("fargate-cd:components:FargateService"), "no part of the service is registered")
		})
	}
}
