package fargateservice_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

func TestRoles(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, setup{service: &fargateservice.Args{LogRetentionDays: 7}}.program)

	for _, name := range []string{"web-execution", "web-task"} {
		require.Equal(t, []string{
			"Allow map[Service:ecs-tasks.amazonaws.com] sts:AssumeRole" +
				" if ArnLike aws:SourceArn arn:aws:ecs:eu-central-1:111122223333:* if StringEquals aws:SourceAccount 111122223333",
		}, r.One(t, "iam.Role", name).Policy(t, "assumeRolePolicy"))
	}
	require.Equal(t, []string{"web-execution"}, enginetest.Names(r.All("iam.RolePolicy")), "the task role has no permissions")
	policy := r.One(t, "iam.RolePolicy", "web-execution")
	require.Equal(t, "web-execution-0abcdef", policy.Inputs["role"])
	require.Equal(t, []string{
		"Allow logs:CreateLogStream logs:PutLogEvents on arn:aws:cloudwatch:eu-central-1:111122223333:loggroup/web-logs:*",
	}, policy.Policy(t, "policy"))
	require.Equal(t, object{"retentionInDays": 7.0}, r.One(t, "cloudwatch.LogGroup", "web-logs").Inputs)
}
