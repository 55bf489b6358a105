package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/internal/golden"
)

// runGraph runs the command graph in this process, and checks the exit code.
func runGraph(t *testing.T, wantCode int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, failed bytes.Buffer
	code := run(append([]string{"graph"}, args...), environment(""), &out, &failed)
	require.Equal(t, wantCode, code, failed.String())
	return out.String(), failed.String()
}

// The README shows the picture of Pulumi.prod.yaml.
func TestReadmePicture(t *testing.T) {
	picture, _ := runGraph(t, exitOK, "--stack", "prod")
	golden.CompareSection(t, filepath.Join("..", "README.md"), "picture", "\n\n```mermaid\n"+picture+"```\n\n")
}

func TestGraphToFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "prod.html")
	printed, _ := runGraph(t, exitOK, "--stack", "prod", "--format", "html", "--output", file)
	require.Empty(t, printed)
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(content), "<!DOCTYPE html>"))
}

// A bad configuration gives one error that lists all problems, and no picture file.
func TestGraphOfBadConfiguration(t *testing.T) {
	dir := t.TempDir()
	config, picture := filepath.Join(dir, "Pulumi.bad.yaml"), filepath.Join(dir, "bad.html")
	require.NoError(t, os.WriteFile(config, []byte("config:\n  fargate-cd:listenerPort: 70000\n"), 0o644))
	printed, failed := runGraph(t, exitFailed, "--stack", "bad", "--config-file", config, "--output", picture)
	require.Empty(t, printed)
	require.Contains(t, failed, "fargate-cd:listenerPort: 70000 is not allowed")
	require.Contains(t, failed, "fargate-cd:services")
	require.NoFileExists(t, picture)
}
