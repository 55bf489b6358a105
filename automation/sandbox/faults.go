package sandbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Fault delays an operation or makes it fail, to simulate a slow or failing AWS.
type Fault struct {
	// Operation is create, read, update, delete or invoke.
	Operation string
	// Type is the token of the resource or function, e.g. aws:ecs/service:Service; "" is any.
	Type string
	// Name is the resource's logical name; "" is any.
	Name string
	// Delay is the time that the operation waits before it does anything.
	Delay time.Duration
	// Error is the error that the operation returns without doing anything; "" lets it proceed.
	Error string
	// Count is the number of operations that the fault affects; 0 is all of them.
	Count int
}

// operations lists the valid values of Fault.Operation.
var operations = []string{"create", "read", "update", "delete", "invoke"}

const faultForm = `OPERATION [TYPE] [name=NAME] [delay=DURATION] [error=TEXT] [count=N], ` +
	`for instance "create aws:ecs/service:Service delay=2s"`

// ParseFault reads a fault from its text form: an operation, optionally a type token, then any of name=, delay= (a Go
// duration), error= and count=, in any order, separated by spaces. An error text may have spaces. ParseFault returns an
// error when neither delay= nor error= is given, or a word is not of this form.
func ParseFault(text string) (Fault, error) {
	words := strings.Fields(text)
	if len(words) == 0 || !slices.Contains(operations, words[0]) {
		return Fault{}, fmt.Errorf("fault %q: the first word must be one of %s; the form is %s",
			text, strings.Join(operations, ", "), faultForm)
	}
	f := Fault{Operation: words[0]}
	for _, word := range words[1:] {
		if err := f.read(word); err != nil {
			return Fault{}, fmt.Errorf("fault %q: %w; the form is %s", text, err, faultForm)
		}
	}
	if f.Delay == 0 && f.Error == "" {
		return Fault{}, fmt.Errorf("fault %q: neither delay= nor error= is given; the form is %s", text, faultForm)
	}
	return f, nil
}

// read reads one word of the text form.
func (f *Fault) read(word string) error {
	key, given, ok := strings.Cut(word, "=")
	if f.Error != "" && !slices.Contains([]string{"name", "delay", "count"}, key) {
		f.Error += " " + word
		return nil
	}
	if !ok {
		if f.Type != "" || strings.Count(word, ":") != 2 {
			return fmt.Errorf("%q is neither a setting nor a type token such as aws:ecs/service:Service", word)
		}
		f.Type = word
		return nil
	}
	var err error
	switch key {
	case "error":
		f.Error = given
	case "name":
		f.Name = given
	case "delay":
		if f.Delay, err = time.ParseDuration(given); err != nil || f.Delay < 0 {
			return fmt.Errorf("delay=%s is not a duration such as 500ms or 2s", given)
		}
	case "count":
		if f.Count, err = strconv.Atoi(given); err != nil || f.Count < 1 {
			return fmt.Errorf("count=%s is not a number of at least 1", given)
		}
	default:
		return fmt.Errorf("%q is not a setting", key)
	}
	return nil
}

// faults counts how often each fault of a sandbox occurred.
type faults struct {
	mu   sync.Mutex
	list []Fault
	used []int
}

func newFaults(list []Fault) (*faults, error) {
	for _, f := range list {
		if !slices.Contains(operations, f.Operation) {
			return nil, fmt.Errorf("sandbox: fault with operation %q; allowed: %s",
				f.Operation, strings.Join(operations, ", "))
		}
	}
	return &faults{list: slices.Clone(list), used: make([]int, len(list))}, nil
}

// strike applies the faults of an operation. It returns early, with an error, when the engine cancels.
func (fs *faults) strike(ctx context.Context, cancelled <-chan struct{}, operation, token, name string) error {
	for _, f := range fs.matching(operation, token, name) {
		select {
		case <-time.After(f.Delay):
		case <-ctx.Done():
			return fmt.Errorf("%s of %s %q was cancelled: %w", operation, token, name, ctx.Err())
		case <-cancelled:
			return fmt.Errorf("%s of %s %q was cancelled before it began", operation, token, name)
		}
		if f.Error != "" {
			return errors.New(f.Error)
		}
	}
	return nil
}

// matching returns the faults of an operation, and counts them as used.
func (fs *faults) matching(operation, token, name string) []Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	var hit []Fault
	for i, f := range fs.list {
		if f.Operation != operation || (f.Type != "" && f.Type != token) || (f.Name != "" && f.Name != name) ||
			(f.Count > 0 && fs.used[i] >= f.Count) {
			continue
		}
		fs.used[i]++
		hit = append(hit, f)
	}
	return hit
}
