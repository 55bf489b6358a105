package live

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// maxShown is the maximum number of operations that are shown: those that have run the longest.
const maxShown = 8

// interval is the time between two updates of the elapsed times.
const interval = 200 * time.Millisecond

type (
	tick    time.Time
	stopped struct{}
)

// operation is an operation in progress.
type operation struct {
	urn, text string
	began     time.Time
}

// model is the state of the view.
type model struct {
	title    string
	renderer *lipgloss.Renderer
	began    time.Time
	now      time.Time
	running  []operation // oldest first
	done     int
	failed   int
	ended    bool
}

func newModel(title string, renderer *lipgloss.Renderer, now time.Time) model {
	return model{title: title, renderer: renderer, began: now, now: now}
}

// Init starts the clock.
func (m model) Init() tea.Cmd { return nextTick() }

func nextTick() tea.Cmd { return tea.Tick(interval, func(at time.Time) tea.Msg { return tick(at) }) }

// Update applies a message to the model.
func (m model) Update(message tea.Msg) (tea.Model, tea.Cmd) {
	switch got := message.(type) {
	case tick:
		m.now = time.Time(got)
		return m, nextTick()
	case stopped:
		m.ended = true
		return m, tea.Quit
	case events.EngineEvent:
		return m.engine(got), nil
	}
	return m, nil
}

// engine applies an event of the engine to the model. It ignores components, because they only wait for their children.
func (m model) engine(event events.EngineEvent) model {
	switch {
	case event.ResourcePreEvent != nil:
		if step := event.ResourcePreEvent.Metadata; verbs[step.Op] != "" && custom(step) {
			m.running = append(slices.Clone(m.running), operation{urn: step.URN, text: describe(step), began: m.now})
		}
	case event.ResOutputsEvent != nil:
		if m.end(event.ResOutputsEvent.Metadata.URN) {
			m.done++
		}
	case event.ResOpFailedEvent != nil:
		if m.end(event.ResOpFailedEvent.Metadata.URN) {
			m.failed++
		}
	}
	return m
}

// end removes the operation on a resource, and reports whether there was one.
func (m *model) end(urn string) bool {
	i := slices.IndexFunc(m.running, func(o operation) bool { return o.urn == urn })
	if i < 0 {
		return false
	}
	m.running = slices.Delete(slices.Clone(m.running), i, i+1)
	return true
}

// verbs names the operations that take time.
var verbs = map[apitype.OpType]string{
	apitype.OpCreate: "creating", apitype.OpUpdate: "updating", apitype.OpDelete: "deleting",
	apitype.OpCreateReplacement: "creating the new", apitype.OpDeleteReplaced: "deleting the old",
	apitype.OpImport: "importing", apitype.OpRefresh: "reading", apitype.OpRead: "reading",
}

func custom(step apitype.StepEventMetadata) bool {
	return step.New != nil && step.New.Custom || step.New == nil && step.Old != nil && step.Old.Custom
}

func describe(step apitype.StepEventMetadata) string {
	urn := resource.URN(step.URN)
	return fmt.Sprintf("%s %s %s", verbs[step.Op], urn.Type().Name(), urn.Name())
}

// View renders the model.
func (m model) View() string {
	if m.ended {
		return ""
	}
	bold, dim, red := m.renderer.NewStyle().Bold(true), m.renderer.NewStyle().Faint(true), m.renderer.NewStyle().Foreground(lipgloss.Color("1"))
	var text strings.Builder
	fmt.Fprintf(&text, "%s: %d done, %d in progress", bold.Render(m.title), m.done, len(m.running))
	if m.failed > 0 {
		text.WriteString(red.Render(fmt.Sprintf(", %d failed", m.failed)))
	}
	text.WriteString(dim.Render(", " + elapsed(m.now.Sub(m.began))))
	text.WriteByte('\n')
	for _, o := range m.running[:min(len(m.running), maxShown)] {
		fmt.Fprintf(&text, "  %s %s\n", o.text, dim.Render(elapsed(m.now.Sub(o.began))))
	}
	if more := len(m.running) - maxShown; more > 0 {
		fmt.Fprintf(&text, "  … and %d more\n", more)
	}
	return text.String()
}

// elapsed formats a duration in whole seconds.
func elapsed(d time.Duration) string { return max(d, 0).Truncate(time.Second).String() }
