// Package stackfiles finds the stack files of the repository, for tests that cover all of them.
package stackfiles

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// In returns the paths of all stack files of the repository in the given directory: those of its own stacks, and those
// of the examples.
func In(t *testing.T, root string) []string {
	t.Helper()
	var files []string
	for _, pattern := range []string{"Pulumi.*.yaml", "examples/*/Pulumi.*.yaml"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		require.NoError(t, err)
		require.NotEmpty(t, found, "%s in %s", pattern, root)
		files = append(files, found...)
	}
	return files
}

// Stack returns the name of the stack of a stack file.
func Stack(file string) string {
	return strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "Pulumi."), ".yaml")
}
