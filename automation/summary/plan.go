// Package summary describes the changes of an update to the person who reviews it: the losses, the change and the
// deployment of each service, the changed properties, and the monthly cost.
//
// Summarize is a pure function from a Plan to a Summary. Markdown and Terminal write a Summary.
package summary

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Plan holds the changes that the engine will make, or has made, and everything else that Summarize needs to describe
// them.
type Plan struct {
	// Stack is the name of the stack.
	Stack string
	// Simulated names the place that the plan comes from, such as "the sandbox". Default: AWS.
	Simulated string
	// Region is the AWS region whose prices apply. Default: none, and the cost is not computed.
	Region string
	// Steps are the engine's records of all resources, including those that do not change.
	Steps []apitype.StepEventMetadata
	// Notes are the program's messages about resources.
	Notes []Note
	// Outputs are the stack's outputs after the change, as far as known.
	Outputs map[string]any
	// Images maps the name of a service to its running image.
	Images map[string]string
	// Secrets are texts that must not be shown: the decrypted values of the stack's configuration.
	Secrets []string
}

// Note is a message of the program about a resource, often a component.
type Note struct{ URN, Text string }

// The operations of a change. Each one combines the engine's steps on one resource.
const (
	opSame    = "same"
	opCreate  = "create"
	opUpdate  = "update"
	opReplace = "replace"
	opDelete  = "delete"
)

// change holds the change of one resource.
type change struct {
	urn          resource.URN
	op           string
	old, new     *apitype.StepEventStateMetadata
	causes       []string // top-level properties that force a replacement
	changed      []string // top-level properties that the engine says change
	deletesFirst bool     // a replacement that deletes the old resource before it creates the new one

	before, after values       // the inputs of a resource that the stack manages; nil if it does not exist
	differences   []Difference // only of a change that is shown
}

// takeApart computes before, after and differences from the old and the new state.
func (c *change) takeApart(f flattener) {
	managed := func(state *apitype.StepEventStateMetadata) bool {
		return state != nil && state.Custom && !state.External
	}
	if c.op != opCreate && managed(c.old) {
		c.before = f.flatten(c.old.Inputs)
	}
	if c.op != opDelete && managed(c.new) {
		c.after = f.flatten(c.new.Inputs)
	}
	if c.shown() {
		c.differences = f.differences(c)
	}
}

func (c *change) kind() string { return string(c.urn.Type()) }
func (c *change) name() string { return c.urn.Name() }

// state returns the new state, or the old one if there is no new one.
func (c *change) state() *apitype.StepEventStateMetadata {
	if c.new != nil {
		return c.new
	}
	return c.old
}

// stays reports whether AWS keeps the resource when it leaves the stack.
func (c *change) stays() bool { return c.old != nil && c.old.RetainOnDelete }

// weight ranks the operations on one URN. The highest is the operation of the change. A resource that an interrupted
// update left behind has the same URN as its successor, so a deletion ranks lowest.
var weight = map[string]int{opDelete: 1, opSame: 2, opUpdate: 3, opCreate: 4, opReplace: 5}

// collect combines the steps on each resource into a change. It sorts the changes by URN, because the engine's order
// differs from run to run.
func collect(steps []apitype.StepEventMetadata) []*change {
	var all []*change
	byURN := map[string]*change{}
	for i := range steps {
		step := &steps[i]
		op, deletesReplaced := operation(step.Op)
		if op == "" {
			continue
		}
		c, known := byURN[step.URN]
		if !known {
			c = &change{urn: resource.URN(step.URN), deletesFirst: deletesReplaced}
			byURN[step.URN] = c
			all = append(all, c)
		}
		if weight[op] > weight[c.op] {
			c.op = op
		}
		if step.Old != nil && (c.old == nil || !deletesReplaced) {
			c.old = step.Old
		}
		if step.New != nil {
			c.new = step.New
		}
		c.causes = union(c.causes, step.Keys)
		c.changed = union(c.changed, step.Diffs)
		for path := range step.DetailedDiff {
			c.changed = union(c.changed, []string{topLevel(path)})
		}
	}
	for _, c := range all {
		if c.op == opDelete {
			c.new = nil
		}
		slices.Sort(c.causes)
		slices.Sort(c.changed)
	}
	slices.SortFunc(all, func(a, b *change) int { return strings.Compare(string(a.urn), string(b.urn)) })
	return all
}

// operation maps a step of the engine to an operation of a change; "" for a step that only reads.
func operation(op apitype.OpType) (change string, deletesReplaced bool) {
	switch op {
	case apitype.OpSame:
		return opSame, false
	case apitype.OpCreate, apitype.OpImport:
		return opCreate, false
	case apitype.OpUpdate:
		return opUpdate, false
	case apitype.OpReplace, apitype.OpCreateReplacement, apitype.OpImportReplacement:
		return opReplace, false
	case apitype.OpDelete:
		return opDelete, false
	case apitype.OpDeleteReplaced:
		return opDelete, true
	default:
		return "", false
	}
}

func union(all, more []string) []string {
	for _, each := range more {
		if each = topLevel(each); !slices.Contains(all, each) {
			all = append(all, each)
		}
	}
	return all
}

// topLevel returns the first part of a property's path.
func topLevel(path string) string {
	if i := strings.IndexAny(path, ".["); i > 0 {
		return path[:i]
	}
	return path
}

// The type tokens of the components that make up a service.
const (
	components     = "fargate-cd:components:"
	serviceToken   = components + "FargateService"
	blueGreenToken = components + "BlueGreen"
	pipelineToken  = components + "BuildPipeline"
)

// changesByURN maps URNs to changes. It finds the component that owns a resource: the nearest ancestor that is a component of
// the program.
type changesByURN map[string]*change

func indexByURN(changes []*change) changesByURN {
	byURN := make(changesByURN, len(changes))
	for _, c := range changes {
		byURN[string(c.urn)] = c
	}
	return byURN
}

// owner returns the component that owns a resource, or nil.
func (m changesByURN) owner(c *change) *change {
	for at, known := c, true; known && at.state() != nil; at, known = m[at.state().Parent] {
		if strings.HasPrefix(at.kind(), components) {
			return at
		}
	}
	return nil
}

// component returns the type and the name of the component that owns a resource. Both are empty if there is none.
func (m changesByURN) component(c *change) (kind, name string) {
	if owner := m.owner(c); owner != nil {
		return strings.TrimPrefix(owner.kind(), components), owner.name()
	}
	return "", ""
}

// fate reports whether the component that owns a resource is new or removed; "" for one that stays, and for a resource
// outside of components.
func (m changesByURN) fate(c *change) string {
	switch owner := m.owner(c); {
	case owner == nil:
		return ""
	case owner.op == opCreate:
		return isNew
	case owner.op == opDelete:
		return isRemoved
	default:
		return ""
	}
}

// service returns the service that a resource belongs to; "" for one that no service owns.
func (m changesByURN) service(c *change) string {
	kind, name := m.component(c)
	switch components + kind {
	case serviceToken, blueGreenToken, pipelineToken:
		return name
	default:
		return ""
	}
}

// shown reports whether the summary shows a change: it is a change of a resource, not of a component or a provider.
func (c *change) shown() bool {
	s := c.state()
	return c.op != opSame && s != nil && s.Custom && !strings.HasPrefix(c.kind(), "pulumi:providers:")
}
