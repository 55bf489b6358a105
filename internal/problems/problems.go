// Package problems collects the problems of a configuration, so that one error reports
// all of them. It also has the checks that several components need.
package problems

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// List is a list of the problems of a configuration. It holds each problem once, also if several checks find it. The zero
// value is ready to use.
type List struct {
	problems []string
}

// Add adds the problem that the value of a configuration key is not allowed. The key is
// the full path, such as services[0].cpu. allowed describes the allowed values and
// completes the message "… is not allowed: ".
func (l *List) Add(key string, value any, allowed string, args ...any) {
	l.add(fmt.Sprintf("%s: %s is not allowed: %s", key, Shown(value), fmt.Sprintf(allowed, args...)))
}

// Conflict adds the problem that a key is not allowed here, whatever its value. reason completes the message
// "… is not allowed: ".
func (l *List) Conflict(key, reason string, args ...any) {
	l.add(fmt.Sprintf("%s: is not allowed: %s", key, fmt.Sprintf(reason, args...)))
}

// Missing adds the problem that a required key is absent.
func (l *List) Missing(key, want string) {
	l.add(fmt.Sprintf("%s: is missing: %s", key, want))
}

// Unknown adds the problem that a key does not exist.
func (l *List) Unknown(key string, value any, allowed []string) {
	l.add(fmt.Sprintf("%s: there is no such key (its value is %s): the keys are %s", key, Shown(value), strings.Join(allowed, ", ")))
}

// Append adds the problems of another list.
func (l *List) Append(other List) {
	for _, problem := range other.problems {
		l.add(problem)
	}
}

// add adds a problem that the list does not have yet.
func (l *List) add(problem string) {
	if !slices.Contains(l.problems, problem) {
		l.problems = append(l.problems, problem)
	}
}

// Err returns nil if the list is empty. Otherwise it returns one error with a line for
// each problem, in the order of the calls that added them.
func (l *List) Err() error {
	switch len(l.problems) {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("the configuration is not valid: %s", l.problems[0])
	default:
		return fmt.Errorf("the configuration has %d problems:\n  - %s", len(l.problems), strings.Join(l.problems, "\n  - "))
	}
}

// Shown returns a value as JSON, for use in messages. A value that is not known yet has no JSON.
func Shown(value any) string {
	text, err := json.Marshal(value)
	if _, input := value.(pulumi.Input); input && err != nil {
		return "an output"
	}
	if err != nil {
		return fmt.Sprintf("%v", value)
	}
	return string(text)
}

// Indexed returns the key of an element of a list, such as services[0].
func Indexed(key string, i int) string { return key + "[" + strconv.Itoa(i) + "]" }
