// Package golden compares texts with the golden files in a test's testdata directory, and with
// generated sections of documents.
package golden

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
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
		write(t, file, got)
		return
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	compare(t, string(want), got)
}

// CompareSection is like Compare, but compares only the part of a document between
// <!-- generated: name --> and the next <!-- end -->.
func CompareSection(t *testing.T, file, name, got string) {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	start := "<!-- generated: " + name + " -->"
	before, rest, found := strings.Cut(string(content), start)
	require.True(t, found, "%s has no %s", file, start)
	want, after, found := strings.Cut(rest, "<!-- end -->")
	require.True(t, found, "%s has no end of %s", file, start)
	if *update {
		write(t, file, before+start+got+"<!-- end -->"+after)
		return
	}
	compare(t, want, got)
}

func compare(t *testing.T, want, got string) {
	t.Helper()
	require.Equal(t, want, got, "if the change is wanted: run the test of this package with -update")
}

func write(t *testing.T, file, content string) {
	t.Helper()
	require.NoError(t, os.WriteFile(file, []byte(content), 0o644))
	t.Errorf("%s is written: check the difference, and run again without -update", file)
}
