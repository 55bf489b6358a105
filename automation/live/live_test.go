package live

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/lipgloss"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/require"
)

func urn(name string) string { return "urn:pulumi:test::p::aws:ecs/service:Service::" + name }

func metadata(op apitype.OpType, name string, custom bool) apitype.StepEventMetadata {
	return apitype.StepEventMetadata{Op: op, URN: urn(name), New: &apitype.StepEventStateMetadata{Custom: custom}}
}

func begins(op apitype.OpType, name string) events.EngineEvent {
	return events.EngineEvent{EngineEvent: apitype.EngineEvent{ResourcePreEvent: &apitype.ResourcePreEvent{Metadata: metadata(op, name, true)}}}
}

func ends(name string) events.EngineEvent {
	return events.EngineEvent{EngineEvent: apitype.EngineEvent{ResOutputsEvent: &apitype.ResOutputsEvent{Metadata: metadata(apitype.OpCreate, name, true)}}}
}

func fails(name string) events.EngineEvent {
	return events.EngineEvent{EngineEvent: apitype.EngineEvent{ResOpFailedEvent: &apitype.ResOpFailedEvent{Metadata: metadata(apitype.OpCreate, name, true)}}}
}

func TestModel(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	m := newModel("up of stack test", lipgloss.NewRenderer(io.Discard), start)
	at := func(seconds int, messages ...any) {
		next, _ := m.Update(tick(start.Add(time.Duration(seconds) * time.Second)))
		for _, message := range messages {
			next, _ = next.Update(message)
		}
		m = next.(model)
	}

	at(0, begins(apitype.OpCreate, "web"), begins(apitype.OpSame, "idle"))
	at(3, begins(apitype.OpUpdate, "api"))
	at(65)
	require.Equal(t, "up of stack test: 0 done, 2 in progress, 1m5s\n  creating Service web 1m5s\n  updating Service api 1m2s\n", m.View())

	at(66, ends("web"), ends("idle"), fails("api"))
	require.Equal(t, "up of stack test: 1 done, 0 in progress, 1 failed, 1m6s\n", m.View())

	component := begins(apitype.OpCreate, "component")
	component.ResourcePreEvent.Metadata.New.Custom = false
	at(67, component)
	require.Contains(t, m.View(), "0 in progress", "a component only waits for its children")

	for i := range 10 {
		at(67, begins(apitype.OpDelete, fmt.Sprint("s", i)))
	}
	require.Contains(t, m.View(), "  deleting Service s7 0s\n  … and 2 more\n")
	at(68, stopped{})
	require.Empty(t, m.View())
}

// locked is a buffer for two goroutines.
type locked struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(p)
}

// The lines stay on the screen in order, including a last line without a newline.
func TestLinesStay(t *testing.T) {
	out := &locked{}
	v := Start(out, "up of stack test")
	v.Event(begins(apitype.OpCreate, "web"))
	for _, part := range []string{"first\nsec", "ond\n", "third"} {
		_, err := io.WriteString(v, part)
		require.NoError(t, err)
	}
	require.NoError(t, v.Stop())

	shown := out.out.String()
	at := 0
	for _, line := range []string{"first", "second", "third"} {
		found := strings.Index(shown[at:], line)
		require.GreaterOrEqual(t, found, 0, "%s in %q", line, shown)
		at += found
	}
}
