package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
)

// DefaultGrace is how long a cancelled CLI may take to finish the operations it
// has in flight and to release its lock, unless WithGrace says otherwise. The
// slowest that AWS keeps a single call open is an ECS service's way to a steady
// state; an engine that is killed meanwhile forgets what it has created.
const DefaultGrace = 30 * time.Minute

var _ auto.PulumiCommand = (*Command)(nil)

// Command is a Pulumi CLI, as the Automation API wants it. It differs from the
// Automation API's own in three ways that matter for a clean Ctrl-C and for
// isolation:
//
//   - the CLI runs in a process group of its own, so that a terminal's Ctrl-C,
//     which goes to the whole group, does not reach it beside the interrupt that
//     the cancelled context sends (it takes a second one for "stop at once, state
//     be damned");
//   - it gets the time to finish what is in flight, not ten seconds;
//   - the environment handed down can be filtered, not just added to.
type Command struct {
	path    string
	version semver.Version
	keep    func(variable string) bool
	abort   <-chan struct{}
	grace   time.Duration
	tether  bool
}

// WithEnvironment returns a copy of c that hands only those of this process's
// environment variables to the CLI for which keep, given the name, says so.
func (c *Command) WithEnvironment(keep func(variable string) bool) *Command {
	other := *c
	other.keep = keep
	return &other
}

// WithAbort returns a copy of c that, when abort is closed after a run was
// cancelled, interrupts the CLI a second time: it then stops without waiting for
// operations in flight.
func (c *Command) WithAbort(abort <-chan struct{}) *Command {
	other := *c
	other.abort = abort
	return &other
}

// WithGrace returns a copy of c that kills a cancelled CLI which has not ended
// after the given time; 0 stands for DefaultGrace.
func (c *Command) WithGrace(grace time.Duration) *Command {
	other := *c
	other.grace = grace
	return &other
}

// WithTether returns a copy of c whose CLI is killed when this process is killed,
// where the system can do that (Linux). Elsewhere the CLI ends by itself, some
// seconds later, because it finds neither the program nor the providers.
func (c *Command) WithTether() *Command {
	other := *c
	other.tether = true
	return &other
}

// Path is the CLI's absolute file name.
func (c *Command) Path() string { return c.path }

// Version is the CLI's version.
func (c *Command) Version() semver.Version { return c.version }

// failedToRun is the exit code that Run returns where the CLI left none.
const failedToRun = -1

// Run runs the CLI in workdir and returns what it wrote to its standard output
// and error, which the additional writers get as well while it runs, its exit
// code, and an error when that is not 0. When ctx is done the CLI is interrupted
// once and waited for.
func (c *Command) Run(
	ctx context.Context,
	workdir string,
	stdin io.Reader,
	additionalOutput, additionalErrorOutput []io.Writer,
	additionalEnv []string,
	args ...string,
) (stdout, stderr string, code int, err error) {
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(ctx, c.path, append([]string{"--non-interactive"}, args...)...)
	cmd.Dir = workdir
	cmd.Env = c.environment(additionalEnv)
	cmd.Stdin = stdin
	cmd.Stdout = io.MultiWriter(append([]io.Writer{&out}, additionalOutput...)...)
	cmd.Stderr = io.MultiWriter(append([]io.Writer{&errs}, additionalErrorOutput...)...)
	ownProcessGroup(cmd)
	if c.tether {
		// The system kills the CLI when the thread that started it ends.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		dieWithParent(cmd)
	}

	ended := make(chan struct{})
	cmd.Cancel = func() error {
		go func() {
			select {
			case <-c.abort:
				_ = interrupt(cmd.Process) // Gone already, most likely.
			case <-ended:
			}
		}()
		return interrupt(cmd.Process)
	}
	cmd.WaitDelay = c.grace
	if cmd.WaitDelay == 0 {
		cmd.WaitDelay = DefaultGrace
	}

	err = cmd.Run()
	close(ended)
	code = failedToRun
	if cmd.ProcessState != nil {
		code = cmd.ProcessState.ExitCode()
	}
	if err == nil && ctx.Err() != nil {
		// The CLI ended well before the interrupt reached it.
		err = context.Cause(ctx)
	} else if err != nil && ctx.Err() != nil {
		err = errors.Join(context.Cause(ctx), err)
	}
	return out.String(), errs.String(), code, err
}

// environment is what the CLI gets: the filtered variables of this process, the
// caller's, and its own directory first on PATH, where its plugins are.
func (c *Command) environment(additional []string) []string {
	var env []string
	path := os.Getenv("PATH")
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if c.keep == nil || c.keep(name) {
			env = append(env, variable)
		}
	}
	for _, variable := range additional {
		if value, ok := strings.CutPrefix(variable, "PATH="); ok {
			path = value
		}
	}
	env = append(env, additional...)
	return append(env,
		"PULUMI_AUTOMATION_API=true",
		"PATH="+filepath.Dir(c.path)+string(os.PathListSeparator)+path)
}
