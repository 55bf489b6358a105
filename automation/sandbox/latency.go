package sandbox

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// latency makes the sandbox as slow as AWS, times a factor. nil is no latency.
type latency struct {
	scale float64
	mu    sync.Mutex
	run   map[string]time.Time // by the id of an ECS service: when its newest tasks run
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

// of returns how long the sandbox takes for what AWS takes some time for.
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

// startTasks notes that an ECS service starts new tasks.
func (l *latency) startTasks(service string) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.run[service] = time.Now().Add(l.of(TaskStartTime))
}

// awaitTasks waits until the newest tasks of an ECS service run. The ECS API answers at once and says how many tasks run.
// The sandbox answers when they do, so that the time of an update does not depend on how often the program asks.
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
