package stack

import "github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

// Outcomes of a command, as Result.Result has them.
const (
	Succeeded = "succeeded"
	Failed    = "failed"
	Cancelled = "cancelled"
)

// Result is what a command did; its JSON form is the one document that the
// command line prints with --json.
type Result struct {
	// Stack is the stack's name.
	Stack string `json:"stack"`
	// Command is preview, up, refresh, destroy or outputs.
	Command string `json:"command"`
	// Result is Succeeded, Failed or Cancelled.
	Result string `json:"result"`
	// Changes counts resources by what was done to them; in a preview, by what
	// would be. Components and the stack itself count as resources.
	Changes Changes `json:"changes"`
	// Outputs are the stack's outputs as last recorded, so a preview's are those
	// before the change. "[secret]" stands for a secret one.
	Outputs map[string]any `json:"outputs"`
	// DurationSeconds is how long the command took, opening the stack not included.
	DurationSeconds float64 `json:"durationSeconds"`
	// Error is what went wrong, absent when nothing did.
	Error string `json:"error,omitempty"`
	// Steps are the changes in the order in which they began.
	Steps []Step `json:"-"`
}

// Changes counts resources by operation.
type Changes struct {
	Create  int `json:"create"`
	Update  int `json:"update"`
	Replace int `json:"replace"`
	Delete  int `json:"delete"`
	Same    int `json:"same"`
}

// Any is the number of changes: everything but what stayed the same.
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
	// Diff are the names of the inputs that change, in an update or a replacement.
	Diff []string `json:",omitempty"`
}

// countChanges reads the engine's own counts. Each replacement is one "replace"
// there; what was only read is no change.
func countChanges(counts map[apitype.OpType]int) Changes {
	return Changes{
		Create:  counts[apitype.OpCreate] + counts[apitype.OpImport],
		Update:  counts[apitype.OpUpdate],
		Replace: counts[apitype.OpReplace] + counts[apitype.OpImportReplacement],
		Delete:  counts[apitype.OpDelete] + counts[apitype.OpReadDiscard] + counts[apitype.OpDiscardReplaced],
		Same:    counts[apitype.OpSame],
	}
}
