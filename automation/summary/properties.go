package summary

import (
	"fmt"
	"strings"
)

// propertyFormat is the format of the changed properties in a comment or on a terminal.
type propertyFormat struct {
	bullet                     string // the start of each line, after its indentation
	limit                      int    // the maximum number of properties of a resource; 0 for no limit
	title, name, path, was, is func(string) string
}

// changedProperties returns the changed properties of each component, except of new and removed services.
func (s Summary) changedProperties(f propertyFormat) []string {
	var out []string
	for _, c := range s.Components {
		if c.whole {
			continue
		}
		title := "Outside of components"
		if c.Type != "" {
			title = c.Type + " " + f.name(c.Name)
		}
		text := f.line(0, f.title(title)+c.counted())
		for _, r := range c.Resources {
			text += f.resource(r)
		}
		out = append(out, text)
	}
	return out
}

func (f propertyFormat) line(depth int, text string) string {
	return strings.Repeat("  ", depth) + f.bullet + text + "\n"
}

// resource returns the changed properties of an updated or replaced resource.
func (f propertyFormat) resource(r Resource) string {
	if r.Op != opUpdate && r.Op != opReplace {
		return ""
	}
	title := r.Type + " " + f.name(r.Name)
	if r.Op == opReplace {
		title += ", replaced"
	}
	if r.Like != "" {
		return f.line(1, title+": the same as "+f.name(r.Like))
	}
	text := f.line(1, title)
	for i, d := range r.Differences {
		if i == f.limit && f.limit > 0 {
			return text + f.line(2, fmt.Sprintf("… and %d more (see the whole diff)", len(r.Differences)-i))
		}
		change := f.was(d.Old) + " → " + f.is(d.New)
		if d.Old == secret && d.New == secret {
			change = "secret value changed"
		}
		text += f.line(2, f.path(d.Path)+": "+change)
	}
	return text
}

// counted returns the numbers of created and deleted resources, which the list does not show one by one.
func (c Component) counted() string {
	var parts []string
	for _, op := range []struct{ is, word string }{{opCreate, "created"}, {opDelete, "deleted"}} {
		n := 0
		for _, r := range c.Resources {
			if r.Op == op.is {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, op.word))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}
