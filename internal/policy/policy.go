// Package policy creates IAM policy documents and roles.
package policy

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/deterministic"
)

// Statement is a statement of an IAM policy. Principals, resources and the values of
// conditions can be outputs of other resources.
type Statement struct {
	// Sid is the id of the statement, unique in its policy. By default the statement has no id.
	Sid string
	// Deny makes the effect of the statement Deny. By default it is Allow.
	Deny bool
	// Principals are the principals of the statement. Required in a trust policy and in a resource-based policy.
	Principals Principals
	// Actions are IAM actions, such as s3:GetObject. Required.
	Actions []string
	// Resources are ARNs, or *. A trust policy has no resources.
	Resources pulumi.StringArrayInput
	// NotResources are ARNs. The statement applies to all resources except these. It replaces Resources.
	NotResources pulumi.StringArray
	// Conditions are the conditions of the statement. All of them must be met. Two of them cannot have the same operator
	// and key.
	Conditions []Condition
}

// Principals maps a principal type (Service, AWS) to its value.
type Principals map[string]pulumi.StringInput

// Condition is a condition of a statement. If creates one.
type Condition struct {
	operator, key string
	value         pulumi.Input
}

// If returns a condition, such as StringEquals aws:SourceAccount. The value is a
// pulumi.StringInput, or a pulumi.StringArray in which one element must match.
func If(operator, key string, value pulumi.Input) Condition { return Condition{operator, key, value} }

// policyJSON and statementJSON define the order of keys in the document.
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
			resolved, err := s.resolve(known[i].(map[string]any))
			if err != nil {
				return "", err
			}
			document.Statement = append(document.Statement, resolved)
		}
		return deterministic.JSON(document)
	}).(pulumi.StringOutput)
}

// resolve returns the statement's JSON form with the known values.
func (s Statement) resolve(known map[string]any) (statementJSON, error) {
	out := statementJSON{Sid: s.Sid, Effect: "Allow", Action: s.Actions}
	if s.Deny {
		out.Effect = "Deny"
	}
	if principals, _ := known["principals"].(map[string]string); len(principals) > 0 {
		out.Principal = principals
		if principals["AWS"] == "*" {
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
		if _, given := out.Condition[c.operator][c.key]; given {
			return out, fmt.Errorf("policy statement %q for %s has two conditions %s %s: write one condition with all values",
				s.Sid, strings.Join(s.Actions, ", "), c.operator, c.key)
		}
		out.Condition[c.operator][c.key] = conditions[i]
	}
	return out, nil
}

// Trust returns a trust policy that lets an AWS service, such as ecs-tasks.amazonaws.com,
// assume the role. Conditions prevent the confused deputy problem, in which another
// account uses the service to assume the role.
func Trust(service string, conditions ...Condition) pulumi.StringOutput {
	return Document(Statement{
		Actions:    []string{"sts:AssumeRole"},
		Principals: Principals{"Service": pulumi.String(service)},
		Conditions: conditions,
	})
}

// SourceAccount returns the condition that the AWS service acts for a resource of the given account.
func SourceAccount(account pulumi.StringInput) Condition {
	return If("StringEquals", "aws:SourceAccount", account)
}

// Root returns the ARN of an account as a principal. It stands for every role and user to
// which the account's own policies allow the action.
func Root(partition, accountID pulumi.StringInput) pulumi.StringOutput {
	return pulumi.Sprintf("arn:%s:iam::%s:root", partition, accountID)
}

// AccountDecides returns the statement of a key policy that lets the account's IAM policies
// control access to the key. Without it nobody can change the key ("Default key policy",
// AWS KMS Developer Guide).
func AccountDecides(partition, accountID pulumi.StringInput) Statement {
	return Statement{
		Sid: "AccountDecidesByIAM", Actions: []string{"kms:*"}, Resources: pulumi.StringArray{pulumi.String("*")},
		Principals: Principals{"AWS": Root(partition, accountID)},
	}
}

// OnlyTLS returns the statement of a resource-based policy that denies an action without TLS.
func OnlyTLS(action string, resources ...pulumi.StringInput) Statement {
	return Statement{
		Sid: "OnlyTLS", Deny: true, Actions: []string{action}, Resources: pulumi.StringArray(resources),
		Principals: Principals{"AWS": pulumi.String("*")},
		Conditions: []Condition{If("Bool", "aws:SecureTransport", pulumi.String("false"))},
	}
}
