package fargateservice

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/environment"
	"fargate-cd/internal/policy"
	"fargate-cd/internal/problems"
)

// validateExec reports the values with which ECS Exec does not work ("Monitor Amazon ECS containers with ECS Exec", Amazon
// ECS Developer Guide).
func (s *Spec) validateExec(prefix string, found *problems.List) {
	if !s.Exec {
		return
	}
	if *s.ReadonlyRootFilesystem {
		found.Add(prefix+"readonlyRootFilesystem", true, "false with exec: the agent of ECS Exec writes to the root file system of the container, "+
			"also when writablePaths are set")
	}
	if !slices.Contains(s.EgressPorts, 443) {
		found.Add(prefix+"egressPorts", s.EgressPorts, "a list that contains 443, which exec requires: the agent of ECS Exec reaches Systems Manager over HTTPS")
	}
}

// ValidateExecIn reports exec in an environment without it. remedy says how to add it to the environment. An existing
// cluster can have exec that the environment does not know.
func (s *Spec) ValidateExecIn(prefix string, env *environment.Environment, remedy string, found *problems.List) {
	if s.Exec && env.Exec() == nil && !env.Existing() {
		found.Add(prefix+"exec", true, "false, or %s", remedy)
	}
}

// execStatements returns the permissions of the task role for ECS Exec. The owner of an existing cluster chooses the
// key and the log of the sessions, and taskRoleStatements must grant their use.
func (s *FargateService) execStatements() []policy.Statement {
	if !s.spec.Exec {
		return nil
	}
	out := []policy.Statement{{
		// These actions support no resource types ("Actions, resources, and condition keys for Amazon Message Gateway Service").
		Sid: "ExecSessions", Resources: pulumi.StringArray{pulumi.String("*")}, Actions: []string{
			"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
			"ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
		},
	}}
	exec := s.environment.Exec()
	if exec == nil {
		return out
	}
	return append(out,
		policy.Statement{Sid: "ExecKey", Actions: []string{"kms:Decrypt"}, Resources: pulumi.StringArray{exec.KeyArn}},
		policy.Statement{Sid: "ExecLogGroups", Actions: []string{"logs:DescribeLogGroups"}, Resources: pulumi.StringArray{pulumi.String("*")}},
		policy.Statement{Sid: "ExecLog", Resources: pulumi.StringArray{pulumi.Sprintf("%s:*", exec.LogGroupArn)},
			Actions: []string{"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"}},
	)
}
