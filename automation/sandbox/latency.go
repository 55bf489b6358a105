package sandbox

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// latency delays operations by the time that AWS takes, multiplied by scale. A nil latency delays nothing.
type latency struct {
	scale float64
	mu    sync.Mutex
	run   map[string]time.Time // the time from which the newest tasks of an ECS service run, by the service's id
}

// newLatency returns nil for a scale of 0.
func newLatency(scale float64) (*latency, error) {
	switch {
	case scale < 0:
		return nil, fmt.Errorf("sandbox: latency scale %v; allowed are 0 for no latency and positive numbers", scale)
	case scale == 0:
		return nil, nil
	}
	return &latency{scale: scale, run: map[string]time.Time{}}, nil
}

// of returns the delay in the sandbox for an operation that takes the given time in AWS.
func (l *latency) of(inAWS time.Duration) time.Duration {
	return time.Duration(float64(inAWS) * l.scale)
}

// faults returns a delay for the creation of each type.
func (l *latency) faults() []Fault {
	if l == nil {
		return nil
	}
	var all []Fault
	for _, token := range sorted(kinds) {
		all = append(all, Fault{Operation: "create", Type: token, Delay: l.of(CreationTime(token))})
	}
	return all
}

// startTasks records that an ECS service starts new tasks.
func (l *latency) startTasks(service string) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.run[service] = time.Now().Add(l.of(TaskStartTime))
}

// awaitTasks waits until the newest tasks of an ECS service run. AWS answers DescribeServices at once, with the number
// of running tasks. The sandbox answers when the tasks run, so that the duration of an update does not depend on the
// polling interval of the program.
func (l *latency) awaitTasks(ctx context.Context, service string) error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	left := time.Until(l.run[service])
	l.mu.Unlock()
	if left <= 0 {
		return nil
	}
	select {
	case <-time.After(left):
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for the tasks of %s: %w", service, ctx.Err())
	}
}
