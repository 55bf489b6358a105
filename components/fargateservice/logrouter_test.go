package fargateservice_test

import (
	"encoding/json"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

// withLogRouter returns a service whose log router has an output with a secret option.
func withLogRouter() *fargateservice.Args {
	return &fargateservice.Args{Spec: fargateservice.Spec{
		Sidecars: []fargateservice.SidecarSpec{{Name: "proxy", Image: "public.ecr.aws/proxy:1"}},
		LoggingSpec: fargateservice.LoggingSpec{LogRouter: &fargateservice.LogRouterSpec{
			Options: map[string]string{"Name": "http", "Host": "logs.example.com"}, SecretOptions: map[string]string{"Header": databaseSecret + ":header::"},
		}},
	}}
}

// Fluent Bit routes the log of the service's container only. The registered revision and taskdef.json have the same
// containers.
func TestLogRouter(t *testing.T) {
	var template string
	r := &enginetest.Engine{}
	r.MustRun(t, func(ctx *pulumi.Context) error {
		service, err := setup{service: withLogRouter(), blueGreen: true}.register(ctx)
		require.NoError(t, err)
		service.TaskDefinitionTemplate.ApplyT(func(text string) string { template = text; return text })
		return nil
	})
	logs := func(prefix string) object {
		return object{"logDriver": "awslogs", "options": object{"awslogs-group": "web-logs-0abcdef", "awslogs-region": "eu-central-1", "awslogs-stream-prefix": prefix}}
	}
	var registered list
	require.NoError(t, json.Unmarshal([]byte(r.One(t, "ecs.TaskDefinition", "web").Inputs["containerDefinitions"].(string)), &registered))
	var taskdef struct{ ContainerDefinitions list }
	require.NoError(t, json.Unmarshal([]byte(template), &taskdef))
	for _, containers := range []list{registered, taskdef.ContainerDefinitions} {
		require.Len(t, containers, 3)
		require.Equal(t, object{"logDriver": "awsfirelens", "options": object{"Name": "http", "Host": "logs.example.com"},
			"secretOptions": list{object{"name": "Header", "valueFrom": databaseSecret + ":header::"}}}, containers[0].(object)["logConfiguration"])
		require.Equal(t, logs("proxy"), containers[1].(object)["logConfiguration"])
		require.Equal(t, object{
			"name": "log_router", "image": "public.ecr.aws/aws-observability/aws-for-fluent-bit:3.4.16", "essential": true, "user": "0",
			"readonlyRootFilesystem": true, "stopTimeout": 30.0, "portMappings": list{}, "dockerLabels": object{}, "environment": list{},
			"firelensConfiguration": object{"type": "fluentbit", "options": object{"enable-ecs-log-metadata": "true"}}, "logConfiguration": logs("log_router"),
		}, containers[2])
	}
	require.Equal(t, []string{
		"Allow logs:CreateLogStream logs:PutLogEvents on arn:aws:cloudwatch:eu-central-1:111122223333:loggroup/web-logs:*",
		"Allow secretsmanager:GetSecretValue on " + databaseSecret,
	}, r.One(t, "iam.RolePolicy", "web-execution").Policy(t, "policy"), "what the output needs, taskRoleStatements say")
	require.Empty(t, r.All("iam.RolePolicy")[1:], "the task role has no permissions of its own")
	given := withLogRouter()
	require.Equal(t, []string{"secretsmanager"}, given.EndpointServices(), "in a network without internet access")
}

// The execution role may pull a Fluent Bit image from Amazon ECR.
func TestLogRouterFromECR(t *testing.T) {
	given := withLogRouter()
	given.LogRouter.Image = "444455556666.dkr.ecr.eu-west-1.amazonaws.com/tools/fluent-bit:2"
	r := &enginetest.Engine{}
	r.MustRun(t, setup{service: given}.program)
	require.Contains(t, r.One(t, "iam.RolePolicy", "web-execution").Policy(t, "policy"),
		"Allow ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer on arn:aws:ecr:eu-west-1:444455556666:repository/tools/fluent-bit")
}

// A changed router changes the shape: the service gets a new revision with the running image.
func TestLogRouterChanges(t *testing.T) {
	before := labels(t, withLogRouter(), false)
	for name, test := range map[string]struct {
		change func(*fargateservice.Spec)
		kept   bool
	}{
		"nothing":   {func(*fargateservice.Spec) {}, true},
		"its image": {func(s *fargateservice.Spec) { s.LogRouter.Image = "public.ecr.aws/fluent-bit:2" }, false},
		"an option": {func(s *fargateservice.Spec) { s.LogRouter.Options["Host"] = "other.example.com" }, false},
		"a secret":  {func(s *fargateservice.Spec) { s.LogRouter.SecretOptions = nil }, false},
		"it goes":   {func(s *fargateservice.Spec) { s.LogRouter = nil }, false},
	} {
		t.Run(name, func(t *testing.T) {
			args := withLogRouter()
			test.change(&args.Spec)
			requireKept(t, test.kept, args, before)
		})
	}
}

func TestLogRouterRefuses(t *testing.T) {
	with := func(change func(*fargateservice.Spec)) fargateservice.Spec {
		spec := withLogRouter().Spec
		change(&spec)
		return spec
	}
	for name, test := range map[string]struct {
		given    fargateservice.Spec
		isolated bool
		want     string
	}{
		"no output":      {given: with(func(s *fargateservice.Spec) { s.LogRouter.Options = nil }), want: "logRouter.options.Name: is missing: the output of Fluent Bit"},
		"a bad image":    {given: with(func(s *fargateservice.Spec) { s.LogRouter.Image = "a b" }), want: `logRouter.image: "a b" is not allowed`},
		"a secret value": {given: with(func(s *fargateservice.Spec) { s.LogRouter.SecretOptions["Header"] = "x" }), want: `logRouter.secretOptions.Header: "x" is not allowed: the complete ARN`},
		"an option twice": {given: with(func(s *fargateservice.Spec) { s.LogRouter.Options["Header"] = "x" }),
			want: `logRouter.secretOptions: "Header" is not allowed: options already has this name`},
		"its own port":   {given: with(func(s *fargateservice.Spec) { s.ContainerPort = 24224 }), want: `a service with a log router cannot use the port 24224`},
		"a user by name": {given: with(func(s *fargateservice.Spec) { s.LogRouter.User = "root" }), want: `logRouter.user: "root" is not allowed: the number of a user`},
		"its name":       {given: with(func(s *fargateservice.Spec) { s.Sidecars[0].Name = "log_router" }), want: `sidecars[0].name: "log_router" is not allowed: another container of the task already has this name`},
		"no way to the image": {isolated: true, given: with(func(s *fargateservice.Spec) { s.Image = "444455556666.dkr.ecr.eu-west-1.amazonaws.com/web:2" }),
			want: `logRouter.image: "public.ecr.aws/aws-observability/aws-for-fluent-bit:3.4.16" is not allowed: an image in a private registry of Amazon ECR`},
	} {
		t.Run(name, func(t *testing.T) {
			var network environment.Spec
			if test.isolated {
				network.NatGatewayStrategy = environment.NatGatewayNone
			}
			r := &enginetest.Engine{}
			require.ErrorContains(t, r.Run(setup{environment: network, service: &fargateservice.Args{Spec: test.given}}.program, nil), test.want)
			require.Empty(t, r.All("fargate-cd:components:FargateService"), "no part of the service is registered")
		})
	}
}
