// Package cli finds or obtains the Pulumi CLI, so that a machine that has only Go
// can run the engine.
//
// It tries, in this order: the CLI on PATH if it is recent enough; the CLI that an
// earlier run put into the user's cache directory; Pulumi's own installer; and, if
// its host cannot be reached, a build from this repository's tools module.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/blang/semver"
)

// Version is the version of the Pulumi CLI that Find obtains if PATH has no usable
// one. It equals the SDK's version in go.mod and the CLI's in tools/go.mod.
const Version = "v3.250.0"

// Minimum is the oldest Pulumi CLI that Find accepts from PATH. It is the first one
// that sends the engine's events to the Automation API over gRPC; package stack
// derives its counts and error messages from them. Older versions write the events to
// a file, which the SDK has to poll.
const Minimum = "v3.206.0"

// askTimeout limits `pulumi version`, which needs no network and answers in less
// than a second.
const askTimeout = 30 * time.Second

// Find returns the Pulumi CLI to use. It obtains the CLI if there is none, which can
// take some minutes the first time. It reports what it does to progress, a line at a
// time. Several processes may call it at the same time: one obtains the CLI, the
// others wait for it. When ctx is done, Find stops and removes its temporary files.
func Find(ctx context.Context, progress io.Writer) (*Command, error) {
	onPath, err := fromPath(ctx, progress)
	if err != nil || onPath != nil {
		return onPath, err
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("finding a place to keep the Pulumi CLI %s: %w; "+
			"set HOME (or XDG_CACHE_HOME), or put a pulumi of at least %s on PATH", Version, err, Minimum)
	}
	return cache{
		root:     filepath.Join(dir, "fargate-cd", "pulumi"),
		sources:  []source{installer{}, builder{}},
		progress: progress,
	}.find(ctx)
}

// fromPath returns the pulumi on PATH, or nil if there is no usable one.
func fromPath(ctx context.Context, progress io.Writer) (*Command, error) {
	path, err := exec.LookPath(binary)
	if err != nil {
		return nil, nil
	}
	path, err = filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("resolving the path of %s: %w", path, err)
	}
	version, err := ask(ctx, path)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		fmt.Fprintf(progress, "The Pulumi CLI on PATH is not usable (%v): using %s.\n", err, Version)
		return nil, nil
	case !recent(version):
		fmt.Fprintf(progress, "The Pulumi CLI on PATH is v%s; needed is v%d, at least %s: using %s.\n",
			version, pinned().Major, Minimum, Version)
		return nil, nil
	}
	return &Command{path: path, version: version}, nil
}

// recent reports whether a CLI of version v can run this project: it has the SDK's
// major version and is not older than Minimum.
func recent(v semver.Version) bool {
	return v.Major == pinned().Major && v.GTE(mustParse(Minimum))
}

func pinned() semver.Version { return mustParse(Version) }

// mustParse parses one of this package's constants; a test covers each of them.
func mustParse(v string) semver.Version {
	return semver.MustParse(strings.TrimPrefix(v, "v"))
}

// ask runs `pulumi version` and reads the answer.
func ask(ctx context.Context, path string) (semver.Version, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "version")
	cmd.Env = append(os.Environ(), "PULUMI_SKIP_UPDATE_CHECK=true")
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) && len(exit.Stderr) > 0 {
			return semver.Version{}, fmt.Errorf("running %s version: %w: %s", path, err, strings.TrimSpace(string(exit.Stderr)))
		}
		return semver.Version{}, fmt.Errorf("running %s version: %w", path, err)
	}
	version, err := semver.ParseTolerant(strings.TrimSpace(string(out)))
	if err != nil {
		return semver.Version{}, fmt.Errorf("%s version answered %q, which is not a version: %w", path, out, err)
	}
	return version, nil
}

// verify runs the CLI at path and returns an error if it is not the pinned version.
func verify(ctx context.Context, path string) error {
	got, err := ask(ctx, path)
	if err != nil {
		return err
	}
	if want := pinned(); !got.EQ(want) {
		return fmt.Errorf("%s is v%s, wanted is v%s", path, got, want)
	}
	return nil
}

// binary is the CLI's file name without a directory.
var binary = func() string {
	if runtime.GOOS == "windows" {
		return "pulumi.exe"
	}
	return "pulumi"
}()
