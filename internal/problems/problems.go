// Package problems collects what is wrong with a configuration, so that one
// error reports all of it, and holds the checks that several components need.
package problems

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// List collects the problems of a configuration. The zero value is ready to use.
type List struct {
	problems []string
}

// Add notes that the value at a configuration key is not allowed. The key is
// the full path, such as services[0].cpu; allowed says what may stand there
// instead, as the end of the sentence "… is not allowed: ".
func (l *List) Add(key string, value any, allowed string, args ...any) {
	l.problems = append(l.problems, fmt.Sprintf("%s: %s is not allowed: %s", key, Shown(value), fmt.Sprintf(allowed, args...)))
}

// Missing notes that a key which has no default is absent.
func (l *List) Missing(key, want string) {
	l.problems = append(l.problems, fmt.Sprintf("%s: is missing: %s", key, want))
}

// Unknown notes a key that does not exist.
func (l *List) Unknown(key string, value any, allowed []string) {
	l.problems = append(l.problems, fmt.Sprintf("%s: there is no such key (its value is %s): the keys are %s",
		key, Shown(value), strings.Join(allowed, ", ")))
}

// Err returns nil when nothing was noted; otherwise one error with a line for
// each problem, in the order in which they were noted.
func (l *List) Err() error {
	switch len(l.problems) {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("the configuration is not valid: %s", l.problems[0])
	default:
		return fmt.Errorf("the configuration has %d faults:\n  - %s", len(l.problems), strings.Join(l.problems, "\n  - "))
	}
}

// Shown returns a value as a stack file has it.
func Shown(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprintf("%v", value)
	}
	return string(text)
}

// Indexed returns the key of an element of a list, such as services[0].
func Indexed(key string, i int) string { return key + "[" + strconv.Itoa(i) + "]" }
