package stack

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"fargate-cd/automation/sandbox"
)

// A cancelled run finishes its operations, and the next run continues.
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
	require.Equal(t, recordedClusters(t, dir), heldClusters(t, dir))

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
	require.Len(t, heldClusters(t, dir), 2, "nothing was made twice")
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

// locks returns the files of the locks on the stack test.
func locks(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, ".sandbox", "state", ".pulumi", "locks", "organization", "clusters", "test", "*.json"))
	require.NoError(t, err)
	return files
}

// The lock of a running process stays, and its file is named.
func TestLockedStack(t *testing.T) {
	t.Parallel()
	dir := newProject(t, "")
	o := inSandbox(dir)
	o.Faults = []sandbox.Fault{{Operation: "create", Name: "first", Delay: 20 * time.Second}} // longer than the second up needs on a busy machine
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
	held := locks(t, dir)
	require.Len(t, held, 1)

	var progress strings.Builder
	second := inSandbox(dir)
	second.Progress = &progress
	_, err := open(t, second).Up(t.Context())

	require.ErrorContains(t, err, "currently locked by 1 lock(s)")
	require.Contains(t, progress.String(), "The lock is "+held[0])
	require.NoError(t, <-ended)
}

func TestPulumiRuns(t *testing.T) {
	require.False(t, pulumiRuns(1<<22+1), "beyond the largest process number")
	if _, err := os.Stat("/proc/self/stat"); err == nil {
		require.False(t, pulumiRuns(os.Getpid()), "a process, but not Pulumi's")
	}
}
