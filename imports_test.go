package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Imports go in one direction: the program imports the components, and the components
// import internal packages. The sandbox simulates AWS and imports no other package of the
// project. Tests may import any package.
func TestImports(t *testing.T) {
	const format = `{{.ImportPath}}:{{range .Deps}} {{.}}{{end}}`
	listed, err := exec.Command("go", "list", "-f", format, "./...").CombinedOutput()
	require.NoError(t, err, string(listed))
	// The first rule with a matching prefix lists the project's packages that a package may import.
	rules := []struct {
		of  string
		may []string
	}{
		{of: "fargate-cd/automation/sandbox"},
		{of: "fargate-cd/automation/live"},
		{of: "fargate-cd/internal/configdocs", may: []string{"fargate-cd/program", "fargate-cd/internal/", "fargate-cd/components/"}},
		{of: "fargate-cd/internal/", may: []string{"fargate-cd/internal/"}},
		{of: "fargate-cd/components/", may: []string{"fargate-cd/internal/", "fargate-cd/components/"}},
		{of: "fargate-cd/program", may: []string{"fargate-cd/internal/", "fargate-cd/components/"}},
		{of: "fargate-cd/automation/graph", may: []string{"fargate-cd/program", "fargate-cd/internal/", "fargate-cd/components/"}},
		{of: "fargate-cd/automation/summary", may: []string{"fargate-cd/internal/awsapi", "fargate-cd/internal/concurrent", "fargate-cd/internal/trafficshift", "fargate-cd/docs"}},
		{of: "fargate-cd/automation/stack", may: []string{"fargate-cd/internal/awsapi", "fargate-cd/internal/concurrent", "fargate-cd/automation/"}},
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

// Only tests import the test helpers.
func TestHelpersAreOnlyForTests(t *testing.T) {
	listed, err := exec.Command("go", "list", "-deps", ".", "./automation", "./program").Output()
	require.NoError(t, err)
	for _, name := range []string{"buildtest", "enginetest", "golden", "problemtest", "stackfiles"} {
		require.NotContains(t, string(listed), name)
	}
}
