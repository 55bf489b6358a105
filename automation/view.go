package main

import (
	"io"
	"os"

	"golang.org/x/term"

	"fargate-cd/automation/live"
	"fargate-cd/automation/stack"
	"fargate-cd/automation/summary"
)

// watch starts the live view of preview or up, and passes it to the request. It returns nil for other commands, with
// --json, and if stdout is not a terminal; the progress is then written as lines.
func watch(r *request, stdout io.Writer) *live.View {
	file, isFile := stdout.(*os.File)
	if r.command != "preview" && r.command != "up" || r.json || !isFile || !term.IsTerminal(int(file.Fd())) {
		return nil
	}
	view := live.Start(stdout, r.command+" of stack "+r.options.Stack)
	r.options.Progress, r.options.Watch = view, view.Event
	if os.Getenv("NO_COLOR") == "" { // no-color.org; the summary checks the variable itself
		r.options.Color = "always"
	}
	return view
}

// show writes the summary of preview or up for a terminal.
func show(stdout io.Writer, r request, result stack.Result, observer *summary.Observer) error {
	s, err := summarize(r, result, observer)
	if err != nil {
		return err
	}
	return s.Terminal(stdout)
}
