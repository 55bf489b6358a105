// Package live shows the progress of the engine on a terminal: Pulumi's own output lines, and below them the operations
// in progress with their elapsed time.
package live

import (
	"bytes"
	"io"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
)

// View is the live view of one command. It is a writer of whole lines, which stay on the screen above the view.
type View struct {
	program *tea.Program
	ended   chan error

	mu   sync.Mutex
	rest []byte // a line without its newline yet
}

// Start shows a view with a title on a terminal, until Stop.
func Start(out io.Writer, title string) *View {
	renderer := lipgloss.NewRenderer(out)
	v := &View{ended: make(chan error, 1)}
	// The command itself handles signals: after an interrupt, the engine finishes the operations in progress.
	v.program = tea.NewProgram(newModel(title, renderer, time.Now()),
		tea.WithOutput(out), tea.WithInput(nil), tea.WithoutSignalHandler(), tea.WithFPS(10))
	go func() {
		_, err := v.program.Run()
		v.ended <- err
	}()
	return v
}

// Write shows lines above the view. A line appears when its newline is written.
func (v *View) Write(p []byte) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.rest = append(v.rest, p...)
	if end := bytes.LastIndexByte(v.rest, '\n'); end >= 0 {
		v.program.Println(string(v.rest[:end]))
		v.rest = append([]byte(nil), v.rest[end+1:]...)
	}
	return len(p), nil
}

// Event updates the view with an event of the engine.
func (v *View) Event(event events.EngineEvent) { v.program.Send(event) }

// Stop removes the view; the lines stay on the screen. It returns the error that ended the view early, if any.
func (v *View) Stop() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.rest) > 0 {
		v.program.Println(string(v.rest))
	}
	v.program.Send(stopped{})
	return <-v.ended
}
