//go:build acceptance

package lab

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/automation/stack"
	"fargate-cd/program"
)

// command is a command of the Pulumi engine.
type command func(*stack.Stack, context.Context) (stack.Result, error)

// run opens the stack with its present configuration and runs a command.
func (d *Stack) run(ctx context.Context, run command) (_ stack.Result, err error) {
	return d.runWith(ctx, stack.Options{}, run)
}

// runWith is like run, with options. It repeats the command once if a connection breaks.
func (d *Stack) runWith(ctx context.Context, options stack.Options, run command) (stack.Result, error) {
	result, err := d.runOnce(ctx, options, run)
	if err != nil && strings.Contains(err.Error(), "use of closed network connection") {
		return d.runOnce(ctx, options, run) // a busy emulator closed the connection; a command can safely run again
	}
	return result, err
}

// runOnce opens the stack and runs a command.
func (d *Stack) runOnce(ctx context.Context, options stack.Options, run command) (_ stack.Result, err error) {
	var progress bytes.Buffer
	options.Dir, options.Stack, options.ConfigFile, options.Program = Root, d.Name, d.File, program.Run
	options.ProviderPort = d.aws
	options.Place, options.Endpoint, options.StateDir, options.Config, options.Progress = stack.Endpoint, Endpoint, d.state, d.Config, &progress
	opened, err := stack.Open(ctx, options)
	if err != nil {
		return stack.Result{}, err
	}
	result, err := run(opened, ctx)
	if err != nil {
		err = fmt.Errorf("%w\nprogress of Pulumi:\n%s", err, progress.String())
	}
	if closing := opened.Close(); err == nil {
		err = closing
	}
	return result, err
}

// must runs a command, which must succeed.
func (d *Stack) must(run command) stack.Result {
	d.t.Helper()
	result, err := d.run(d.t.Context(), run)
	require.NoError(d.t, err)
	return result
}

// Up runs up, which must succeed.
func (d *Stack) Up() stack.Result { d.t.Helper(); return d.must((*stack.Stack).Up) }

// Refresh runs the command refresh, which must succeed.
func (d *Stack) Refresh() stack.Result { d.t.Helper(); return d.must((*stack.Stack).Refresh) }

// TryUp runs up, which may fail.
func (d *Stack) TryUp() (stack.Result, error) { return d.run(d.t.Context(), (*stack.Stack).Up) }

// TryDestroy runs destroy, which may fail.
func (d *Stack) TryDestroy() error {
	_, err := d.run(d.t.Context(), (*stack.Stack).Destroy)
	return err
}

// RunningUp is an up that runs in the background.
type RunningUp struct {
	t    *testing.T
	done chan struct{}
	err  error
}

// StartUp starts an up in the background.
func (d *Stack) StartUp() *RunningUp {
	up := &RunningUp{t: d.t, done: make(chan struct{})}
	d.t.Cleanup(func() { <-up.done }) // if the test fails, cleanUp destroys the stack only after the up
	go func() {
		defer close(up.done)
		_, up.err = d.TryUp()
	}()
	return up
}

// Over reports whether the up has ended.
func (u *RunningUp) Over() bool {
	select {
	case <-u.done:
		return true
	default:
		return false
	}
}

// Wait waits for the end of the up, which must succeed.
func (u *RunningUp) Wait() {
	u.t.Helper()
	<-u.done
	require.NoError(u.t, u.err)
}

// Fails waits for the end of the up, which must fail with an error that matches the pattern.
func (u *RunningUp) Fails(pattern string) {
	u.t.Helper()
	<-u.done
	require.Error(u.t, u.err)
	require.Regexp(u.t, pattern, u.err.Error())
}

// Changes returns the steps of a result as texts, such as "update aws:ecs/service:Service web".
// It omits the steps that only the emulator causes (see lostTags).
func Changes(result stack.Result) []string {
	texts := []string{}
	for _, step := range result.Steps {
		if lostTags(step) {
			continue
		}
		texts = append(texts, step.Op+" "+step.Type+" "+step.Name)
	}
	return texts
}

// RequireUnchanged runs up and requires that it changes nothing.
func (d *Stack) RequireUnchanged() {
	d.t.Helper()
	again := d.Up()
	require.Empty(d.t, Changes(again), "up again: %+v", again.Steps)
}

// RequireStable requires that up changes nothing, and that a preview after a refresh shows no change.
func (d *Stack) RequireStable() {
	d.t.Helper()
	d.RequireUnchanged()
	result, err := d.runWith(d.t.Context(), stack.Options{Refresh: true}, (*stack.Stack).Preview)
	require.NoError(d.t, err)
	require.Empty(d.t, Changes(result), "preview after a refresh: %+v", result.Steps)
}
