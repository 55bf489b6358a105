package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Knowledge goes one way: the program knows the components, which know what they
// share; the sandbox stands in for AWS and knows none of them. Tests may import
// what they need.
func TestImports(t *testing.T) {
	const format = `{{.ImportPath}}:{{range .Deps}} {{.}}{{end}}`
	listed, err := exec.Command("go", "list", "-f", format, "./...").CombinedOutput()
	require.NoError(t, err, string(listed))
	// The first matching rule says what of the project a package may import.
	rules := []struct {
		of  string
		may []string
	}{
		{of: "fargate-cd/automation/sandbox"},
		{of: "fargate-cd/internal/configdocs", may: []string{"fargate-cd/program", "fargate-cd/internal/", "fargate-cd/components/"}},
		{of: "fargate-cd/internal/", may: []string{"fargate-cd/internal/"}},
		{of: "fargate-cd/components/", may: []string{"fargate-cd/internal/", "fargate-cd/components/"}},
		{of: "fargate-cd/program", may: []string{"fargate-cd/internal/", "fargate-cd/components/"}},
		{of: "fargate-cd/automation/stack", may: []string{"fargate-cd/internal/ecsapi", "fargate-cd/automation/"}},
	}
	seen := 0
	for line := range strings.Lines(string(listed)) {
		name, imports, _ := strings.Cut(strings.TrimSpace(line), ":")
		for _, rule := range rules {
			if !strings.HasPrefix(name, rule.of) {
				continue
			}
			seen++
			for _, imported := range strings.Fields(imports) {
				allowed := !strings.HasPrefix(imported, "fargate-cd/")
				for _, prefix := range rule.may {
					allowed = allowed || strings.HasPrefix(imported, prefix)
				}
				require.True(t, allowed, "%s must not import %s", name, imported)
			}
			break
		}
	}
	require.Greater(t, seen, 10, "packages with a rule")
}

// Tests alone use what stands in for the engine.
func TestTestPackagesAreForTests(t *testing.T) {
	listed, err := exec.Command("go", "list", "-deps", ".", "./automation", "./program").Output()
	require.NoError(t, err)
	for _, name := range []string{"enginetest", "golden", "problemtest"} {
		require.NotContains(t, string(listed), name)
	}
}
