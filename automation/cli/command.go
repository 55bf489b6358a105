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

// DefaultGrace is the time that a cancelled CLI has to finish its operations and to
// release its lock, unless WithGrace sets another time. The slowest operation that
// continues after an interrupt is the validation of a certificate: the AWS provider
// waits up to 75 minutes for ACM. An engine that is killed before that loses the record
// of what it has created.
const DefaultGrace = 80 * time.Minute

var _ auto.PulumiCommand = (*Command)(nil)

// Command is a Pulumi CLI that implements the Automation API's PulumiCommand. It
// differs from the Automation API's own command in three ways, for a clean Ctrl-C
// and for isolation:
//
//   - The CLI runs in its own process group. A terminal sends Ctrl-C to the whole
//     group, and the cancelled context sends an interrupt too. The CLI would get
//     both, and a second interrupt makes it stop at once.
//   - A cancelled CLI gets time to finish its operations, not ten seconds.
//   - The environment of the CLI can be filtered, not only extended.
type Command struct {
	path    string
	version semver.Version
	keep    func(variable string) bool
	abort   <-chan struct{}
	grace   time.Duration
	tether  bool
}

// WithEnvironment returns a copy of c that passes an environment variable of this
// process to the CLI only if keep returns true for its name.
func (c *Command) WithEnvironment(keep func(variable string) bool) *Command {
	other := *c
	other.keep = keep
	return &other
}

// WithAbort returns a copy of c that interrupts the CLI a second time when abort is
// closed after a run was cancelled. The CLI then stops without waiting for its
// operations.
func (c *Command) WithAbort(abort <-chan struct{}) *Command {
	other := *c
	other.abort = abort
	return &other
}

// WithGrace returns a copy of c that kills a cancelled CLI if it has not ended
// after the given time; 0 means DefaultGrace.
func (c *Command) WithGrace(grace time.Duration) *Command {
	other := *c
	other.grace = grace
	return &other
}

// WithTether returns a copy of c whose CLI is killed when this process is killed,
// where the system can do that (Linux). On other systems the CLI ends by itself some
// seconds later, because it reaches neither the program nor the providers.
func (c *Command) WithTether() *Command {
	other := *c
	other.tether = true
	return &other
}

// Path returns the absolute path of the CLI.
func (c *Command) Path() string { return c.path }

// Version returns the CLI's version.
func (c *Command) Version() semver.Version { return c.version }

// failedToRun is the exit code that Run returns if the CLI has none.
const failedToRun = -1

// Run runs the CLI in workdir. It returns the CLI's standard output, its standard
// error and its exit code, and an error if the exit code is not 0. The additional
// writers get the output while the CLI runs. When ctx is done, Run interrupts the
// CLI once and waits for it.
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
				_ = interrupt(cmd.Process) // The CLI may have ended already.
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
		// The CLI succeeded before the interrupt reached it.
		err = context.Cause(ctx)
	} else if err != nil && ctx.Err() != nil {
		err = errors.Join(context.Cause(ctx), err)
	}
	return out.String(), errs.String(), code, err
}

// environment returns the CLI's environment: the filtered variables of this process,
// those of the caller, and a PATH that begins with the CLI's own directory, which
// contains its plugins.
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
