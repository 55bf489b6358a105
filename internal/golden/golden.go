// Package golden compares texts with the golden files in a test's testdata directory.
package golden

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files; the test then fails")

// Compare fails the test if the text differs from the golden file. With -update it
// writes the file and fails the test.
func Compare(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
		t.Errorf("%s is written: check the difference, and run again without -update", file)
		return
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "if the change is wanted: run the test of this package with -update")
}
