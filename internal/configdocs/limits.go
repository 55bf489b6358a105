package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"fargate-cd/program"
)

// No value of the configuration that is enumerated or bounded takes these.
const (
	wrongText   = "?"
	wrongNumber = -1
)

// What the program says is allowed where values are enumerated or bounded.
var (
	enumeration = regexp.MustCompile(`^one of ((?:[^ ,]+, )*[^ ,]+)`)
	bounds      = regexp.MustCompile(`^a whole number from (\d+) to (\d+)`)
)

// askLimits finds the values that each key takes: it gives the program a stack
// with one wrong value and reads what the error says is allowed. So the program's
// checks remain the only place that knows the limits.
func (n *node) askLimits() {
	for _, k := range n.keys {
		k.ask(k.name, func(wrong any) map[string]any {
			stack := map[string]any{k.name: wrong}
			if k.name != "services" {
				stack["services"] = []any{serviceWith("name", "web")}
			}
			return stack
		})
	}
}

// ask finds the limits of a value and of everything in it. The path is the key as
// the program's errors name it, and put makes a stack with a value at that path.
func (n *node) ask(path string, put func(any) map[string]any) {
	switch {
	case n.kind == kindString:
		n.allowed = enumerated(allowed(path, put(wrongText), wrongText), func(text string) (any, error) { return text, nil })
	case n.kind == kindInteger:
		answer := allowed(path, put(wrongNumber), wrongNumber)
		n.allowed = enumerated(answer, func(text string) (any, error) { return strconv.Atoi(text) })
		if found := bounds.FindStringSubmatch(answer); found != nil {
			n.bound(found[1], found[2])
		}
	case n.kind == kindArray:
		n.elements.ask(path+"[0]", func(wrong any) map[string]any { return put([]any{wrong}) })
	case n.kind == kindObject:
		for _, k := range n.keys {
			k.ask(path+"."+k.name, func(wrong any) map[string]any {
				if path == "services[0]" {
					return put(serviceWith(k.name, wrong))
				}
				return put(map[string]any{k.name: wrong})
			})
		}
	}
}

// bound sets the bounds of a number. The default is within them: where 0 turns
// something off, the program does not name it.
func (n *node) bound(least, most string) {
	low, _ := strconv.Atoi(least) // digits, as the pattern says
	high, _ := strconv.Atoi(most)
	if fallback, ok := n.fallback.(int); ok {
		low = min(low, fallback)
	}
	n.least, n.most = &low, &high
}

// serviceWith is a service with what has no default, and another key.
func serviceWith(key string, value any) map[string]any {
	service := map[string]any{"name": "web", "source": map[string]any{"provider": "CodeCommit", "repository": "web"}}
	service[key] = value
	return service
}

// allowed returns what the program says is allowed at a path instead of the wrong value.
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
	found := enumeration.FindStringSubmatch(answer)
	if found == nil {
		return nil
	}
	var values []any
	for _, text := range strings.Split(found[1], ", ") {
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
		panic(err) // only plain values come here
	}
	return string(text)
}
