package stack

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// record collects from the engine's events what a command's result needs.
type record struct {
	changes     Changes
	steps       []Step
	plan        []apitype.StepEventMetadata
	outputs     map[string]any
	diagnostics []diagnostic
}

// diagnostic is one error of the engine.
type diagnostic struct {
	resource string // type and name; "" if it is about no resource
	message  string
}

func (d diagnostic) String() string {
	if d.resource == "" {
		return d.message
	}
	return d.resource + ": " + d.message
}

// listen collects events until stop is called, which returns the record. The caller
// calls stop when the CLI has ended. Each event goes to watch as well, unless that is
// nil. The Automation API closes the channel only if the CLI has connected.
func listen(watch func(events.EngineEvent)) (stream chan events.EngineEvent, stop func() record) {
	stream = make(chan events.EngineEvent)
	end := make(chan struct{})
	collected := make(chan record)
	go func() {
		var r record
		for {
			select {
			case event, open := <-stream:
				if open {
					r.add(event)
					if watch != nil {
						watch(event)
					}
					continue
				}
			case <-end:
			}
			collected <- r
			return
		}
	}()
	return stream, func() record {
		close(end)
		return <-collected
	}
}

func (r *record) add(event events.EngineEvent) {
	switch {
	case event.SummaryEvent != nil:
		r.changes = countChanges(event.SummaryEvent.ResourceChanges)
	case event.ResourcePreEvent != nil:
		step := event.ResourcePreEvent.Metadata
		r.plan = append(r.plan, step)
		if step.Op != apitype.OpSame && step.Op != apitype.OpRefresh && step.Op != apitype.OpRead {
			r.steps = append(r.steps, Step{Op: string(step.Op), Type: step.Type, Name: resource.URN(step.URN).Name(), Diff: step.Diffs})
		}
	case event.ResOutputsEvent != nil && event.ResOutputsEvent.Metadata.Type == string(resource.RootStackType):
		if root := event.ResOutputsEvent.Metadata.New; root != nil {
			r.outputs = root.Outputs
		}
	case event.DiagnosticEvent != nil && event.DiagnosticEvent.Severity == "error":
		r.addError(*event.DiagnosticEvent)
	case event.EngineEvent.ErrorEvent != nil:
		r.diagnostics = append(r.diagnostics, diagnostic{message: event.EngineEvent.ErrorEvent.Error})
	}
}

func (r *record) addError(event apitype.DiagnosticEvent) {
	d := diagnostic{message: strings.TrimSpace(colors.Never.Colorize(event.Message))}
	for _, wrapping := range programErrorWrappings {
		d.message = strings.TrimPrefix(d.message, wrapping)
	}
	if event.URN != "" {
		urn := resource.URN(event.URN)
		if urn.Type() != resource.RootStackType {
			d.resource = fmt.Sprintf("%s %s", urn.Type(), urn.Name())
		}
	}
	if !slices.Contains(r.diagnostics, d) {
		r.diagnostics = append(r.diagnostics, d)
	}
}

// programErrorWrappings are the texts that the Go SDK puts before an error of the
// program.
var programErrorWrappings = []string{"an unhandled error occurred: ", "program failed: ", "1 error occurred:\n\t* "}

// errors returns the diagnostics that are not in sayNothing.
func (r *record) errors() []string {
	var telling []string
	for _, d := range r.diagnostics {
		if !slices.Contains(sayNothing, d.message) {
			telling = append(telling, d.String())
		}
	}
	return telling
}

// sayNothing are messages at the end of a command, which follow a more precise
// error.
var sayNothing = []string{
	"preview failed", "update failed", "refresh failed", "destroy failed", "resource operation failed",
	"preview canceled", "update canceled", "refresh canceled", "destroy canceled",
}
