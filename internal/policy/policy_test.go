package policy

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

func TestPolicyDocument(t *testing.T) {
	late := pulumi.String("later").ToStringOutput()
	for name, test := range map[string]struct {
		given []Statement
		want  string
	}{
		"a permission": {
			[]Statement{{Sid: "S", Actions: []string{"b:B", "a:A"}, Resources: pulumi.StringArray{late, pulumi.String("now")}}},
			`{"Version":"2012-10-17","Statement":[{"Sid":"S","Effect":"Allow","Action":["b:B","a:A"],"Resource":["later","now"]}]}`,
		},
		"a denial for everyone": {
			[]Statement{{Deny: true, Principals: Principals{"AWS": pulumi.String("*")}, Actions: []string{"a:A"}}},
			`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":["a:A"]}]}`,
		},
		"principals": {
			[]Statement{{Principals: Principals{"Service": pulumi.String("s"), "AWS": late}, Actions: []string{"a:A"}}},
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"later","Service":"s"},"Action":["a:A"]}]}`,
		},
		"conditions of one operator are one object": {
			[]Statement{{Actions: []string{"a:A"}, Conditions: []Condition{
				If("StringEquals", "y", late), If("ArnLike", "z", pulumi.String("3")), If("StringEquals", "x", pulumi.String("1")),
			}}},
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["a:A"],` +
				`"Condition":{"ArnLike":{"z":"3"},"StringEquals":{"x":"1","y":"later"}}}]}`,
		},
		"each value is in its statement": {
			[]Statement{
				{Principals: Principals{"Service": pulumi.String("p1")}, Actions: []string{"a:A"},
					Resources: pulumi.StringArray{pulumi.String("r1"), pulumi.String("r2")}, Conditions: []Condition{If("Op", "k", pulumi.String("c1"))}},
				{Principals: Principals{"Service": pulumi.String("p2")}, Actions: []string{"b:B"},
					Resources: pulumi.StringArray{pulumi.String("r3")}, Conditions: []Condition{If("Op", "k", pulumi.String("c2"))}},
			},
			`{"Version":"2012-10-17","Statement":[` +
				`{"Effect":"Allow","Principal":{"Service":"p1"},"Action":["a:A"],"Resource":["r1","r2"],"Condition":{"Op":{"k":"c1"}}},` +
				`{"Effect":"Allow","Principal":{"Service":"p2"},"Action":["b:B"],"Resource":["r3"],"Condition":{"Op":{"k":"c2"}}}]}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			for range 20 { // the iteration order of a map is random
				require.Equal(t, test.want, textOf(Document(test.given...)))
			}
		})
	}
}

// An IAM policy has one value for each operator and key. If a second value replaced the first one, the statement would
// lose a restriction.
func TestTwoConditionsOfOneKey(t *testing.T) {
	s := Statement{Sid: "S", Actions: []string{"a:A"}, Conditions: []Condition{
		If("StringLike", "k", pulumi.String("1")), If("StringLike", "k", pulumi.String("2")),
	}}
	_, err := s.resolve(map[string]any{"conditions": []any{"1", "2"}})
	require.EqualError(t, err, `policy statement "S" for a:A has two conditions StringLike k: write one condition with all values`)
}

// textOf returns the value of an output that does not depend on a resource.
func textOf(output pulumi.StringOutput) string {
	known := make(chan string, 1)
	output.ApplyT(func(text string) string {
		known <- text
		return text
	})
	return <-known
}

func TestTrust(t *testing.T) {
	require.Equal(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"codebuild.amazonaws.com"},`+
		`"Action":["sts:AssumeRole"],"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}]}`,
		textOf(Trust("codebuild.amazonaws.com", SourceAccount(pulumi.String("111122223333")))))
}
