package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// commandTimeout is far more than any command needs: without it one that hangs
// would hold up the whole run.
const commandTimeout = 30 * time.Minute

// sampleEvery is how often memory is looked at: seldom enough not to take time
// from what is measured.
const sampleEvery = 200 * time.Millisecond

// command is a program to run.
type command struct {
	dir  string
	env  []string // beside this process's own
	args []string
}

// String is the command as a page may show it, without the folder of its program.
func (c command) String() string {
	return strings.Join(append([]string{filepath.Base(c.args[0])}, c.args[1:]...), " ")
}

// measurement is what a command took.
type measurement struct {
	wall   time.Duration
	cpu    time.Duration // of all its processes
	memory int64         // the highest resident memory of all its processes together, in bytes; 0 = unknown
	output string        // its standard output
}

// run runs the command to its end. A cancelled context prevents the start of a
// command and does not stop one: an apply that is killed leaves resources behind.
func (c command) run(ctx context.Context) (measurement, error) {
	if ctx.Err() != nil {
		return measurement{}, context.Cause(ctx)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commandTimeout)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, c.args[0], c.args[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = c.dir, append(os.Environ(), c.env...), &stdout, &stderr
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return measurement{}, fmt.Errorf("starting %s: %w", filepath.Base(c.args[0]), err)
	}
	peak := watchMemory(cmd.Process.Pid)
	err := cmd.Wait()
	m := measurement{
		wall: time.Since(start), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(),
		memory: peak(), output: stdout.String(),
	}
	if err != nil {
		progress("%s failed:\n%s", c, lastLines(stdout.String()+stderr.String(), 20))
		return m, fmt.Errorf("running %s: %w", filepath.Base(c.args[0]), err)
	}
	return m, nil
}

// watchMemory looks at the memory of a process and its descendants until the
// returned function is called, which returns the highest sum.
func watchMemory(pid int) (peak func() int64) {
	done, result := make(chan struct{}), make(chan int64)
	go func() {
		var highest int64
		ticker := time.NewTicker(sampleEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				highest = max(highest, treeMemory(pid))
			case <-done:
				result <- highest
				return
			}
		}
	}()
	return func() int64 {
		close(done)
		return <-result
	}
}

// lastLines returns the last lines of a command's output, where its error is.
func lastLines(text string, count int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-count):], "\n")
}
