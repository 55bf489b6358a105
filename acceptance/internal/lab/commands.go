//go:build acceptance

package lab

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/automation/stack"
	"fargate-cd/program"
)

// command is a command of the Pulumi engine.
type command func(*stack.Stack, context.Context) (stack.Result, error)

// run opens the stack with its present configuration and runs a command.
func (d *Stack) run(ctx context.Context, run command) (_ stack.Result, err error) {
	var progress bytes.Buffer
	opened, err := stack.Open(ctx, stack.Options{
		Dir: Root, Stack: d.Name, ConfigFile: d.File, Program: program.Run,
		Place: stack.Endpoint, Endpoint: Endpoint, StateDir: d.state, Config: d.Config, Progress: &progress,
	})
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

// RequireStable requires that up, refresh, and a preview after it change nothing,
// except for the emulator's gaps.
func (d *Stack) RequireStable() {
	d.t.Helper()
	d.RequireUnchanged()
	for _, c := range []struct {
		name string
		run  command
	}{{"refresh", (*stack.Stack).Refresh}, {"preview after refresh", (*stack.Stack).Preview}} {
		seen := Changes(d.must(c.run))
		require.Empty(d.t, slices.DeleteFunc(seen, func(step string) bool { return begins(drifts, step) }), c.name)
	}
}
