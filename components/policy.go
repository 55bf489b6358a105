package components

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// statement is one Allow (or, with deny, Deny) of an IAM policy. Resources and
// the values of conditions may be known only after their resources are made.
type statement struct {
	sid        string
	deny       bool
	principals principals
	actions    []string
	resources  pulumi.StringArray
	conditions []condition
}

// principals is who a resource's policy or a trust policy speaks of; the key is
// Service or AWS.
type principals map[string]pulumi.StringInput

// condition is one test of a statement, such as StringEquals aws:SourceAccount.
// The value is a pulumi.StringInput, or a pulumi.StringArray of which one must match.
type condition struct {
	operator, key string
	value         pulumi.Input
}

// policyJSON and statementJSON give the document its order of keys, which
// never changes: the same configuration gives the same bytes.
type policyJSON struct {
	Version   string
	Statement []statementJSON
}

type statementJSON struct {
	Sid       string `json:",omitempty"`
	Effect    string
	Principal any                       `json:",omitempty"`
	Action    []string                  `json:",omitempty"`
	Resource  []string                  `json:",omitempty"`
	Condition map[string]map[string]any `json:",omitempty"`
}

// policyDocument is the JSON of the statements once all their values are known.
func policyDocument(statements ...statement) pulumi.StringOutput {
	var values pulumi.Array
	for _, s := range statements {
		conditions := pulumi.Array{}
		for _, c := range s.conditions {
			conditions = append(conditions, c.value)
		}
		values = append(values, pulumi.Map{
			"principals": pulumi.StringMap(s.principals), "resources": s.resources, "conditions": conditions,
		})
	}
	return values.ToArrayOutput().ApplyT(func(known []any) (string, error) {
		document := policyJSON{Version: "2012-10-17"}
		for i, s := range statements {
			document.Statement = append(document.Statement, s.resolve(known[i].(map[string]any)))
		}
		return jsonText(document)
	}).(pulumi.StringOutput)
}

// resolve is the statement with its values.
func (s statement) resolve(known map[string]any) statementJSON {
	out := statementJSON{Sid: s.sid, Effect: "Allow", Action: s.actions}
	if s.deny {
		out.Effect = "Deny"
	}
	if who, _ := known["principals"].(map[string]string); len(who) > 0 {
		out.Principal = who
		if who["AWS"] == "*" {
			out.Principal = "*"
		}
	}
	out.Resource, _ = known["resources"].([]string)
	conditions, _ := known["conditions"].([]any)
	for i, c := range s.conditions {
		if out.Condition == nil {
			out.Condition = map[string]map[string]any{}
		}
		if out.Condition[c.operator] == nil {
			out.Condition[c.operator] = map[string]any{}
		}
		out.Condition[c.operator][c.key] = conditions[i]
	}
	return out
}

// trust is the assume-role policy of an AWS service. Conditions keep another
// account from using the service as its confused deputy.
func trust(service string, conditions ...condition) pulumi.StringOutput {
	return policyDocument(statement{
		actions:    []string{"sts:AssumeRole"},
		principals: principals{"Service": pulumi.String(service)},
		conditions: conditions,
	})
}

// sourceAccount allows a service to act only for resources of this account.
func sourceAccount(account pulumi.StringInput) condition {
	return condition{"StringEquals", "aws:SourceAccount", account}
}

// newRole makes a role and, when there are statements, its one inline policy.
// What needs the role should depend on both: see roleAndPolicy.
func newRole(
	ctx *pulumi.Context, name string, description string, assume pulumi.StringInput, parent pulumi.Resource, statements ...statement,
) (*role, error) {
	made, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		Description:      pulumi.String(description),
		AssumeRolePolicy: assume,
	}, pulumi.Parent(parent))
	if err != nil {
		return nil, fmt.Errorf("creating role %s: %w", name, err)
	}
	r := &role{Role: made}
	if len(statements) > 0 {
		r.policy, err = r.allow(ctx, name, parent, statements...)
	}
	return r, err
}

// role is an IAM role with its inline policy, which is nil for a role that may do nothing.
type role struct {
	*iam.Role
	policy *iam.RolePolicy
}

// allow gives the role an inline policy.
func (r *role) allow(ctx *pulumi.Context, name string, parent pulumi.Resource, statements ...statement) (*iam.RolePolicy, error) {
	policy, err := iam.NewRolePolicy(ctx, name, &iam.RolePolicyArgs{
		Role:   r.Name,
		Policy: policyDocument(statements...),
	}, pulumi.Parent(parent))
	if err != nil {
		return nil, fmt.Errorf("creating policy of role %s: %w", name, err)
	}
	return policy, nil
}

// ready are the resources to depend on so that the role can do its work: a
// service that starts before its role's policy fails with AccessDenied, and
// one that outlives it hangs when it is deleted.
func (r *role) ready() []pulumi.Resource {
	if r.policy == nil {
		return []pulumi.Resource{r.Role}
	}
	return []pulumi.Resource{r.Role, r.policy}
}
