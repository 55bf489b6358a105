package main

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"fargate-cd/automation/live"
	"fargate-cd/automation/stack"
	"fargate-cd/automation/summary"
)

// simulated is where a plan comes from, in words; "" for AWS.
func simulated(o stack.Options) string {
	switch o.Place {
	case stack.Sandbox:
		return "the sandbox"
	case stack.Endpoint:
		return "an emulator"
	default:
		return ""
	}
}

// summarize puts the result of preview or up into words.
func summarize(r request, result stack.Result, observer *summary.Observer) (summary.Summary, error) {
	prices, err := summary.LoadPrices()
	if err != nil {
		return summary.Summary{}, err
	}
	plan := summary.Plan{
		Stack: r.options.Stack, Simulated: simulated(r.options), Steps: result.Plan, Outputs: result.Planned,
	}
	for _, note := range result.Notes {
		plan.Notes = append(plan.Notes, summary.Note(note))
	}
	observer.Fill(&plan)
	return summary.Summarize(plan, prices), nil
}

// writeMarkdown writes the comment for a pull request: of the change, or of the failure.
func writeMarkdown(r request, result stack.Result, observer *summary.Observer, failure error) error {
	var text string
	if failure != nil {
		text = summary.FailedMarkdown(r.options.Stack, failure.Error(), observer.Secrets())
	} else {
		s, err := summarize(r, result, observer)
		if err != nil {
			return err
		}
		text = s.Markdown(r.limit)
	}
	if err := os.WriteFile(r.markdown, []byte(text), 0o644); err != nil {
		return fmt.Errorf("writing the summary: %w", err)
	}
	return nil
}

// watch shows preview and up as they go, where the output is a terminal and no document. Otherwise it returns nil, and
// the progress is lines.
func watch(r *request, stdout io.Writer) *live.View {
	file, isFile := stdout.(*os.File)
	if r.command != "preview" && r.command != "up" || r.json || !isFile || !term.IsTerminal(int(file.Fd())) {
		return nil
	}
	view := live.Start(stdout, r.command+" of stack "+r.options.Stack)
	r.options.Progress, r.options.Watch = view, view.Event
	if os.Getenv("NO_COLOR") == "" { // no-color.org, which the summary follows by itself
		r.options.Color = "always"
	}
	return view
}

// show writes the result of preview or up in words for a terminal.
func show(stdout io.Writer, r request, result stack.Result, observer *summary.Observer) error {
	s, err := summarize(r, result, observer)
	if err != nil {
		return err
	}
	return s.Terminal(stdout)
}
