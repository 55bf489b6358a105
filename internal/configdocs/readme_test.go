package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"fargate-cd/program"
)

var snippet = regexp.MustCompile("(?s)```yaml\n((?:#[^\n]*\n)*config:\n.*?)```")

// The stack files in the README are valid, because newcomers copy them. The first has at most ten lines.
func TestReadmeStacks(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(root, "README.md"))
	require.NoError(t, err)
	matches := snippet.FindAllSubmatch(content, -1)
	require.Len(t, matches, 2, "README.md shows a first stack and a blue/green stack")
	require.LessOrEqual(t, strings.Count(string(matches[0][1]), "\n"), 10, "lines")
	for _, match := range matches {
		require.Empty(t, problems(t, string(match[1])))
		require.NoError(t, validate(t, match[1]))
	}
}

// validate returns the program's error for a stack file.
func validate(t *testing.T, content []byte) error {
	t.Helper()
	var file struct{ Config map[string]any }
	require.NoError(t, yaml.Unmarshal(content, &file))
	values := map[string]string{}
	for key, value := range file.Config {
		text, ok := value.(string)
		if !ok {
			text = toJSON(value)
		}
		values[key] = text
	}
	return program.Validate(module, "dev", values)
}

var goVersion = regexp.MustCompile(`(?m)^go (\S+)$`)

// The README names the version of Go that go.mod requires.
func TestReadmeNamesGoVersion(t *testing.T) {
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	require.NoError(t, err)
	require.Contains(t, string(readme), "You need Go "+goVersion.FindStringSubmatch(string(mod))[1]+" ")
}
