package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/fsutil"
)

// cache is the cache of obtained CLIs, which are in root/VERSION/bin/pulumi.
type cache struct {
	root     string
	sources  []source // tried in turn
	progress io.Writer
}

// source is a way to obtain the pinned CLI.
type source interface {
	// obtain puts the CLI into dir/bin/pulumi.
	obtain(ctx context.Context, dir string, progress io.Writer) error
}

// find returns the cached CLI. It obtains the CLI if the cache does not contain it.
func (c cache) find(ctx context.Context) (*Command, error) {
	home := filepath.Join(c.root, Version)
	kept := &Command{path: filepath.Join(home, "bin", binary), version: pinned()}
	if exists(kept.path) {
		return kept, nil
	}
	if err := os.MkdirAll(c.root, 0o755); err != nil {
		return nil, fmt.Errorf("making the directory for the Pulumi CLI: %w", err)
	}
	unlock, err := lock(ctx, filepath.Join(c.root, "lock"), c.progress)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if exists(kept.path) { // Another process was quicker.
		return kept, nil
	}
	if err := c.obtain(ctx, home); err != nil {
		return nil, err
	}
	return kept, nil
}

// obtain creates the directory home from the first source that works. It creates the
// directory only when the content is complete and the CLI has run successfully.
func (c cache) obtain(ctx context.Context, home string) error {
	var failures []error
	for _, source := range c.sources {
		err := c.try(ctx, source, home)
		if err == nil {
			fmt.Fprintf(c.progress, "The Pulumi CLI %s is ready; it stays in %s.\n", Version, home)
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("obtaining the Pulumi CLI %s: %w", Version, context.Cause(ctx))
		}
		fmt.Fprintf(c.progress, "Pulumi CLI: %v.\n", err)
		failures = append(failures, err)
	}
	return fmt.Errorf("obtaining the Pulumi CLI %s: %w; install it yourself (https://www.pulumi.com/docs/install/), "+
		"at least %s, and put it on PATH", Version, errors.Join(failures...), Minimum)
}

func (c cache) try(ctx context.Context, source source, home string) error {
	temporary, err := os.MkdirTemp(c.root, ".obtaining-")
	if err != nil {
		return fmt.Errorf("making a directory for the Pulumi CLI: %w", err)
	}
	defer os.RemoveAll(temporary)
	if err := source.obtain(ctx, temporary, c.progress); err != nil {
		return err
	}
	if err := verify(ctx, filepath.Join(temporary, "bin", binary)); err != nil {
		return fmt.Errorf("checking the Pulumi CLI obtained: %w", err)
	}
	if err := os.Chmod(temporary, 0o755); err != nil {
		return fmt.Errorf("opening the Pulumi CLI's directory: %w", err)
	}
	// An existing directory without the binary would prevent the rename.
	if err := os.RemoveAll(home); err != nil {
		return fmt.Errorf("clearing %s: %w", home, err)
	}
	if err := os.Rename(temporary, home); err != nil {
		return fmt.Errorf("putting the Pulumi CLI in place: %w", err)
	}
	return nil
}

// lock locks the file at path, or stops waiting when ctx is done. The operating
// system releases the lock when this process ends for any reason.
func lock(ctx context.Context, path string, progress io.Writer) (unlock func(), err error) {
	mutex := fsutil.NewFileMutex(path)
	taken := make(chan error, 1)
	go func() { taken <- mutex.Lock() }()
	done := tick(ctx, time.Second, tickEvery, func(waited time.Duration) {
		fmt.Fprintf(progress, "Waiting for another process that is obtaining the Pulumi CLI (%s).\n", waited)
	})
	defer done()
	select {
	case err := <-taken:
		if err != nil {
			return nil, fmt.Errorf("locking %s: %w", path, err)
		}
		return func() { _ = mutex.Unlock() }, nil
	case <-ctx.Done():
		go func() { // Otherwise the next caller would wait until this process ends.
			if <-taken == nil {
				_ = mutex.Unlock()
			}
		}()
		return nil, fmt.Errorf("waiting for %s: %w", path, context.Cause(ctx))
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
