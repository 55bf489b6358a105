// Package golden compares texts with files of a test's testdata.
package golden

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write testdata anew; the run that does it fails")

// Compare requires that a text is the content of a file in testdata. With -update
// it writes the file, and the test fails.
func Compare(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
		t.Errorf("%s is written: look at what changed, and run again without -update", file)
		return
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "if the change is wanted: run the test of this package with -update")
}
