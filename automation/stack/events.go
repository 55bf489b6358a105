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

// record collects the data for a command's result from the engine's events.
type record struct {
	changes     Changes
	steps       []Step
	plan        []apitype.StepEventMetadata
	notes       []Note
	root        *apitype.StepEventMetadata // the end of the step on the stack itself; nil if there was none
	diagnostics []diagnostic
}

// planned returns the stack's outputs after the change, as far as the engine knows them.
func (r *record) planned() map[string]any {
	if r.root == nil || r.root.New == nil {
		return nil
	}
	return r.root.New.Outputs
}

// recorded returns the stack's outputs in the state after the command, or nil if the
// engine has not reported them. A preview does not change the state.
func (r *record) recorded(preview bool) map[string]any {
	if r.root == nil {
		return nil
	}
	state := r.root.New
	if preview {
		state = r.root.Old
	}
	if state == nil || state.Outputs == nil {
		return map[string]any{}
	}
	return conceal(state.Outputs).(map[string]any)
}

// conceal returns an output of the engine's events as `pulumi stack output` writes it:
// "[secret]" stands for a secret.
func conceal(value any) any {
	switch value := value.(type) {
	case map[string]any:
		if value[resource.SigKey] == resource.SecretSig {
			return "[secret]"
		}
		out := make(map[string]any, len(value))
		for key, each := range value {
			out[key] = conceal(each)
		}
		return out
	case []any:
		out := make([]any, len(value))
		for i, each := range value {
			out[i] = conceal(each)
		}
		return out
	default:
		return value
	}
}

// diagnostic is one error of the engine.
type diagnostic struct {
	resource string // type and name; "" if it is not about a resource
	message  string
}

func (d diagnostic) String() string {
	if d.resource == "" {
		return d.message
	}
	return d.resource + ": " + d.message
}

// listen collects events until stop is called, which returns the record. The caller
// calls stop when the CLI has ended. It also passes each event to watch, unless watch
// is nil. The Automation API closes the channel only if the CLI has connected.
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
		if step.Op == apitype.OpRefresh {
			return // a refresh only reads
		}
		r.plan = append(r.plan, step)
		if step.Op != apitype.OpSame && step.Op != apitype.OpRead {
			r.steps = append(r.steps, Step{Op: string(step.Op), Type: step.Type, Name: resource.URN(step.URN).Name(), Diff: step.Diffs})
		}
	case event.ResOutputsEvent != nil && event.ResOutputsEvent.Metadata.Type == string(resource.RootStackType):
		r.root = &event.ResOutputsEvent.Metadata
	case event.DiagnosticEvent != nil && event.DiagnosticEvent.Severity == "error":
		r.addError(*event.DiagnosticEvent)
	case event.DiagnosticEvent != nil && event.DiagnosticEvent.URN != "" && !event.DiagnosticEvent.Ephemeral:
		if d := event.DiagnosticEvent; d.Severity == "info" || d.Severity == "warning" {
			r.notes = append(r.notes, Note{URN: d.URN, Text: strings.TrimSpace(colors.Never.Colorize(d.Message))})
		}
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

// programErrorWrappings lists the texts that the Go SDK puts before an error of the
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

// sayNothing lists messages at the end of a command that only follow a more precise
// error.
var sayNothing = []string{
	"preview failed", "update failed", "refresh failed", "destroy failed", "resource operation failed",
	"preview canceled", "update canceled", "refresh canceled", "destroy canceled",
}
