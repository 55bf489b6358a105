package examples

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"fargate-cd/examples/contract"
)

const testCommit = "0123456789abcdef0123456789abcdef01234567"

// TestSamples builds every sample, runs its tests unless they are Go tests, and checks
// the contract on the running application.
func TestSamples(t *testing.T) {
	tests := []struct {
		folder   string
		tools    []string   // must be on PATH
		build    [][]string // commands to run in a copy of the folder; nil for the RUN instructions of the Dockerfile
		start    []string
		exitCode int
		basePath bool // supports BASE_PATH
	}{
		{folder: "app", tools: []string{"go", "sh"}, start: []string{"./server"}, basePath: true},
		{
			folder: "s2-maven/app", tools: []string{"mvn", "java"},
			build:    [][]string{{"mvn", "-B", "-q", "-Dstyle.color=never", "package"}},
			start:    []string{"java", "-XX:-UsePerfData", "-jar", "target/server.jar"},
			exitCode: 143, // Java's exit code after SIGTERM, 128+15, even after a graceful end
		},
		{
			folder: "s3-node/app", tools: []string{"node"},
			build: [][]string{{"node", "--test"}},
			start: []string{"node", "server.js"}, basePath: true,
		},
	}
	for _, test := range tests {
		t.Run(test.folder, func(t *testing.T) {
			t.Parallel()
			for _, tool := range test.tools {
				if _, err := exec.LookPath(tool); err != nil {
					t.Skipf("%s is not on PATH: examples/%s is NOT tested", tool, test.folder)
				}
			}
			// The build runs in a copy of the folder. So it leaves no files in the repository,
			// and fails if it needs files outside the image's build context.
			folder := t.TempDir()
			require.NoError(t, os.CopyFS(folder, os.DirFS(test.folder)))
			if test.build == nil {
				test.build = dockerfileRuns(t, folder)
			}
			for _, command := range test.build {
				build(t, sampleCommand(t, folder, command))
			}
			start := sampleCommand(t, folder, test.start)
			if test.basePath {
				start.Env = append(start.Env, contract.BasePathEnv)
			}
			app := contract.Start(t, start)
			app.RequireAnswers(t, testCommit)
			if test.basePath {
				app.RequireBasePath(t, testCommit)
			}
			app.RequireGracefulEnd(t, test.exitCode)
		})
	}
}

// sampleCommand returns a command that runs in folder for at most ten minutes. With an
// empty build cache on two busy cores, Go takes minutes to compile its standard library.
func sampleCommand(t *testing.T, folder string, command []string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Dir = folder
	// An image build does not have the Go settings of the current user.
	cmd.Env = append(os.Environ(), "COMMIT_HASH="+testCommit, "GOFLAGS=", "GOWORK=off")
	cmd.Env = append(cmd.Env, contract.Env...)
	cmd.WaitDelay = time.Second
	return cmd
}

// build runs cmd and shows its output if it fails.
func build(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	output, err := cmd.CombinedOutput()
	// Maven prints this text only if it cannot reach a repository, not for a wrong version.
	if err != nil && strings.Contains(string(output), "Could not transfer artifact") {
		t.Skipf("Maven cannot download its plugins here: the sample is NOT tested\n%s", output)
	}
	require.NoError(t, err, "%s\n%s", cmd, output)
}

// dockerfileRuns returns the RUN instructions of folder's Dockerfile as commands, so
// that the test builds the application in the same way as the image.
func dockerfileRuns(t *testing.T, folder string) [][]string {
	t.Helper()
	dockerfile, err := os.ReadFile(filepath.Join(folder, "Dockerfile"))
	require.NoError(t, err)
	var runs [][]string
	for line := range strings.Lines(string(dockerfile)) {
		if script, found := strings.CutPrefix(line, "RUN "); found {
			runs = append(runs, []string{"sh", "-c", script})
		}
	}
	require.NotEmpty(t, runs, "the Dockerfile has no RUN instruction")
	return runs
}
