package main

import (
	"fmt"
	"os"

	"fargate-cd/automation/stack"
	"fargate-cd/automation/summary"
)

// simulated names the place that a plan comes from; "" for AWS.
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

// writeMarkdown writes the comment for a pull request: the summary of the change, or the error.
func writeMarkdown(r request, result stack.Result, observer *summary.Observer, failure error) error {
	var text string
	if failure != nil {
		text = summary.FailedMarkdown(r.options.Stack, failure.Error(), observer.Secrets(), r.limit)
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
