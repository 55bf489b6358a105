package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"fargate-cd/automation/stack"
)

// printJSON writes the result as one JSON document.
func printJSON(w io.Writer, result stack.Result) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false) // URLs stay readable.
	if err := encoder.Encode(result); err != nil {
		return fmt.Errorf("printing the result: %w", err)
	}
	return nil
}

// printText writes the result for a person: the stack's components, its outputs,
// and the number of changes.
func printText(w io.Writer, result stack.Result, components []stack.Component) {
	if len(components) > 0 {
		fmt.Fprintln(w, "\nResources:")
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		total := 0
		for _, c := range components {
			name, kind := c.Name, c.Type
			if kind == "" {
				name, kind = "-", "outside of components"
			}
			fmt.Fprintf(table, "  %s\t%s\t%d\n", name, kind, c.Resources)
			total += c.Resources
		}
		fmt.Fprintf(table, "  total\t\t%d\n", total)
		table.Flush()
	}
	if len(result.Outputs) > 0 {
		fmt.Fprintln(w, "\nOutputs:")
		for _, name := range slices.Sorted(maps.Keys(result.Outputs)) {
			printOutput(w, name, result.Outputs[name])
		}
	}
	if result.Command == "outputs" {
		if len(result.Outputs) == 0 {
			fmt.Fprintln(w, "The stack has no outputs.")
		}
		return
	}
	c := result.Changes
	fmt.Fprintf(w, "\n%s of stack %s %s in %.1f s: create %d, update %d, replace %d, delete %d, same %d.\n",
		result.Command, result.Stack, result.Result, result.DurationSeconds,
		c.Create, c.Update, c.Replace, c.Delete, c.Same)
}

// printOutput writes one output. For a map by service it writes one line for each service.
func printOutput(w io.Writer, name string, value any) {
	byService, ok := value.(map[string]any)
	if ok && len(byService) == 0 {
		value, ok = "none", false // such as pendingConnections if no connection is pending
	}
	if !ok {
		fmt.Fprintf(w, "  %s: %s\n", name, plain(value))
		return
	}
	fmt.Fprintf(w, "  %s:\n", name)
	for _, service := range slices.Sorted(maps.Keys(byService)) {
		fmt.Fprintf(w, "    %s: %s\n", service, plain(byService[service]))
	}
}

// plain returns text unchanged, and other values as JSON.
func plain(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(encoded)
}
