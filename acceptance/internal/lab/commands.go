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

// runWith is run with more options.
func (d *Stack) runWith(ctx context.Context, options stack.Options, run command) (stack.Result, error) {
	result, err := d.runOnce(ctx, options, run)
	if err != nil && strings.Contains(err.Error(), "use of closed network connection") {
		return d.runOnce(ctx, options, run) // the connection to a busy emulator broke, and a command can be run again
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

// must runs a command that has to succeed.
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

// TryUp runs up and returns its error.
func (d *Stack) TryUp() (stack.Result, error) { return d.run(d.t.Context(), (*stack.Stack).Up) }

// TryDestroy runs destroy and returns its error.
func (d *Stack) TryDestroy() error {
	_, err := d.run(d.t.Context(), (*stack.Stack).Destroy)
	return err
}

// RunningUp is an up that runs beside the test.
type RunningUp struct {
	t    *testing.T
	done chan struct{}
	err  error
}

// StartUp starts an up and returns at once.
func (d *Stack) StartUp() *RunningUp {
	up := &RunningUp{t: d.t, done: make(chan struct{})}
	d.t.Cleanup(func() { <-up.done }) // if the test fails, the stack is destroyed after the up
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

// Fails waits for the end of the up, which must fail with an error that contains the words.
func (u *RunningUp) Fails(words ...string) {
	u.t.Helper()
	<-u.done
	for _, each := range words {
		require.ErrorContains(u.t, u.err, each)
	}
}

// Changes returns the steps of a result as texts, such as "update aws:ecs/service:Service web".
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

// RequireUnchanged requires that up has nothing to do.
func (d *Stack) RequireUnchanged() {
	d.t.Helper()
	again := d.Up()
	require.Empty(d.t, Changes(again), "up again: %+v", again.Steps)
}

// RequireStable requires that up changes nothing, before and after a refresh.
func (d *Stack) RequireStable() {
	d.t.Helper()
	d.RequireUnchanged()
	result, err := d.runWith(d.t.Context(), stack.Options{Refresh: true}, (*stack.Stack).Preview)
	require.NoError(d.t, err)
	require.Empty(d.t, Changes(result), "preview after a refresh: %+v", result.Steps)
}
