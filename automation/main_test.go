package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"fargate-cd/automation/cli"
	"fargate-cd/automation/stack"
)

// asCommand is the environment variable that makes this test binary run the command, so
// that a test can start and interrupt the command as a process.
const asCommand = "FARGATE_CD_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// process is one run of the command.
type process struct {
	*exec.Cmd
	stdout bytes.Buffer
	stderr progress
}

// progress collects the written text and sends each write to a channel.
type progress struct {
	text    strings.Builder
	written chan string
}

func (p *progress) Write(b []byte) (int, error) {
	p.text.Write(b)
	select {
	case p.written <- string(b):
	default:
	}
	return len(b), nil
}

// start runs the command with --sandbox and --json on the stack test of the project in dir.
func start(t *testing.T, dir string, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(os.Args[0], append(args, "--stack", "test", "--sandbox", "--json")...)}
	p.stderr.written = make(chan string, 1000)
	p.Dir, p.Stdout, p.Stderr = dir, &p.stdout, &p.stderr
	p.Env = append(os.Environ(), asCommand+"=1")
	require.NoError(t, p.Start())
	return p
}

// end waits for the command and returns its JSON document and its exit code.
func (p *process) end(t *testing.T) (result stack.Result, code int) {
	t.Helper()
	_ = p.Wait() // The caller checks the exit code.
	require.NoError(t, json.Unmarshal(p.stdout.Bytes(), &result), p.stderr.text.String())
	return result, p.ProcessState.ExitCode()
}

// newProject copies the repository's project files to a new directory, and makes sure that the
// Pulumi CLI is available.
func newProject(t *testing.T) string {
	t.Helper()
	_, err := cli.Find(t.Context(), io.Discard)
	require.NoError(t, err)
	dir := t.TempDir()
	for _, name := range []string{"Pulumi.yaml", "Pulumi.test.yaml"} {
		content, err := os.ReadFile(filepath.Join("..", name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o644))
	}
	return dir
}

func TestCommand(t *testing.T) {
	dir := newProject(t)

	up := start(t, dir, "up")
	select {
	case <-up.stderr.written:
	case <-time.After(time.Second):
		t.Error("no progress within a second")
	}
	result, code := up.end(t)
	require.Zero(t, code)
	require.Equal(t, stack.Succeeded, result.Result)
	require.Positive(t, result.Changes.Create)
	require.NotEmpty(t, result.Outputs["serviceUrls"])
	require.Contains(t, up.stderr.text.String(), "aws:ecs:Service", "Pulumi's own progress")

	again, code := start(t, dir, "up").end(t)
	require.Zero(t, code)
	require.Equal(t, stack.Changes{Same: result.Changes.Create}, again.Changes)
	require.Equal(t, result.Outputs, again.Outputs)

	// Pulumi.test.yaml releases to prod and sets forceDestroy.
	const receivers = "the stack prod runs the images of welcomer"
	file := filepath.Join(dir, "Pulumi.test.yaml")
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, bytes.ReplaceAll(content, []byte("forceDestroy: true"), []byte("forceDestroy: false")), 0o600))
	refused, code := start(t, dir, "destroy").end(t)
	require.Equal(t, exitFailed, code)
	require.Equal(t, stack.Failed, refused.Result)
	require.Contains(t, refused.Error, "destroy would delete images that are in use: "+receivers)

	require.NoError(t, os.WriteFile(file, content, 0o600))
	destroy := start(t, dir, "destroy")
	destroyed, code := destroy.end(t)
	require.Zero(t, code)
	require.Equal(t, result.Changes.Create, destroyed.Changes.Delete)
	require.Contains(t, destroy.stderr.text.String(), "Warning: destroy deletes images that are in use, because of forceDestroy: "+receivers)
}

// The error says how to destroy a stack whose file is gone. Only AWS has a state that Pulumi's own command finds.
func TestDestroyWithoutAStackFile(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), []byte("name: fargate-cd\nruntime: go\n"), 0o600))
	t.Chdir(dir)
	for args, want := range map[string]string{
		"destroy --stack gone":           "none; restore the file to destroy the stack, or run `pulumi destroy --stack gone`, which needs only the state\n",
		"destroy --stack gone --sandbox": "none; restore the file to destroy the stack\n",
		"refresh --stack gone":           "none\n",
	} {
		var stdout, stderr strings.Builder
		require.Equal(t, exitFailed, run(strings.Fields(args), environment(""), &stdout, &stderr), args)
		require.Contains(t, stderr.String(), `stack "gone" has no stack file `+filepath.Join(dir, "Pulumi.gone.yaml"), args)
		require.True(t, strings.HasSuffix(stderr.String(), want), stderr.String())
	}
}

// An interrupt, such as Ctrl-C, ends the run cleanly, and the next run completes the
// update.
func TestInterrupt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("os.Interrupt cannot be sent there")
	}
	dir := newProject(t)
	up := start(t, dir, "up", "--fault", "create aws:ecs/service:Service delay=3s")
	deadline := time.After(time.Minute)
	for text := ""; !strings.Contains(text, "aws:ecs:Service"); {
		select {
		case text = <-up.stderr.written:
		case <-deadline:
			_ = up.Process.Kill()
			t.Fatal("the service is never being created")
		}
	}
	require.NoError(t, up.Process.Signal(os.Interrupt))

	result, code := up.end(t)

	require.Equal(t, exitFailed, code)
	require.Equal(t, stack.Cancelled, result.Result)
	require.Contains(t, up.stderr.text.String(), "Got interrupt: finishing the operations in progress")
	require.Contains(t, up.stderr.text.String(), "run it again to continue")

	next := start(t, dir, "up")
	result, code = next.end(t)
	require.Zero(t, code, next.stderr.text.String())
	require.Zero(t, result.Changes.Delete+result.Changes.Replace)
	result, code = start(t, dir, "up").end(t)
	require.Zero(t, code)
	require.Zero(t, result.Changes.Any())
}

// --markdown writes a comment even if the preview fails.
func TestMarkdown(t *testing.T) {
	dir := newProject(t)
	comment := filepath.Join(dir, "comment.md")

	_, code := start(t, dir, "preview", "--markdown", comment).end(t)
	require.Zero(t, code)
	content, err := os.ReadFile(comment)
	require.NoError(t, err)
	require.Contains(t, string(content), "## Preview of stack `test`\n\n> [!NOTE]\n> This is a preview in the sandbox, not in AWS.")
	require.Contains(t, string(content), "service `welcomer` is new")

	file := filepath.Join(dir, "Pulumi.test.yaml")
	stackFile, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, append(stackFile, "      colour: blue\n"...), 0o644))
	_, code = start(t, dir, "preview", "--markdown", comment).end(t)
	require.Equal(t, exitFailed, code)
	content, err = os.ReadFile(comment)
	require.NoError(t, err)
	require.Contains(t, string(content), "**The preview failed.**")
	require.Contains(t, string(content), "services[0].colour")
}
