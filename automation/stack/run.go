package stack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
)

// Preview returns the changes that Up would make. Like the other commands, it returns
// a valid Result even if there is an error, and an *Error if the engine failed or was
// cancelled.
func (s *Stack) Preview(ctx context.Context) (Result, error) {
	return s.operate(ctx, "preview", func(streams []io.Writer, stream chan<- events.EngineEvent) error {
		if err := s.checkConfig(); err != nil {
			return err
		}
		options := []optpreview.Option{
			optpreview.ProgressStreams(streams...), optpreview.ErrorProgressStreams(streams...), optpreview.EventStreams(stream),
			optpreview.Color(s.color), optpreview.SuppressOutputs(), optpreview.ConfigFile(s.site.configFile),
		}
		if s.refresh {
			options = append(options, optpreview.Refresh())
		}
		_, err := s.auto.Preview(ctx, options...)
		return err
	})
}

// Up creates, updates and deletes resources so that they match the program.
func (s *Stack) Up(ctx context.Context) (Result, error) {
	return s.operate(ctx, "up", func(streams []io.Writer, stream chan<- events.EngineEvent) error {
		if err := s.checkConfig(); err != nil {
			return err
		}
		options := []optup.Option{
			optup.ProgressStreams(streams...), optup.ErrorProgressStreams(streams...), optup.EventStreams(stream),
			optup.Color(s.color), optup.SuppressOutputs(), optup.ConfigFile(s.site.configFile),
		}
		if s.refresh {
			options = append(options, optup.Refresh())
		}
		_, err := s.auto.Up(ctx, options...)
		return err
	})
}

// Refresh updates the recorded state so that it matches the resources.
func (s *Stack) Refresh(ctx context.Context) (Result, error) {
	return s.operate(ctx, "refresh", func(streams []io.Writer, stream chan<- events.EngineEvent) error {
		_, err := s.auto.Refresh(ctx,
			optrefresh.ProgressStreams(streams...), optrefresh.ErrorProgressStreams(streams...), optrefresh.EventStreams(stream),
			optrefresh.SuppressOutputs(), optrefresh.ConfigFile(s.site.configFile))
		return err
	})
}

// Destroy deletes the stack's resources. The empty stack stays. It refuses to destroy a stack with protected resources, and
// an environment that other stacks of the project use.
func (s *Stack) Destroy(ctx context.Context) (Result, error) {
	return s.operate(ctx, "destroy", func(streams []io.Writer, stream chan<- events.EngineEvent) error {
		if err := s.checkDestroy(ctx); err != nil {
			return err
		}
		_, err := s.auto.Destroy(ctx,
			optdestroy.ProgressStreams(streams...), optdestroy.ErrorProgressStreams(streams...), optdestroy.EventStreams(stream),
			optdestroy.SuppressOutputs(), optdestroy.ConfigFile(s.site.configFile))
		return err
	})
}

// Outputs returns the stack's recorded outputs.
func (s *Stack) Outputs(ctx context.Context) (Result, error) {
	return s.operate(ctx, "outputs", nil)
}

// checkConfig runs the caller's check of the configuration, if there is one. It skips
// a stack file with encrypted values, because it does not decrypt secrets of the
// user; in this case only the program checks the configuration.
func (s *Stack) checkConfig() error {
	if s.validate == nil || s.site.values == nil {
		return nil
	}
	return s.validate(s.project, shortName(s.name), s.site.values)
}

// operation runs one command of the engine, which writes its progress to the
// streams and its events to the channel.
type operation func(streams []io.Writer, stream chan<- events.EngineEvent) error

// operate runs a command and returns its result. A nil run only reads the outputs.
func (s *Stack) operate(ctx context.Context, command string, run operation) (Result, error) {
	start := time.Now()
	result := Result{Stack: s.name, Command: command, Result: Succeeded, Outputs: map[string]any{}}
	var err error
	var outputs map[string]any // nil if they are not known yet
	if run != nil {
		stream, stop := listen(s.watch)
		err = run([]io.Writer{s.progress}, stream)
		seen := stop()
		result.Changes, result.Steps, result.Plan, result.Notes, result.Planned = seen.changes, seen.steps, seen.plan, seen.notes, seen.planned()
		outputs = seen.recorded(command == "preview")
		if err != nil {
			err = &Error{Command: command, Stack: s.name, Diagnostics: seen.errors(), cause: err, cancelled: context.Cause(ctx)}
		}
		if settled := s.settle(); settled != nil {
			err = errors.Join(err, settled)
		}
	}
	if err == nil && outputs == nil {
		outputs, err = s.readOutputs(ctx)
	}
	if err == nil {
		result.Outputs = outputs
	}
	result.DurationSeconds = seconds(time.Since(start))
	if err != nil {
		result.Result = Failed
		if ctx.Err() != nil {
			result.Result = Cancelled
		}
		result.Error = err.Error()
	}
	return result, err
}

// settle makes the sandbox undo the changes that the engine did not record.
func (s *Stack) settle() error {
	if s.site.sandbox == nil {
		return nil
	}
	return s.site.sandbox.Settle()
}

// readOutputs reads the outputs with the CLI, which conceals secrets.
func (s *Stack) readOutputs(ctx context.Context) (map[string]any, error) {
	workspace := s.auto.Workspace()
	var env []string
	for name, value := range workspace.GetEnvVars() {
		env = append(env, name+"="+value)
	}
	if home := workspace.PulumiHome(); home != "" {
		env = append(env, "PULUMI_HOME="+home)
	}
	stdout, stderr, _, err := s.command.Run(ctx, workspace.WorkDir(), nil, nil, nil, env,
		"stack", "output", "--json", "--stack", s.auto.Name())
	if err != nil {
		return map[string]any{}, fmt.Errorf("reading the outputs of stack %q: %w: %s", s.name, err, strings.TrimSpace(stderr))
	}
	outputs := map[string]any{}
	if err := json.Unmarshal([]byte(stdout), &outputs); err != nil {
		return outputs, fmt.Errorf("reading the outputs of stack %q: %w", s.name, err)
	}
	return outputs, nil
}

// Error is the error of a command that failed or was cancelled. Its text contains the
// errors of the engine, but not the progress, which has been shown already.
type Error struct {
	// Command and Stack are as in Result.
	Command, Stack string
	// Diagnostics lists the errors of the engine, each with the name of its resource.
	Diagnostics []string

	cause     error
	cancelled error // cause of the cancellation, or nil
}

// Error returns one sentence, or a line for each diagnostic if there are several.
func (e *Error) Error() string {
	what := "failed"
	if e.cancelled != nil {
		what = "was cancelled (run it again to continue)"
	}
	head := fmt.Sprintf("%s of stack %q %s", e.Command, e.Stack, what)
	switch {
	case e.cancelled != nil && len(e.Diagnostics) == 0:
		return head
	case len(e.Diagnostics) == 1:
		return head + ": " + e.Diagnostics[0]
	case len(e.Diagnostics) > 1:
		return head + ":\n  " + strings.Join(e.Diagnostics, "\n  ")
	default:
		return head + ": " + brief(e.cause).Error()
	}
}

// Unwrap returns the Automation API's error and, if the command was cancelled, the
// cause of the context.
func (e *Error) Unwrap() []error {
	if e.cancelled == nil {
		return []error{e.cause}
	}
	return []error{e.cause, e.cancelled}
}

// brief shortens an error of the Automation API to the CLI's standard error. The full
// text contains all output of the CLI.
func brief(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	_, stderr, found := strings.Cut(text, "\nstderr: ")
	if stderr = strings.TrimSpace(stderr); !found || stderr == "" {
		return err
	}
	return &briefError{text: strings.TrimPrefix(stderr, "error: "), cause: err}
}

type briefError struct {
	text  string
	cause error
}

func (e *briefError) Error() string { return e.text }
func (e *briefError) Unwrap() error { return e.cause }
