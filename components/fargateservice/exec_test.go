package fargateservice_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

// The task role of a service with exec may open sessions, and use the key and the log of the cluster. The program does
// not own the key and the log of an existing cluster.
func TestExec(t *testing.T) {
	given := fargateservice.Spec{Exec: true, ReadonlyRootFilesystem: pulumi.BoolRef(false)}
	const sessions = "Allow ssmmessages:CreateControlChannel ssmmessages:CreateDataChannel ssmmessages:OpenControlChannel ssmmessages:OpenDataChannel on *"
	own := func(ctx *pulumi.Context) (*environment.Environment, error) {
		return environment.New(ctx, enginetest.Stack, &environment.Args{ClusterName: clusterName, Exec: true})
	}
	for name, test := range map[string]struct {
		environment func(*pulumi.Context) (*environment.Environment, error)
		want        []string
	}{
		"a cluster with exec": {own, []string{sessions,
			"Allow kms:Decrypt on arn:aws:kms:eu-central-1:111122223333:key/test-exec",
			"Allow logs:DescribeLogGroups on *",
			"Allow logs:CreateLogStream logs:DescribeLogStreams logs:PutLogEvents on arn:aws:cloudwatch:eu-central-1:111122223333:loggroup/test-exec:*",
		}},
		"an existing cluster": {existing, []string{sessions}},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			r.MustRun(t, func(ctx *pulumi.Context) error {
				env, err := test.environment(ctx)
				require.NoError(t, err)
				_, err = fargateservice.New(ctx, "web", &fargateservice.Args{Spec: given, Environment: env})
				return err
			})
			require.Equal(t, test.want, r.One(t, "iam.RolePolicy", "web-task").Policy(t, "policy"))
			service := r.One(t, "ecs.Service", "web")
			require.Equal(t, true, service.Inputs["enableExecuteCommand"])
			require.True(t, service.Needs(r.One(t, "iam.RolePolicy", "web-task")), "the agent of a task that starts without the permissions stops")
		})
	}
	r := &enginetest.Engine{}
	r.MustRun(t, setup{service: someService}.program)
	require.NotContains(t, r.One(t, "ecs.Service", "web").Inputs, "enableExecuteCommand")
	require.Equal(t, []string{"kms", "ssmmessages"}, given.EndpointServices(), "in a network without internet access")
}

func TestExecRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		given fargateservice.Spec
		want  string
	}{
		"a read-only root file system": {fargateservice.Spec{Exec: true},
			"readonlyRootFilesystem: true is not allowed: false with exec: the agent of ECS Exec writes"},
		"no HTTPS": {fargateservice.Spec{Exec: true, ReadonlyRootFilesystem: pulumi.BoolRef(false), EgressPorts: []int{5432}},
			"egressPorts: [5432] is not allowed: a list that contains 443, which exec requires"},
		"an environment without exec": {fargateservice.Spec{Exec: true, ReadonlyRootFilesystem: pulumi.BoolRef(false)},
			"exec: true is not allowed: false, or create the environment with Exec: true"},
	} {
		t.Run(name, func(t *testing.T) {
			err := (&enginetest.Engine{}).Run(setup{service: &fargateservice.Args{Spec: test.given}}.program, nil)
			require.ErrorContains(t, err, test.want)
		})
	}
}
