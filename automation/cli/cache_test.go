package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// scripted is a source that writes a script as the CLI, or fails.
type scripted struct {
	t      *testing.T
	script string
	err    error
	calls  atomic.Int32
}

func (s *scripted) obtain(_ context.Context, dir string, _ io.Writer) error {
	s.calls.Add(1)
	if s.err != nil {
		return s.err
	}
	writeScript(s.t, filepath.Join(dir, "bin"), s.script)
	return nil
}

func TestFindKeepsWhatItObtained(t *testing.T) {
	good := &scripted{t: t, script: "echo " + Version}
	root := filepath.Join(t.TempDir(), "pulumi")
	for range 2 {
		got, err := cache{root: root, sources: []source{good}, progress: io.Discard}.find(t.Context())
		require.NoError(t, err)
		require.Equal(t, filepath.Join(root, Version, "bin", binary), got.Path())
		require.FileExists(t, got.Path())
	}
	require.EqualValues(t, 1, good.calls.Load())
}

// `go test ./...` tests packages in parallel, and each calls Find.
func TestFindObtainsOnceForAll(t *testing.T) {
	good := &scripted{t: t, script: "sleep 0.2; echo " + Version}
	root := t.TempDir()
	var all sync.WaitGroup
	failures := make(chan error, 8)
	for range cap(failures) {
		all.Go(func() {
			_, err := cache{root: root, sources: []source{good}, progress: io.Discard}.find(t.Context())
			failures <- err
		})
	}
	all.Wait()
	close(failures)
	for err := range failures {
		require.NoError(t, err)
	}
	require.EqualValues(t, 1, good.calls.Load())
}

func TestFindGoesThroughTheSources(t *testing.T) {
	unreachable := &scripted{t: t, err: errors.New("host unreachable")}
	stale := &scripted{t: t, script: "echo v3.1.0"}
	good := &scripted{t: t, script: "echo " + Version}
	var progress strings.Builder
	root := t.TempDir()

	got, err := cache{root: root, sources: []source{unreachable, stale, good}, progress: &progress}.find(t.Context())

	require.NoError(t, err)
	require.Equal(t, pinned(), got.Version())
	require.Contains(t, progress.String(), "host unreachable")
	require.Contains(t, progress.String(), "is v3.1.0, wanted is "+Version)
	require.Contains(t, progress.String(), "is ready")
}

func TestFindLeavesNothingWhenAllFail(t *testing.T) {
	root := t.TempDir()
	sources := []source{
		&scripted{t: t, err: errors.New("host unreachable")},
		&scripted{t: t, script: "exit 1"},
	}

	_, err := cache{root: root, sources: sources, progress: io.Discard}.find(t.Context())

	require.ErrorContains(t, err, "host unreachable")
	require.ErrorContains(t, err, "exit status 1")
	require.ErrorContains(t, err, "put it on PATH")
	entries, err := os.ReadDir(root)
	require.NoError(t, err)
	require.Len(t, entries, 1, "only the lock's file may be left")
}

func TestFindStopsWaitingWhenCancelled(t *testing.T) {
	root := t.TempDir()
	unlock, err := lock(t.Context(), filepath.Join(root, "lock"), io.Discard)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()

	_, err = cache{root: root, progress: io.Discard}.find(ctx)

	require.ErrorIs(t, err, context.DeadlineExceeded)
	unlock()
	// A caller that stopped waiting must not hold the lock.
	unlock, err = lock(t.Context(), filepath.Join(root, "lock"), io.Discard)
	require.NoError(t, err)
	unlock()
}
