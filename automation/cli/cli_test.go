package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/blang/semver"
	"github.com/stretchr/testify/require"
)

// The SDK, the CLI that is built and the CLI that is installed must have the same
// version, or the engine and the program could be incompatible.
func TestVersionIsThatOfBothModules(t *testing.T) {
	for file, dependency := range map[string]string{
		"../../go.mod":       "github.com/pulumi/pulumi/sdk/v3",
		"../../tools/go.mod": "github.com/pulumi/pulumi/pkg/v3",
	} {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		required := regexp.MustCompile(`(?m)^\s*(?:require )?` + regexp.QuoteMeta(dependency) + ` (\S+)`)
		match := required.FindStringSubmatch(string(content))
		require.NotNil(t, match, "%s does not require %s", file, dependency)
		require.Equal(t, Version, match[1], "%s in %s", dependency, file)
	}
}

func TestRecent(t *testing.T) {
	for version, want := range map[string]bool{
		strings.TrimPrefix(Version, "v"): true,
		strings.TrimPrefix(Minimum, "v"): true,
		"3.205.99":                       false,
		"3.206.0-alpha.1":                false,
		"3.999.0":                        true,
		"2.999.0":                        false,
		"4.0.0":                          false,
	} {
		require.Equal(t, want, recent(semver.MustParse(version)), version)
	}
}

func TestFromPath(t *testing.T) {
	for name, test := range map[string]struct {
		script   string
		found    bool
		progress string
	}{
		"recent":      {script: "echo " + Version, found: true},
		"newer":       {script: "echo v3.300.1", found: true},
		"old":         {script: "echo v3.100.0", progress: "is v3.100.0; needed is v3, at least " + Minimum},
		"other major": {script: "echo v4.0.0", progress: "is v4.0.0"},
		"broken":      {script: "echo oh no >&2; exit 3", progress: "oh no"},
		"no version":  {script: "echo hello", progress: `"hello\n", which is not a version`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := writeScript(t, dir, test.script)
			t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
			var progress strings.Builder

			got, err := fromPath(t.Context(), &progress)

			require.NoError(t, err)
			require.Equal(t, test.found, got != nil)
			if test.found {
				require.Equal(t, path, got.Path())
				require.Empty(t, progress.String())
			} else {
				require.Contains(t, progress.String(), test.progress)
			}
		})
	}
}

func TestFromPathWithoutPulumi(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	got, err := fromPath(t.Context(), &strings.Builder{})
	require.NoError(t, err)
	require.Nil(t, got)
}

// writeScript writes a shell script that stands in for the CLI into dir.
func writeScript(t *testing.T, dir, body string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for the CLI is a shell script")
	}
	path := filepath.Join(dir, binary)
	require.NoError(t, os.MkdirAll(dir, 0o755))
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o755))
	return path
}
