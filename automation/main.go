// Command automation previews, brings up, refreshes and destroys the project's
// stacks, in the embedded sandbox, against an emulator of AWS's API, or in AWS.
//
//	go run ./automation up --stack test --sandbox
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/spf13/pflag"

	"fargate-cd/automation/stack"
	"fargate-cd/automation/summary"
	"fargate-cd/program"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	os.Exit(run(os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// run runs the command and returns its exit code.
func run(args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	request, err := parse(args, getenv)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return exitOK
	case err != nil:
		fmt.Fprintf(stderr, "automation: %v\nRun `go run ./automation --help` for the commands and flags.\n", err)
		return exitUsage
	}

	if request.command == "graph" {
		if err := draw(request, stdout); err != nil {
			fmt.Fprintf(stderr, "automation: %v\n", err)
			return exitFailed
		}
		return exitOK
	}

	ctx, abort, stop := interruptible(stderr)
	defer stop()
	observer := &summary.Observer{}
	request.options.Program = observer.Watch(program.Run)
	request.options.Validate = program.Validate
	request.options.Abort = abort
	request.options.Progress = stdout
	if request.json || request.command == "token" {
		request.options.Progress = stderr
	}
	view := watch(&request, stdout)
	result, components, err := execute(ctx, request, observer)
	if view != nil {
		err = errors.Join(err, view.Stop())
		if err == nil {
			err = show(stdout, request, result, observer)
		}
	}
	if request.markdown != "" {
		err = errors.Join(err, writeMarkdown(request, result, observer, err))
	}
	if request.command == "token" {
		if err == nil {
			err = token(ctx, result.Outputs, stdout, stderr)
		}
	} else if request.json {
		err = errors.Join(err, printJSON(stdout, result))
	} else if err == nil {
		printText(stdout, result, components)
	}
	if err != nil {
		fmt.Fprintf(stderr, "automation: %v\n", err)
		return exitFailed
	}
	return exitOK
}

// execute opens the stack, runs the command, and closes the stack. The result is
// valid even if there is an error. After up in text mode, execute also returns the
// stack's components, which printText lists.
func execute(ctx context.Context, r request, observer *summary.Observer) (result stack.Result, components []stack.Component, err error) {
	s, err := open(ctx, r)
	if err != nil {
		result = stack.Result{Stack: r.options.Stack, Command: r.command, Result: stack.Failed, Outputs: map[string]any{}, Error: err.Error()}
		if ctx.Err() != nil {
			result.Result = stack.Cancelled
		}
		return result, nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	observer.StackFile = s.ConfigFile()
	result, err = commands[r.command](s, ctx)
	if err == nil && r.command == "up" && !r.json {
		components, err = s.Components(ctx)
	}
	return result, components, err
}

// open opens the stack. For destroy, it first checks the stack file for other stacks that
// run this stack's images, and returns an error or prints a warning. Pulumi also refuses
// to delete such images, but does not name the other stacks.
func open(ctx context.Context, r request) (*stack.Stack, error) {
	if r.command == "destroy" {
		warning, err := checkDestroy(r.options)
		if err != nil {
			return nil, err
		}
		if warning != "" {
			fmt.Fprintln(r.options.Progress, "Warning: "+warning)
		}
	}
	s, err := stack.Open(ctx, r.options)
	if r.command == "destroy" && errors.Is(err, stack.ErrNoStackFile) {
		remedy := "restore the file to destroy the stack"
		if r.options.Place == stack.AWS {
			remedy += fmt.Sprintf(", or run `pulumi destroy --stack %s`, which needs only the state", r.options.Stack)
		}
		err = fmt.Errorf("%w; %s", err, remedy)
	}
	return s, err
}

// checkDestroy names the other stacks that run images of the stack: in a warning if
// forceDestroy deletes the images anyway, and otherwise in an error. It ignores an invalid
// configuration, so that such a stack can still be destroyed: destroy does not run the
// program. A missing stack file is an error of stack.Open.
func checkDestroy(o stack.Options) (warning string, err error) {
	configuration, err := stack.ReadConfiguration(o)
	if err != nil {
		return "", nil
	}
	config, err := program.Parse(configuration.Project, configuration.Stack, configuration.Values)
	if err != nil {
		return "", nil
	}
	return config.CheckDestroy()
}

// interruptible returns a context that the first interrupt cancels, and a channel
// that the second interrupt closes.
func interruptible(stderr io.Writer) (ctx context.Context, abort <-chan struct{}, stop func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, stopSignals...)
	aborted, done := make(chan struct{}), make(chan struct{})
	go func() {
		for count := 0; ; count++ {
			select {
			case <-done:
				return
			case got := <-signals:
				switch count {
				case 0:
					fmt.Fprintf(stderr, "Got %v: finishing the operations in progress. Interrupt again to stop at once.\n", got)
					cancel(fmt.Errorf("stopped by %v", got))
				case 1:
					close(aborted)
				}
			}
		}
	}()
	return ctx, aborted, func() {
		signal.Stop(signals)
		close(done)
		cancel(nil)
	}
}
