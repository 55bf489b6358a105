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

// commandTimeout is the time limit of a command. It is far more than any command
// needs, and prevents a command that hangs from blocking the whole run.
const commandTimeout = 30 * time.Minute

// sampleEvery is the interval between two memory samples. It is long enough not to slow
// down the measured command.
const sampleEvery = 200 * time.Millisecond

// command is a command line with its directory and environment.
type command struct {
	dir  string
	env  []string // added to this process's environment
	args []string
}

// String returns the command line for the page and for messages, without the directory of
// its program.
func (c command) String() string {
	return strings.Join(append([]string{filepath.Base(c.args[0])}, c.args[1:]...), " ")
}

// measurement holds the measured values of a command.
type measurement struct {
	wall   time.Duration
	cpu    time.Duration // the CPU time of all its processes
	memory int64         // the highest resident memory of all its processes together, in bytes; 0 = unknown
	output string        // its standard output
}

// run runs the command to its end. If the context is cancelled, run starts no command. It
// does not stop a running one, because a killed apply leaves resources behind.
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

// watchMemory samples the memory of a process and its descendants until the returned
// function is called. That function returns the highest sum, in bytes.
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

// lastLines returns the last lines of a command's output, which usually contain its error.
func lastLines(text string, count int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-count):], "\n")
}
