package components

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Faults collects everything that is wrong with a configuration, so that one
// error can tell all of it. The zero value is ready to use.
type Faults struct {
	list []string
}

// Add notes that the value at a configuration key is not allowed. The key is
// the full path, such as services[0].cpu; allowed says what may stand there
// instead, as the end of the sentence "… is not allowed: ".
func (f *Faults) Add(key string, value any, allowed string, args ...any) {
	f.list = append(f.list, fmt.Sprintf("%s: %s is not allowed: %s", key, shown(value), fmt.Sprintf(allowed, args...)))
}

// Missing notes that a key which has no default is absent.
func (f *Faults) Missing(key, want string) {
	f.list = append(f.list, fmt.Sprintf("%s: is missing: %s", key, want))
}

// Unknown notes a key that does not exist.
func (f *Faults) Unknown(key string, value any, allowed []string) {
	f.list = append(f.list, fmt.Sprintf("%s: there is no such key (its value is %s): the keys are %s",
		key, shown(value), strings.Join(allowed, ", ")))
}

// Err is nil when nothing was noted; otherwise one error with a line for each
// fault, in the order in which they were noted.
func (f *Faults) Err() error {
	switch len(f.list) {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("the configuration is not valid: %s", f.list[0])
	default:
		return fmt.Errorf("the configuration has %d faults:\n  - %s", len(f.list), strings.Join(f.list, "\n  - "))
	}
}

// shown is a value as it would be written in a stack file.
func shown(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprintf("%v", value)
	}
	return string(text)
}

// The checks below note a fault when the value breaks the rule, and nothing else.

func (f *Faults) between(key string, value, least, most int) {
	if value < least || value > most {
		f.Add(key, value, "a whole number from %d to %d", least, most)
	}
}

func (f *Faults) oneOf(key, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		f.Add(key, value, "one of %s", strings.Join(allowed, ", "))
	}
}

func (f *Faults) matches(key, value string, pattern *regexp.Regexp, allowed string) {
	if !pattern.MatchString(value) {
		f.Add(key, value, "%s", allowed)
	}
}

// indexed is the key of an element of a list.
func indexed(key string, i int) string { return key + "[" + strconv.Itoa(i) + "]" }
