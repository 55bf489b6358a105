package cli

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRunTellsWhatHappened(t *testing.T) {
	command := scriptCommand(t, `echo "out $*"; echo err >&2; exit 7`)
	var out, errs bytes.Buffer

	stdout, stderr, code, err := command.Run(t.Context(), t.TempDir(), nil,
		[]io.Writer{&out}, []io.Writer{&errs}, nil, "up", "--yes")

	require.ErrorContains(t, err, "exit status 7")
	require.Equal(t, 7, code)
	require.Equal(t, "out --non-interactive up --yes\n", stdout)
	require.Equal(t, "err\n", stderr)
	require.Equal(t, stdout, out.String())
	require.Equal(t, stderr, errs.String())
}

func TestRunOfAMissingCLI(t *testing.T) {
	command := &Command{path: filepath.Join(t.TempDir(), "nowhere")}
	_, _, code, err := command.Run(t.Context(), t.TempDir(), nil, nil, nil, nil, "version")
	require.Error(t, err)
	require.Equal(t, failedToRun, code)
}

func TestRunFiltersTheEnvironment(t *testing.T) {
	t.Setenv("AWS_SECRET_ACCESS_KEY", "mine")
	t.Setenv("KEPT", "yes")
	command := scriptCommand(t, `echo "$AWS_SECRET_ACCESS_KEY|$KEPT|$GIVEN|$PATH"`).
		WithEnvironment(func(name string) bool { return !strings.HasPrefix(name, "AWS_") })

	stdout, _, _, err := command.Run(t.Context(), t.TempDir(), nil, nil, nil, []string{"GIVEN=too"})

	require.NoError(t, err)
	require.True(t, strings.HasPrefix(stdout, "|yes|too|"+filepath.Dir(command.Path())), stdout)
}

// A cancelled CLI gets one interrupt and has time to end by itself.
func TestRunCancelled(t *testing.T) {
	command := scriptCommand(t, `trap 'echo finishing; sleep 0.3; echo finished; exit 1' INT
echo running; while :; do sleep 0.05; done`)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()

	stdout, _, _, err := command.Run(ctx, t.TempDir(), nil, []io.Writer{onWrite(cancel)}, nil, nil)

	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, "running\nfinishing\nfinished\n", stdout)
}

// An abort interrupts the CLI a second time.
func TestRunAborted(t *testing.T) {
	abort := make(chan struct{})
	command := scriptCommand(t, `trap 'n=$((n+1)); echo "interrupt $n"; if [ $n = 2 ]; then exit 1; fi' INT
n=0; echo running; while :; do sleep 0.05; done`).WithAbort(abort)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	time.AfterFunc(500*time.Millisecond, func() { close(abort) })

	stdout, _, _, err := command.Run(ctx, t.TempDir(), nil, []io.Writer{onWrite(cancel)}, nil, nil)

	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, "running\ninterrupt 1\ninterrupt 2\n", stdout)
}

// A cancelled CLI that does not end is killed after the grace.
func TestRunKilledAfterTheGrace(t *testing.T) {
	command := scriptCommand(t, `trap '' INT; echo running; while :; do sleep 0.05; done`).WithGrace(200 * time.Millisecond)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()

	_, _, _, err := command.Run(ctx, t.TempDir(), nil, []io.Writer{onWrite(cancel)}, nil, nil)

	require.ErrorContains(t, err, "killed")
}

func scriptCommand(t *testing.T, script string) *Command {
	t.Helper()
	return &Command{path: writeScript(t, t.TempDir(), script), version: pinned()}
}

// onWrite is a writer that calls the function at each write. The tests pass a
// function that has an effect only at the first call.
type onWrite func()

func (f onWrite) Write(p []byte) (int, error) {
	f()
	return len(p), nil
}
