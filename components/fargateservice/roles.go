package fargateservice

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/policy"
)

// newRoles creates the task execution role, with which ECS starts the tasks, and the
// task role of the application. The execution role may write the log, read the secrets
// and pull the images that the configuration names. The component that creates the
// image repository adds the permission to pull its images. newRoles returns the
// resources that the service must wait for: ECS starts no task without the permissions
// of the execution role.
func (s *FargateService) newRoles(ctx *pulumi.Context, logGroupArn pulumi.StringOutput) ([]pulumi.Resource, error) {
	account := s.environment.Account
	assume := policy.Trust("ecs-tasks.amazonaws.com",
		policy.SourceAccount(account.ID),
		policy.If("ArnLike", "aws:SourceArn", account.Arn("ecs", "*")),
	)
	execution, err := policy.NewRole(ctx, s.name+"-execution", "Starts the tasks of "+s.name, assume, s, append([]policy.Statement{{
		Actions:   []string{"logs:CreateLogStream", "logs:PutLogEvents"},
		Resources: pulumi.StringArray{pulumi.Sprintf("%s:*", logGroupArn)},
	}}, slices.Concat(s.spec.readSecrets(), s.pullImages())...)...)
	if err != nil {
		return nil, err
	}
	s.ExecutionRoleArn, s.ExecutionRoleName = execution.Arn, execution.Name
	permissions, err := s.newTaskRole(ctx, assume)
	return append(execution.Ready(), permissions...), err
}

// PassRoles returns a policy statement that allows passing the two roles of the service
// to ECS tasks.
func (s *FargateService) PassRoles() policy.Statement {
	return policy.Statement{
		Sid:        "PassRole",
		Actions:    []string{"iam:PassRole"},
		Resources:  pulumi.StringArray{s.ExecutionRoleArn, s.TaskRoleArn},
		Conditions: []policy.Condition{policy.If("StringEquals", "iam:PassedToService", pulumi.String("ecs-tasks.amazonaws.com"))},
	}
}
