package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// markdown returns a function that puts the tables into a document, between <!-- generated: name --> and <!-- end -->.
func markdown(tables map[string]func(*node) string) func(string, *node) (string, error) {
	return func(content string, config *node) (string, error) {
		var err error
		for _, name := range slices.Sorted(maps.Keys(tables)) {
			content, err = replaceSection(content, "<!-- generated: "+name+" -->", "<!-- end -->", "\n"+tables[name](config)+"\n")
			if err != nil {
				return "", err
			}
		}
		return content, nil
	}
}

// summary returns a table of the stack's keys with the first sentence of each description.
func summary(config *node) string { return config.summary() }

// summaryOfService returns a table of a service's keys with the first sentence of each description.
func summaryOfService(config *node) string { return config.service().summary() }

func (n *node) summary() string {
	var out strings.Builder
	out.WriteString("| key | default | |\n|---|---|---|\n")
	for _, k := range n.keys {
		meaning := escaped(k.summarized())
		if len(k.keys) > 0 {
			meaning += " Keys: " + k.keyNames() + "."
		}
		fmt.Fprintf(&out, "| `%s` | %s | %s |\n", k.name, k.shownDefault(), meaning)
	}
	return out.String()
}

// keyNames lists the keys of an object.
func (n *node) keyNames() string {
	var names []string
	for _, k := range n.keys {
		names = append(names, "`"+k.name+"`")
	}
	return strings.Join(names, ", ")
}

// reference returns tables of the stack's keys with their complete descriptions, one table for each object.
func reference(config *node) string { return config.tables("") }

// referenceOfService returns tables of a service's keys with their complete descriptions, one table for each object or
// list of objects.
func referenceOfService(config *node) string { return config.service().tables("") }

func (n *node) tables(path string) string {
	out := n.table()
	for _, k := range n.keys {
		object, name := k, path+k.name
		if k.kind == kindArray {
			object, name = k.elements, name+"[]"
		}
		if len(object.keys) > 0 {
			out += "\n### `" + name + "`\n\n" + escaped(k.description) + "\n\n" + object.tables(name+".")
		}
	}
	return out
}

func (n *node) table() string {
	var out strings.Builder
	out.WriteString("| key | default | value | meaning |\n|---|---|---|---|\n")
	for _, k := range n.keys {
		fmt.Fprintf(&out, "| `%s` | %s | %s | %s |\n", k.name, k.shownDefault(), k.shownValues(), escaped(k.description))
	}
	return out.String()
}

func (n *node) shownDefault() string {
	switch fallback := n.fallback.(type) {
	case nil:
		if n.required {
			return "required"
		}
		return ""
	case string:
		return "`" + fallback + "`"
	default:
		return "`" + toJSON(fallback) + "`"
	}
}

func (n *node) shownValues() string {
	switch {
	case n.allowed != nil:
		var values []string
		for _, value := range n.allowed {
			values = append(values, fmt.Sprintf("`%v`", value))
		}
		return strings.Join(values, ", ")
	case n.minimum != nil:
		return fmt.Sprintf("%d to %d", *n.minimum, *n.maximum)
	case n.kind == kindArray:
		return "list of " + n.elements.shownValues()
	case len(n.keys) > 0:
		return "keys"
	case n.kind == kindObject:
		return "names and their values"
	}
	return map[kind]string{kindString: "text", kindInteger: "whole number", kindBoolean: "`true` or `false`"}[n.kind]
}

// escaped returns the text with Markdown's special characters escaped.
func escaped(text string) string {
	return strings.NewReplacer("*", `\*`, "|", `\|`, "<", "&lt;").Replace(text)
}
