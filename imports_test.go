package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Imports go in one direction: the program imports the components, and the components
// import internal packages. The sandbox simulates AWS and imports only the versions of the
// providers. Tests may import any package.
func TestImports(t *testing.T) {
	const internal, components, program = "fargate-cd/internal/", "fargate-cd/components/", "fargate-cd/program"
	const cli, sandbox, stack = "fargate-cd/automation/cli", "fargate-cd/automation/sandbox", "fargate-cd/automation/stack"
	const awsapi, concurrent = internal + "awsapi", internal + "concurrent"
	const providers, trafficshift = internal + "providers", internal + "trafficshift"
	listed := list(t, `{{.ImportPath}}:{{range .Deps}} {{.}}{{end}}`, "./...")
	// The first rule with a matching prefix lists the project's packages that a package may import, also indirectly.
	type rule struct {
		of  string
		may []string
	}
	rules := []rule{
		{of: internal + "configdocs", may: []string{program, internal, components}},
		{of: internal, may: []string{internal}},
		{of: components, may: []string{internal, components}},
		{of: program, may: []string{internal, components}},
		{of: cli},
		{of: sandbox + "/sandboxtest", may: []string{sandbox, providers}},
		{of: sandbox, may: []string{providers}},
		{of: "fargate-cd/automation/live"},
		{of: "fargate-cd/automation/signin"},
		{of: stack, may: []string{cli, sandbox, awsapi, concurrent, providers}},
		{of: "fargate-cd/automation/graph", may: []string{program, internal, components}},
		{of: "fargate-cd/automation/summary", may: []string{awsapi, concurrent, trafficshift, "fargate-cd/docs"}},
		{of: "fargate-cd/automation", may: []string{"fargate-cd/automation/", program, internal, components, "fargate-cd/docs"}},
		{of: "fargate-cd/bench", may: []string{cli, sandbox, stack, program, internal, components}},
		{of: "fargate-cd/examples/automation", may: []string{cli, sandbox, stack, program, internal, components}},
		{of: "fargate-cd/examples/existing-environment", may: []string{internal, components}},
		{of: "fargate-cd/examples"},
		{of: "fargate-cd/acceptance"}, // see TestAcceptanceImports
		{of: "fargate-cd/docs"},
		{of: "fargate-cd", may: []string{program, internal, components}},
	}
	for name, imports := range listed {
		i := slices.IndexFunc(rules, func(rule rule) bool { return strings.HasPrefix(name, rule.of) })
		require.GreaterOrEqual(t, i, 0, "%s has no rule", name)
		requireImports(t, name, imports, rules[i].may)
	}
}

// The acceptance suite compares AWS with its own descriptions of the systems. A component
// in a description would agree with its own mistakes.
func TestAcceptanceImports(t *testing.T) {
	const format = `{{.ImportPath}}:{{range .Imports}} {{.}}{{end}}{{range .TestImports}} {{.}}{{end}}`
	const lab, helpers = "fargate-cd/acceptance/internal/lab", "fargate-cd/internal/"
	for name, imports := range list(t, format, "-tags", "acceptance", "./acceptance/...") {
		may := []string{"fargate-cd/acceptance/internal/", "fargate-cd/automation/cli", "fargate-cd/automation/stack", "fargate-cd/examples/contract", helpers}
		switch name {
		case lab: // runs the program
			may = []string{"fargate-cd/automation/stack", "fargate-cd/program", helpers}
		case "fargate-cd/acceptance/internal/readback":
			may = []string{lab, helpers}
		}
		requireImports(t, name, imports, may)
	}
}

// list runs go list with a format that begins with the path of the package and a colon. It returns the rest by path.
func list(t *testing.T, format string, args ...string) map[string][]string {
	t.Helper()
	output, err := exec.Command("go", append([]string{"list", "-f", format}, args...)...).CombinedOutput()
	require.NoError(t, err, string(output))
	listed := map[string][]string{}
	for line := range strings.Lines(string(output)) {
		name, imports, _ := strings.Cut(strings.TrimSpace(line), ":")
		listed[name] = strings.Fields(imports)
	}
	return listed
}

// requireImports fails the test if a package imports another package of the project than those with the prefixes.
func requireImports(t *testing.T, name string, imports, prefixes []string) {
	t.Helper()
	for _, imported := range imports {
		allowed := !strings.HasPrefix(imported, "fargate-cd") || slices.ContainsFunc(prefixes, func(prefix string) bool {
			return strings.HasPrefix(imported, prefix)
		})
		require.True(t, allowed, "%s must not import %s", name, imported)
	}
}

// Only tests import the test helpers.
func TestHelpersAreOnlyForTests(t *testing.T) {
	listed, err := exec.Command("go", "list", "-deps", ".", "./automation", "./program").Output()
	require.NoError(t, err)
	for _, name := range []string{"buildtest", "enginetest", "golden", "problemtest", "sandboxtest", "stackfiles"} {
		require.NotContains(t, string(listed), name)
	}
}
