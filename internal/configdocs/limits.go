package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"fargate-cd/program"
)

// Values that no key with enumerated or bounded values accepts.
const (
	wrongText   = "?"
	wrongNumber = -1
)

// Patterns of the program's errors for enumerated and bounded values.
var (
	enumeration = regexp.MustCompile(`^one of ((?:[^ ,]+, )*[^ ,]+)`)
	bounds      = regexp.MustCompile(`^a whole number from (\d+) to (\d+)`)
)

// findLimits sets the allowed values and bounds of each key. It validates a stack with
// one wrong value and reads the limits from the error, so that only the program's checks
// define them.
func (n *node) findLimits() {
	for _, k := range n.keys {
		k.findLimit(k.name, func(wrong any) map[string]any {
			stack := map[string]any{k.name: wrong}
			if k.name != "services" {
				stack["services"] = []any{serviceWith("name", "web")}
			}
			return stack
		})
	}
}

// findLimit sets the limits of a value and of its keys or elements. path is the key in
// the program's errors. put returns a stack with the given value at that path.
func (n *node) findLimit(path string, put func(any) map[string]any) {
	switch {
	case n.kind == kindString:
		n.allowed = enumerated(allowed(path, put(wrongText), wrongText), func(text string) (any, error) { return text, nil })
	case n.kind == kindInteger:
		answer := allowed(path, put(wrongNumber), wrongNumber)
		n.allowed = enumerated(answer, func(text string) (any, error) { return strconv.Atoi(text) })
		if match := bounds.FindStringSubmatch(answer); match != nil {
			n.bound(match[1], match[2])
		}
	case n.kind == kindArray:
		n.elements.findLimit(path+"[0]", func(wrong any) map[string]any { return put([]any{wrong}) })
	case n.kind == kindObject:
		for _, k := range n.keys {
			k.findLimit(path+"."+k.name, func(wrong any) map[string]any {
				if path == "services[0]" {
					return put(serviceWith(k.name, wrong))
				}
				return put(map[string]any{k.name: wrong})
			})
		}
	}
}

// bound sets the bounds of a number and extends them to the default, because the bounds
// in the error do not include a 0 that turns a feature off.
func (n *node) bound(minimum, maximum string) {
	low, _ := strconv.Atoi(minimum) // the pattern matches only digits
	high, _ := strconv.Atoi(maximum)
	if fallback, ok := n.fallback.(int); ok {
		low = min(low, fallback)
	}
	n.minimum, n.maximum = &low, &high
}

// serviceWith returns a service with all required keys, and the given key.
func serviceWith(key string, value any) map[string]any {
	service := map[string]any{"name": "web", "source": map[string]any{"provider": "CodeCommit", "repository": "web"}}
	service[key] = value
	return service
}

// allowed returns the description of the allowed values from the program's error for the wrong value at a path, or ""
// without such an error.
func allowed(path string, stack map[string]any, wrong any) string {
	values := map[string]string{}
	for key, value := range stack {
		values[module+":"+key] = toJSON(value)
		if text, ok := value.(string); ok {
			values[module+":"+key] = text
		}
	}
	err := program.Validate(module, "dev", values)
	if err == nil {
		return ""
	}
	_, answer, _ := strings.Cut(err.Error(), fmt.Sprintf("%s:%s: %s is not allowed: ", module, path, toJSON(wrong)))
	answer, _, _ = strings.Cut(answer, "\n")
	return answer
}

func enumerated(answer string, parse func(string) (any, error)) []any {
	match := enumeration.FindStringSubmatch(answer)
	if match == nil {
		return nil
	}
	var values []any
	for _, text := range strings.Split(match[1], ", ") {
		value, err := parse(text)
		if err != nil {
			return nil
		}
		values = append(values, value)
	}
	return values
}

func toJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // impossible: all values have a JSON form
	}
	return string(text)
}
