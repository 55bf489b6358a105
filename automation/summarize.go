package main

import (
	"fmt"
	"os"

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
		Stack: r.options.Stack, Command: r.command, Simulated: simulated(r.options), Steps: result.Plan, Outputs: result.Planned,
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
