package fargateservice_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

func TestTaskRole(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, setup{service: &fargateservice.Args{Spec: fargateservice.Spec{
		TaskRolePolicyArns: []string{"arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"},
		TaskRoleStatements: []fargateservice.StatementSpec{{
			Actions: []string{"sqs:SendMessage"}, Resources: pulumi.StringArray{pulumi.String("arn:aws:sqs:eu-central-1:111122223333:orders")},
			Conditions: map[string]map[string][]string{"StringEquals": {"aws:SourceVpc": {"vpc-1", "vpc-2"}}},
		}},
	}}}.program)
	require.Equal(t, []string{
		"Allow sqs:SendMessage on arn:aws:sqs:eu-central-1:111122223333:orders if StringEquals aws:SourceVpc [vpc-1 vpc-2]",
	}, r.One(t, "iam.RolePolicy", "web-task").Policy(t, "policy"))
	attached := r.One(t, "iam.RolePolicyAttachment", "web-task-AmazonS3ReadOnlyAccess")
	require.Equal(t, object{"role": "web-task-0abcdef", "policyArn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}, attached.Inputs)
	service := r.One(t, "ecs.Service", "web")
	require.True(t, service.Needs(attached) && service.Needs(r.One(t, "iam.RolePolicy", "web-task")),
		"a task that starts without its permissions fails")
}

// The resources of a statement can be outputs, which are checked when they are known.
func TestTaskRoleOfOutputs(t *testing.T) {
	with := func(resource string) setup {
		return setup{service: &fargateservice.Args{Spec: fargateservice.Spec{TaskRoleStatements: []fargateservice.StatementSpec{{
			Actions: []string{"sqs:SendMessage"}, Resources: pulumi.StringArray{pulumi.String(resource).ToStringOutput()},
		}}}}}
	}
	r := &enginetest.Engine{}
	r.MustRun(t, with("arn:aws:sqs:eu-central-1:111122223333:orders").program)
	require.Equal(t, []string{"Allow sqs:SendMessage on arn:aws:sqs:eu-central-1:111122223333:orders"},
		r.One(t, "iam.RolePolicy", "web-task").Policy(t, "policy"))
	require.ErrorContains(t, new(enginetest.Engine).Run(with("orders").program, nil), `resources[0]: "orders" is not allowed: an ARN, or *`)
}
