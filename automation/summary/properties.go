package summary

import (
	"fmt"
	"slices"
	"strings"
)

// propertyFormat is the format of the changed properties in a comment or on a terminal.
type propertyFormat struct {
	bullet                     string // the start of each line, after its indentation
	limit                      int    // the maximum number of properties, and of created and deleted resources; 0 for no limit
	title, name, path, was, is func(string) string
	words                      func(string) string // formats a sentence in Markdown
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
		text += f.createdAndDeleted(c)
		for _, r := range c.Resources {
			text += f.resource(r)
		}
		out = append(out, text)
	}
	return out
}

// createdAndDeleted lists the created and deleted resources of a component, the most important first. Of a component
// that is new or removed as a whole it lists only the ports that are opened to every address.
func (f propertyFormat) createdAndDeleted(c Component) string {
	var listed []Resource
	for _, r := range c.Resources {
		if (r.Op == opCreate || r.Op == opDelete) && (c.fate == "" || r.Op == opCreate && r.rank == rankOpen) {
			listed = append(listed, r)
		}
	}
	slices.SortStableFunc(listed, func(a, b Resource) int { return a.rank - b.rank })
	var text string
	for i, r := range listed {
		if i == f.limit && f.limit > 0 {
			return text + f.line(1, fmt.Sprintf("… and %d more (see the whole diff)", len(listed)-i))
		}
		text += f.line(1, f.words(r.Text))
	}
	return text
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

// counted reports whether the component is new or removed, and returns the numbers of its created and deleted resources.
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
	var text string
	if c.fate != "" {
		text = ", " + c.fate
	}
	if len(parts) == 0 {
		return text
	}
	return text + ": " + strings.Join(parts, ", ")
}
