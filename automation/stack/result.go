package stack

import "github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

// Values of Result.Result.
const (
	Succeeded = "succeeded"
	Failed    = "failed"
	Cancelled = "cancelled"
)

// Result describes what a command did. The command line prints it as JSON with
// --json.
type Result struct {
	// Stack is the stack's name.
	Stack string `json:"stack"`
	// Command is preview, up, refresh, destroy or outputs.
	Command string `json:"command"`
	// Result is Succeeded, Failed or Cancelled.
	Result string `json:"result"`
	// Changes counts resources by operation. A preview counts the planned operations.
	// Components and the stack itself count as resources.
	Changes Changes `json:"changes"`
	// Outputs holds the stack's recorded outputs. For a preview, these are the
	// outputs before the change. "[secret]" replaces a secret output.
	Outputs map[string]any `json:"outputs"`
	// DurationSeconds is the duration of the command, without the time to open the
	// stack.
	DurationSeconds float64 `json:"durationSeconds"`
	// Error is the text of the error, absent if there is none.
	Error string `json:"error,omitempty"`
	// Steps lists the changes in the order in which they began.
	Steps []Step `json:"-"`
	// Plan lists the engine's own records of all steps, in the same order. It includes steps that change nothing, but
	// not the reads of a refresh. Each record has the resource's state before and after the step, in which the engine
	// has concealed secrets.
	Plan []apitype.StepEventMetadata `json:"-"`
	// Notes lists the messages and warnings of the program about its resources, which
	// are not part of the steps.
	Notes []Note `json:"-"`
	// Planned holds the stack's outputs after the change, as far as the engine knows
	// them, with secrets concealed.
	Planned map[string]any `json:"-"`
}

// Note is a message or a warning of the program about one resource.
type Note struct {
	// URN is the URN of the resource, which often is a component.
	URN string
	// Text is the message, without colours.
	Text string
}

// Changes counts resources by operation.
type Changes struct {
	Create  int `json:"create"`
	Update  int `json:"update"`
	Replace int `json:"replace"`
	Delete  int `json:"delete"`
	Same    int `json:"same"`
}

// Any returns the number of changes: all but Same.
func (c Changes) Any() int { return c.Create + c.Update + c.Replace + c.Delete }

// Step is one operation of the engine on one resource.
type Step struct {
	// Op is the operation: create, update, delete, or one of those that make up a
	// replacement: create-replacement, replace, delete-replaced.
	Op string
	// Type is the resource's type token.
	Type string
	// Name is the resource's logical name.
	Name string
	// Diff lists the names of the inputs that an update or a replacement changes.
	Diff []string `json:",omitempty"`
}

// countChanges converts the engine's counts, in which a replacement counts once as
// "replace". Resources that are only read do not count.
func countChanges(counts map[apitype.OpType]int) Changes {
	return Changes{
		Create:  counts[apitype.OpCreate] + counts[apitype.OpImport],
		Update:  counts[apitype.OpUpdate],
		Replace: counts[apitype.OpReplace] + counts[apitype.OpImportReplacement],
		Delete:  counts[apitype.OpDelete] + counts[apitype.OpReadDiscard] + counts[apitype.OpDiscardReplaced],
		Same:    counts[apitype.OpSame],
	}
}
