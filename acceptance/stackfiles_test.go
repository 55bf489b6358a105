//go:build acceptance

package acceptance

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/stretchr/testify/require"

	"fargate-cd/automation/stack"
)

// TestStackFiles takes every stack file of the repository through its life:
// what it gives is what its system demands, nothing changes without a change of
// the configuration, a change reaches each component in place, and nothing is
// left in the end.
func TestStackFiles(t *testing.T) {
	t.Parallel()
	files := stackFiles(t)
	for file := range systems {
		require.Contains(t, files, file, "systems_test.go describes a stack file that does not exist")
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			demanded, known := systems[file]
			require.True(t, known, "%s has no expectations: describe in systems_test.go what it has to give", file)
			live(t, deploy(t, file, nil), demanded)
		})
	}
}

// stackFiles finds the stack files, relative to the project's directory.
func stackFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	for _, pattern := range []string{"Pulumi.*.yaml", "examples/*/Pulumi.*.yaml"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		require.NoError(t, err)
		for _, path := range found {
			file, err := filepath.Rel(root, path)
			require.NoError(t, err)
			files = append(files, filepath.ToSlash(file))
		}
	}
	require.NotEmpty(t, files, "stack files in %s", root)
	return files
}

func live(t *testing.T, d *deployed, demanded system) {
	before := inventory(t, d)
	created := d.up()
	require.Zero(t, created.Changes.Any()-created.Changes.Create, "the first up does nothing but create: %v", changes(created))
	t.Run("up", func(t *testing.T) { compare(t, d, demanded) })
	t.Run("buildspecs", func(t *testing.T) { checkBuildspecs(t, d, demanded) })
	requireStable(t, d)

	changed, updates := update(t, d, demanded)
	require.ElementsMatch(t, updates, changes(d.up()), "each component changes in place, and nothing else")
	t.Run("update", func(t *testing.T) { compare(t, d, changed) })

	d.config["deletionProtection"] = false
	d.up()
	d.destroy()
	var retained []string
	for _, each := range demanded.services {
		if demanded.retained {
			retained = append(retained, "repository for images "+each.name)
		}
	}
	requireNothingLeft(t, d, before, retained)
}

// requireStable requires that nothing changes while the configuration does not,
// but for the emulator's own gaps.
func requireStable(t *testing.T, d *deployed) {
	t.Helper()
	requireUnchanged(t, d)
	for _, c := range []struct {
		name string
		run  command
	}{{"refresh", (*stack.Stack).Refresh}, {"preview after refresh", (*stack.Stack).Preview}} {
		seen := changes(d.must(c.run))
		require.Empty(t, slices.DeleteFunc(seen, func(step string) bool { return begins(drifts, step) }), c.name)
	}
}

// requireUnchanged requires that up has nothing to do.
func requireUnchanged(t *testing.T, d *deployed) {
	t.Helper()
	again := d.up()
	require.Empty(t, changes(again), "up again: %+v", again.Steps)
}

// requireNothingLeft requires that destroy has removed everything that was not
// there before, but for the repositories that the configuration retains, which
// it then removes, and for what is known to stay.
func requireNothingLeft(t *testing.T, d *deployed, before, retained []string) {
	t.Helper()
	var left, kept []string
	for _, each := range inventory(t, d) {
		switch {
		case slices.Contains(before, each) || begins(leftovers, each):
		case strings.HasPrefix(each, "repository for images "):
			kept = append(kept, suffix.ReplaceAllString(each, ""))
		default:
			left = append(left, each)
		}
	}
	require.Empty(t, left, "what destroy has left")
	require.ElementsMatch(t, retained, kept, "repositories that outlive the stack")
	for _, each := range ask(t, d.ecr.DescribeRepositories, &ecr.DescribeRepositoriesInput{}).Repositories {
		ask(t, d.ecr.DeleteRepository, &ecr.DeleteRepositoryInput{RepositoryName: each.RepositoryName, Force: true})
	}
}
