package stack

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"fargate-cd/automation/cli"
	"fargate-cd/automation/sandbox"
)

// Cancelling waits for what is in flight; the next run goes on from there.
func TestCancelAndContinue(t *testing.T) {
	t.Parallel()
	dir := newProject(t, "")
	o := inSandbox(dir)
	o.Faults = []sandbox.Fault{{Operation: "create", Name: "first", Delay: 4 * time.Second}}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o.Progress = onText{"first creating", cancel}

	got, err := open(t, o).Up(ctx)

	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, `up of stack "test" was cancelled (run it again to continue)`)
	require.Equal(t, Cancelled, got.Result)
	require.Empty(t, locks(t, dir))

	var progress strings.Builder
	o = inSandbox(dir)
	o.Progress = &progress
	s := open(t, o)
	_, err = s.Up(t.Context())
	require.NoError(t, err)
	require.NotContains(t, progress.String(), "pending operations")
	again, err := s.Up(t.Context())
	require.NoError(t, err)
	require.Zero(t, again.Changes.Any())
	require.Len(t, accountFiles(t, filepath.Join(dir, ".sandbox")), 2, "nothing was made twice")
}

// onText calls then when text is written.
type onText struct {
	text string
	then func()
}

func (o onText) Write(p []byte) (int, error) {
	if strings.Contains(string(p), o.text) {
		o.then()
	}
	return len(p), nil
}

const victimDir = "FARGATE_CD_TEST_VICTIM"

// TestVictim is no test: it is the process that TestKilledAndContinued kills.
func TestVictim(t *testing.T) {
	dir := os.Getenv(victimDir)
	if dir == "" {
		t.Skip("runs as a process of its own, started by TestKilledAndContinued")
	}
	o := inSandbox(dir)
	o.Faults = []sandbox.Fault{{Operation: "create", Name: "second", Delay: time.Minute}}
	_, err := open(t, o).Up(t.Context())
	require.NoError(t, err)
}

// A run that was killed leaves a lock and an operation under way.
func TestKilledAndContinued(t *testing.T) {
	t.Parallel()
	_, err := cli.Find(t.Context(), io.Discard) // The time that it may take is not the victim's.
	require.NoError(t, err)
	dir := newProject(t, "")
	victim := exec.Command(os.Args[0], "-test.run=^TestVictim$")
	victim.Env = append(os.Environ(), victimDir+"="+dir)
	require.NoError(t, victim.Start())
	var lock backendLock
	require.Eventually(t, func() bool {
		state, err := os.ReadFile(filepath.Join(dir, ".sandbox", "state", ".pulumi", "stacks", "clusters", "test.json"))
		return err == nil && strings.Contains(string(state), `"type":"creating"`) && strings.Contains(string(state), "::second")
	}, time.Minute, 50*time.Millisecond, "the second cluster is never being created")
	require.Len(t, locks(t, dir), 1)
	content, err := os.ReadFile(locks(t, dir)[0])
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(content, &lock))
	require.NoError(t, victim.Process.Kill())
	engine, err := os.FindProcess(lock.Pid)
	require.NoError(t, err)
	require.NoError(t, engine.Kill())
	require.Error(t, victim.Wait())

	var progress strings.Builder
	o := inSandbox(dir)
	o.Progress = &progress
	got, err := open(t, o).Up(t.Context())

	require.NoError(t, err, progress.String())
	require.Equal(t, Changes{Create: 1, Same: 2}, got.Changes)
	require.Contains(t, progress.String(), "Releasing the lock of a run that was killed.")
	require.Contains(t, progress.String(), "A run was killed while creating "+clusterType+" second.")
	require.NotContains(t, progress.String(), "pending operations")
}

// locks are the files of the locks on the stack test.
func locks(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, ".sandbox", "state", ".pulumi", "locks", "organization", "clusters", "test", "*.json"))
	require.NoError(t, err)
	return files
}

// A lock of a run that lives is respected.
func TestLockedStack(t *testing.T) {
	t.Parallel()
	dir := newProject(t, "")
	o := inSandbox(dir)
	o.Faults = []sandbox.Fault{{Operation: "create", Name: "first", Delay: 6 * time.Second}}
	creating := make(chan struct{}, 1)
	o.Progress = onText{"first creating", func() {
		select {
		case creating <- struct{}{}:
		default:
		}
	}}
	first := open(t, o)
	ended := make(chan error, 1)
	go func() {
		_, err := first.Up(context.WithoutCancel(t.Context()))
		ended <- err
	}()
	<-creating

	_, err := open(t, inSandbox(dir)).Up(t.Context())

	require.ErrorContains(t, err, "currently locked by 1 lock(s)")
	require.NoError(t, <-ended)
}

func TestPulumiRuns(t *testing.T) {
	require.False(t, pulumiRuns(1<<22+1), "beyond the largest process number")
	if _, err := os.Stat("/proc/self/stat"); err == nil {
		require.False(t, pulumiRuns(os.Getpid()), "a process, but not Pulumi's")
	}
}
