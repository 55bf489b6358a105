// Package policy writes IAM policies, and creates roles that have them.
package policy

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/deterministic"
)

// Statement is one Allow (or, with Deny, Deny) of an IAM policy. Resources and
// the values of conditions may be known only after their resources exist.
type Statement struct {
	// Sid names the statement in its policy. By default it has no name.
	Sid string
	// Deny makes the statement a Deny.
	Deny bool
	// Principals are required in a trust policy and in the policy of a resource.
	Principals Principals
	// Actions are the actions of AWS's API, such as s3:GetObject. Required.
	Actions []string
	// Resources are ARNs, or *. A trust policy has none.
	Resources pulumi.StringArray
	// NotResources makes the statement apply to everything but these ARNs, instead of Resources.
	NotResources pulumi.StringArray
	// Conditions must all hold.
	Conditions []Condition
}

// Principals maps a principal type (Service, AWS) to its value.
type Principals map[string]pulumi.StringInput

// Condition is one test of a statement. If makes one.
type Condition struct {
	operator, key string
	value         pulumi.Input
}

// If returns a condition, such as StringEquals aws:SourceAccount. The value is a
// pulumi.StringInput, or a pulumi.StringArray of which one must match.
func If(operator, key string, value pulumi.Input) Condition { return Condition{operator, key, value} }

// policyJSON and statementJSON give the document its order of keys.
type policyJSON struct {
	Version   string
	Statement []statementJSON
}

type statementJSON struct {
	Sid         string `json:",omitempty"`
	Effect      string
	Principal   any                       `json:",omitempty"`
	Action      []string                  `json:",omitempty"`
	Resource    []string                  `json:",omitempty"`
	NotResource []string                  `json:",omitempty"`
	Condition   map[string]map[string]any `json:",omitempty"`
}

// Document returns the JSON of the statements once all their values are known.
func Document(statements ...Statement) pulumi.StringOutput {
	var values pulumi.Array
	for _, s := range statements {
		conditions := pulumi.Array{}
		for _, c := range s.Conditions {
			conditions = append(conditions, c.value)
		}
		values = append(values, pulumi.Map{
			"principals": pulumi.StringMap(s.Principals), "resources": s.Resources, "notResources": s.NotResources, "conditions": conditions,
		})
	}
	return values.ToArrayOutput().ApplyT(func(known []any) (string, error) {
		document := policyJSON{Version: "2012-10-17"}
		for i, s := range statements {
			document.Statement = append(document.Statement, s.resolve(known[i].(map[string]any)))
		}
		return deterministic.JSON(document)
	}).(pulumi.StringOutput)
}

// resolve returns the statement with its values.
func (s Statement) resolve(known map[string]any) statementJSON {
	out := statementJSON{Sid: s.Sid, Effect: "Allow", Action: s.Actions}
	if s.Deny {
		out.Effect = "Deny"
	}
	if who, _ := known["principals"].(map[string]string); len(who) > 0 {
		out.Principal = who
		if who["AWS"] == "*" {
			out.Principal = "*"
		}
	}
	out.Resource, _ = known["resources"].([]string)
	out.NotResource, _ = known["notResources"].([]string)
	conditions, _ := known["conditions"].([]any)
	for i, c := range s.Conditions {
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

// Trust returns the assume-role policy of an AWS service, such as
// ecs-tasks.amazonaws.com. Conditions keep another account from using the
// service as its confused deputy.
func Trust(service string, conditions ...Condition) pulumi.StringOutput {
	return Document(Statement{
		Actions:    []string{"sts:AssumeRole"},
		Principals: Principals{"Service": pulumi.String(service)},
		Conditions: conditions,
	})
}

// SourceAccount allows a service to act only for resources of an account, given by its id.
func SourceAccount(account pulumi.StringInput) Condition {
	return If("StringEquals", "aws:SourceAccount", account)
}
