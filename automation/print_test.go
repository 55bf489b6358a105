package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/automation/stack"
)

var result = stack.Result{
	Stack: "test", Command: "up", Result: stack.Succeeded,
	Changes: stack.Changes{Create: 3, Same: 1},
	Outputs: map[string]any{
		"serviceUrls": map[string]any{"web": "http://x/?a=1&b=2", "api": "http://x/api"},
		"clusterName": "c",
		"subnets":     []any{"a", "b"},
	},
	DurationSeconds: 2.34,
}

func TestPrintJSON(t *testing.T) {
	var out strings.Builder
	require.NoError(t, printJSON(&out, result))
	require.Contains(t, out.String(), "http://x/?a=1&b=2", "URLs are not escaped")
	var document map[string]any
	require.NoError(t, json.Unmarshal([]byte(out.String()), &document))
	for _, key := range []string{"stack", "command", "result", "changes", "outputs", "durationSeconds"} {
		require.Contains(t, document, key)
	}
	require.Len(t, document, 6)
}

func TestPrintText(t *testing.T) {
	var out strings.Builder
	printText(&out, result, []stack.Component{
		{Resources: 1},
		{Type: "fargate-cd:index:Environment", Name: "env", Resources: 20},
	})
	require.Equal(t, `
Resources:
  -      outside of components         1
  env    fargate-cd:index:Environment  20
  total                                21

Outputs:
  clusterName: c
  serviceUrls:
    api: http://x/api
    web: http://x/?a=1&b=2
  subnets: ["a","b"]

up of stack test succeeded in 2.3 s: create 3, update 0, replace 0, delete 0, same 1.
`, out.String())
}

func TestPrintTextOfOutputs(t *testing.T) {
	var out strings.Builder
	printText(&out, stack.Result{Stack: "test", Command: "outputs", Outputs: map[string]any{"a": "b", "c": map[string]any{}}}, nil)
	require.Equal(t, "\nOutputs:\n  a: b\n  c: none\n", out.String())
}

func TestPrintTextWithoutOutputs(t *testing.T) {
	var out strings.Builder
	printText(&out, stack.Result{Stack: "test", Command: "outputs"}, nil)
	require.Equal(t, "The stack has no outputs.\n", out.String())
}
