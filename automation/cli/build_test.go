package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFindTools(t *testing.T) {
	tools, err := findTools()
	require.NoError(t, err)
	want, err := filepath.Abs("../../tools")
	require.NoError(t, err)
	require.Equal(t, want, tools)
}

func TestFindToolsElsewhere(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	_, err := findTools()
	require.ErrorContains(t, err, "run this from inside a clone")

	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module fargate-cd\n"), 0o644))
	_, err = findTools()
	require.ErrorContains(t, err, "clone the whole repository")
}

func TestModuleName(t *testing.T) {
	for content, want := range map[string]string{
		"module fargate-cd\n\ngo 1.25\n":   "fargate-cd",
		"// A comment.\nmodule  a/b\r\n":   "a/b",
		"module fargate-cd/tools\n":        "fargate-cd/tools",
		"go 1.25\nrequire module v1.0.0\n": "",
		"":                                 "",
	} {
		require.Equal(t, want, moduleName(content), content)
	}
}

func TestBuildCount(t *testing.T) {
	var count buildCount
	require.Equal(t, "0 packages compiled (of at most about 1650)", count.String())
	count.add("go: downloading github.com/a/b v1.0.0")
	count.add("go: downloading github.com/a/c v1.0.0")
	require.Equal(t, "2 modules downloaded", count.String())
	count.add("internal/abi")
	count.add("github.com/a/b")
	count.add("# github.com/a/b")
	count.add("")
	count.add("a.go:3:1: syntax error")
	require.Equal(t, "2 packages compiled (of at most about 1650)", count.String())
}
