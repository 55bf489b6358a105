package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"fargate-cd/internal/stackfiles"
)

const schemaPath = "docs/stack.schema.json"

// problems returns the violations of the schema in a stack file, or an empty text if the file is valid.
func problems(t *testing.T, content string) string {
	t.Helper()
	schema, err := jsonschema.Compile(filepath.Join(root, schemaPath))
	require.NoError(t, err)
	var file any
	require.NoError(t, yaml.Unmarshal([]byte(content), &file))
	if err := schema.Validate(file); err != nil {
		return fmt.Sprintf("%#v", err) // includes all causes
	}
	return ""
}

// The repository's stack files are valid, and their first line tells editors the path of the schema.
func TestStackFiles(t *testing.T) {
	for _, file := range stackfiles.In(t, root) {
		t.Run(file, func(t *testing.T) {
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Empty(t, problems(t, string(content)))
			first, _, _ := strings.Cut(string(content), "\n")
			relative, found := strings.CutPrefix(first, "# yaml-language-server: $schema=")
			require.True(t, found, "the first line gives editors the path of the schema")
			require.Equal(t, filepath.Join(root, schemaPath), filepath.Join(filepath.Dir(file), relative))
		})
	}
}

const validStack = `
config:
  aws:region: eu-central-1
  fargate-cd:listenerPort: 8000
  fargate-cd:services:
    - { name: web, source: { provider: CodeCommit, repository: web }, environment: { ANY: "1" } }
`

func TestSchema(t *testing.T) {
	require.Empty(t, problems(t, validStack))
	require.Empty(t, problems(t, strings.Replace(validStack, "8000", `"8000"`, 1)), "pulumi config set writes every value as text")
	for name, wrong := range map[string]struct{ old, new, want string }{
		"a key of the stack":         {"fargate-cd:listenerPort", "fargate-cd:port", "'fargate-cd:port' not allowed"},
		"a key of a service":         {"environment:", "env:", "'env' not allowed"},
		"a key inside a service":     {"provider:", "kind:", "'kind' not allowed"},
		"a namespace":                {"fargate-cd:services", "fargate:services", "'fargate:services' not allowed"},
		"a key beside config":        {"config:", "konfig: {}\nconfig:", "'konfig' not allowed"},
		"an enumerated value":        {"CodeCommit", "Gitea", "value must be one of"},
		"a number out of its bounds": {"8000", "80000", "must be <= 65535"},
		"a text for a number":        {"8000", "http", "does not match pattern"},
		"a number for a text":        {`"1"`, "1", "expected string, but got number"},
		"a missing key":              {"name: web, ", "", "missing properties: 'name'"},
	} {
		t.Run(name, func(t *testing.T) {
			stack := strings.Replace(validStack, wrong.old, wrong.new, 1)
			require.NotEqual(t, validStack, stack)
			require.Contains(t, problems(t, stack), wrong.want)
		})
	}
}
