package fargateservice

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/policy"
	"fargate-cd/internal/problems"
)

// StatementSpec is an Allow statement of an IAM policy.
type StatementSpec struct {
	// Actions are the actions that the statement allows, such as s3:GetObject. An action may contain wildcards after its
	// colon. Required.
	Actions []string `json:"actions"`
	// Resources are the ARNs, or *, to which the actions apply. Required.
	Resources pulumi.StringArrayInput `json:"resources"`
	// Conditions are the conditions of the statement; all of them must be met. Each IAM operator maps condition keys to
	// their values, such as StringEquals: {aws:RequestedRegion: [eu-central-1]}.
	Conditions map[string]map[string][]string `json:"conditions"`
}

// maxPolicies is the maximum number of managed policies of a role ("IAM and AWS STS quotas", IAM User Guide).
const maxPolicies = 25

var (
	actionPattern   = regexp.MustCompile(`^[a-z0-9-]+:[A-Za-z0-9*?]+$`)
	resourcePattern = regexp.MustCompile(`^(\*|arn:[^\s"]+)$`)
	operatorPattern = regexp.MustCompile(`^(ForAllValues:|ForAnyValue:)?[A-Z][A-Za-z]+$`)
)

func (s *Spec) validateTaskRole(prefix string, found *problems.List) {
	if n := len(s.TaskRolePolicyArns); n > maxPolicies {
		found.Add(prefix+"taskRolePolicyArns", n, "%d policies or fewer", maxPolicies)
	}
	var names []string
	for i, arn := range s.TaskRolePolicyArns {
		key := prefix + problems.Indexed("taskRolePolicyArns", i)
		policy.ValidateManaged(key, arn, found)
		if slices.Contains(names, nameInArn(arn)) { // an attachment is named after its policy
			found.Add(key, arn, "each name of a policy only once")
		}
		names = append(names, nameInArn(arn))
	}
	for i := range s.TaskRoleStatements {
		s.TaskRoleStatements[i].validate(prefix+problems.Indexed("taskRoleStatements", i)+".", found)
	}
}

func (s *StatementSpec) validate(prefix string, found *problems.List) {
	if len(s.Actions) == 0 {
		found.Missing(prefix+"actions", "actions of AWS's API, such as s3:GetObject")
	}
	for i, action := range s.Actions {
		found.Matches(prefix+problems.Indexed("actions", i), action, actionPattern, "an action of a service, such as s3:GetObject or s3:Get*")
	}
	s.resources(prefix, found)
	for _, operator := range slices.Sorted(maps.Keys(s.Conditions)) {
		found.Matches(prefix+"conditions", operator, operatorPattern, "an operator of IAM, such as StringEquals")
		for _, key := range slices.Sorted(maps.Keys(s.Conditions[operator])) {
			if len(s.Conditions[operator][key]) == 0 {
				found.Missing(prefix+"conditions."+operator+"."+key, "a list of values")
			}
		}
	}
}

// resources checks the resources and returns them.
func (s *StatementSpec) resources(prefix string, found *problems.List) pulumi.StringArrayInput {
	return found.Inputs(s.Resources, func(resources []string, found *problems.List) {
		if len(resources) == 0 {
			found.Missing(prefix+"resources", "ARNs, or *")
		}
		for i, resource := range resources {
			found.Matches(prefix+problems.Indexed("resources", i), resource, resourcePattern, "an ARN, or *")
		}
	})
}

// statement returns the statement of the policy document.
func (s *StatementSpec) statement() policy.Statement {
	out := policy.Statement{Actions: s.Actions, Resources: s.resources("", new(problems.List))} // validate has reported their problems
	for _, operator := range slices.Sorted(maps.Keys(s.Conditions)) {
		for _, key := range slices.Sorted(maps.Keys(s.Conditions[operator])) {
			out.Conditions = append(out.Conditions, policy.If(operator, key, pulumi.ToStringArray(s.Conditions[operator][key])))
		}
	}
	return out
}

// newTaskRole creates the role that the application uses. It returns the resources that
// give the role its permissions.
func (s *FargateService) newTaskRole(ctx *pulumi.Context, assume pulumi.StringInput) ([]pulumi.Resource, error) {
	var statements []policy.Statement
	for i := range s.spec.TaskRoleStatements {
		statements = append(statements, s.spec.TaskRoleStatements[i].statement())
	}
	statements = append(statements, slices.Concat(s.execStatements(), s.efsStatements())...)
	task, err := policy.NewRole(ctx, s.name+"-task", "What the application "+s.name+" may do", assume, s, statements...)
	if err != nil {
		return nil, err
	}
	s.TaskRoleArn, s.TaskRoleName = task.Arn, task.Name
	var permissions []pulumi.Resource
	if len(statements) > 0 {
		permissions = task.Ready()
	}
	for _, arn := range s.spec.TaskRolePolicyArns {
		attachment, err := iam.NewRolePolicyAttachment(ctx, s.name+"-task-"+nameInArn(arn), &iam.RolePolicyAttachmentArgs{
			Role: task.Name, PolicyArn: pulumi.String(arn),
		}, pulumi.Parent(s))
		if err != nil {
			return nil, fmt.Errorf("attaching policy %s to the task role: %w", arn, err)
		}
		permissions = append(permissions, attachment)
	}
	return permissions, nil
}
