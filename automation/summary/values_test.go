package summary

import (
	"encoding/json"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/stretchr/testify/require"

	"fargate-cd/internal/deterministic"
)

// secretValue is a secret in the engine's events.
var secretValue = map[string]any{resource.SigKey: resource.SecretSig, "ciphertext": "[secret]"}

func TestFlatten(t *testing.T) {
	archive, err := deterministic.Zip(map[string]string{"taskdef.json": `{"cpu":"256","containerDefinitions":[{"name":"web","image":"<IMAGE1_NAME>"}]}`})
	require.NoError(t, err)
	got := flattener{secrets: []string{"correct horse", "no"}}.flatten(map[string]any{
		"cpu":           float64(256),
		"enabled":       true,
		"absent":        nil,
		"none":          []any{},
		"arn":           plugin.UnknownStringValue,
		"password":      secretValue,
		"nested":        map[string]any{"list": []any{"a", secretValue}},
		"url":           "https://u:correct horse@example.com",
		"answer":        "no",
		"note":          "nothing",
		"environment":   []any{map[string]any{"name": "A", "value": "1"}, map[string]any{"name": "B", "value": "correct horse"}},
		"twice":         []any{map[string]any{"name": "A", "x": "1"}, map[string]any{"name": "A", "x": "2"}},
		"policy":        `{"Statement":[{"Sid":"Read","Action":["s3:GetObject"]}]}`,
		"brace":         "{not a document",
		"file":          map[string]any{resource.SigKey: "c44067f5952c0a294b673a41bacd8c17", "hash": "0123456789abcdef"},
		"contentBase64": archive,
		"__defaults":    []any{"cpu"},
	})
	require.Equal(t, values{
		"cpu": "256", "enabled": "true", "none": "[]", "arn": unknown, "password": secret,
		"nested.list[0]": "a", "nested.list[1]": secret,
		"url": "https://u:[secret]@example.com", "answer": secret, "note": "nothing",
		"environment.A": "1", "environment.B": secret,
		"twice[0].name": "A", "twice[0].x": "1", "twice[1].name": "A", "twice[1].x": "2",
		"policy.Statement.Read.Action[0]": "s3:GetObject", "brace": "{not a document", "file": "(file 0123456789ab)",
		"taskdef.json.cpu": "256", "taskdef.json.containerDefinitions.web.image": "<IMAGE1_NAME>",
	}, got)
}

func TestContentThatIsNoArchive(t *testing.T) {
	require.Equal(t, values{"contentBase64": "(4 characters)"}, flattener{}.flatten(map[string]any{"contentBase64": "AAAA"}))
}

func TestDifferences(t *testing.T) {
	for name, test := range map[string]struct {
		old, new, drifted map[string]any
		changed           []string
		want              []Difference
	}{
		"a value":   {old: map[string]any{"a": "1", "b": "2"}, new: map[string]any{"a": "1", "b": "3"}, want: []Difference{{Path: "b", Old: "2", New: "3"}}},
		"come":      {old: map[string]any{}, new: map[string]any{"a": "2"}, want: []Difference{{Path: "a", New: "2"}}},
		"gone":      {old: map[string]any{"a": "2"}, new: map[string]any{}, want: []Difference{{Path: "a", Old: "2"}}},
		"a secret":  {old: map[string]any{"a": secretValue}, new: map[string]any{"a": secretValue}, changed: []string{"a"}, want: []Difference{{Path: "a", Old: secret, New: secret}}},
		"no secret": {old: map[string]any{"a": secretValue}, new: map[string]any{"a": secretValue}},
		"drift": {
			old: map[string]any{"a": "1"}, new: map[string]any{"a": "1"}, drifted: map[string]any{"a": "9"}, changed: []string{"a"},
			want: []Difference{{Path: "a", Old: "9", New: "1"}},
		},
		"a document that is not known yet": {
			old: map[string]any{"p": `{"A":"1","B":["2"]}`}, new: map[string]any{"p": plugin.UnknownStringValue},
			want: []Difference{{Path: "p", Old: recorded, New: unknown}},
		},
		"the program's own notes": {
			old: map[string]any{"c": `[{"name":"web","dockerLabels":{"fargate-cd.shape":"1"}}]`},
			new: map[string]any{"c": `[{"name":"web","dockerLabels":{"fargate-cd.shape":"2"}}]`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := &change{
				op: opUpdate, changed: test.changed,
				old: &apitype.StepEventStateMetadata{Inputs: test.old, Outputs: test.drifted},
				new: &apitype.StepEventStateMetadata{Inputs: test.new},
			}
			require.Equal(t, test.want, flattener{}.differences(c))
		})
	}
}

// A secret must be found in the form in which flatten shows its value: conceal compares texts, so a number in another
// notation, such as 1.2345678e+07, would not be concealed.
func TestSecretValues(t *testing.T) {
	file := `config:
  aws:region: us-east-1
  fargate-cd:token: {secure: v1:abc}
  fargate-cd:services:
    - name: web
      environment: {A: plain, B: {secure: v1:def}, C: {secure: v1:ghi}, D: {secure: v1:mno}}
  fargate-cd:unused: {secure: v1:jkl}
`
	decrypted := map[string]string{
		"fargate-cd:token":    "swordfish",
		"fargate-cd:services": `[{"name":"web","environment":{"A":"plain","B":"a long secret","C":12,"D":12345678}}]`,
	}
	got, err := secretValues([]byte(file), func(key string) (string, bool) { value, given := decrypted[key]; return value, given })
	require.NoError(t, err)
	require.Equal(t, []string{"a long secret", "swordfish", "12345678", "12"}, got, "the longest first")
	for _, number := range []any{float64(12345678), json.Number("12345678")} {
		require.Equal(t, values{"a": secret}, flattener{secrets: got}.flatten(map[string]any{"a": number}))
	}
}
