package summary

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Summary describes a plan in words.
type Summary struct {
	// Stack and Simulated are those of the plan.
	Stack, Simulated string
	// Headline describes the plan in one sentence.
	Headline string
	// Losses are the replacements and deletions of resources that hold data, or serve or inspect traffic.
	Losses []Loss
	// Openings are sentences in Markdown about ports that the change opens to every address.
	Openings []string
	// Services are the services that change, sorted by name.
	Services []Service
	// Components holds the changed properties by component.
	Components []Component
	// Cost is the monthly cost of the stack.
	Cost Cost
	// Diff holds the lines of the whole diff. Each begins with one of the signs.
	Diff []string
}

// Component holds the changes of one component's resources.
type Component struct {
	// Type and Name are those of the component. Both are empty for resources outside of components.
	Type, Name string
	// Resources are the changed resources.
	Resources []Resource

	fate  string // new or removed; "" for a component that stays
	whole bool   // belongs to a new or a removed service
}

// Resource is one changed resource.
type Resource struct {
	// Op is create, update, replace or delete.
	Op string
	// Type and Name are the resource's type without its module, such as ecs.Service, and its logical name.
	Type, Name string
	// Text describes a resource that is created or deleted, in Markdown.
	Text string
	// Differences are its changed properties, for an update or a replacement.
	Differences []Difference
	// Like names an earlier resource of the same type with the same differences; "" for none.
	Like string

	rank int // the place of Text in the list of its component, such as rankOpen
}

// Summarize describes a plan in words.
func Summarize(plan Plan, prices *Prices) Summary {
	changes := collect(plan.Steps)
	byURN := indexByURN(changes)
	f := flattener{secrets: plan.Secrets}
	for _, c := range changes {
		c.takeApart(f)
	}
	all := servicesOf(&plan, changes, byURN)
	s := Summary{Stack: plan.Stack, Simulated: plan.Simulated}
	var removed []string
	for _, each := range all {
		if each.fate() == "" {
			continue
		}
		described := each.describe()
		s.Services = append(s.Services, described)
		if described.Fate == isRemoved {
			removed = append(removed, described.Name)
		}
	}
	s.Losses = losses(changes, byURN, removed)
	s.Openings = openings(changes, byURN)
	s.Components = componentsOf(changes, byURN)
	for i := range s.Components {
		c := &s.Components[i]
		c.whole = slices.ContainsFunc(s.Services, func(service Service) bool {
			return service.Name == c.Name && service.Fate != isChanged && c.ofService()
		})
	}
	s.Cost = cost(&plan, changes, all, prices)
	s.Diff = diff(changes)
	s.Headline = headline(&s, changes)
	return s
}

// headline returns the plan in one sentence.
func headline(s *Summary, changes []*change) string {
	counts := map[string]int{}
	for _, c := range changes {
		if c.shown() {
			counts[c.op]++
		}
	}
	if len(counts) == 0 && len(s.Services) == 0 {
		return fmt.Sprintf("Nothing changes in stack %s.", code(s.Stack))
	}
	var parts []string
	for _, fate := range []struct{ is, one, many string }{
		{isChanged, "changes", "change"}, {isNew, "is new", "are new"}, {isRemoved, "is removed", "are removed"},
	} {
		var names []string
		for _, service := range s.Services {
			if service.Fate == fate.is {
				names = append(names, service.Name)
			}
		}
		switch {
		case len(names) == 1:
			parts = append(parts, fmt.Sprintf("service %s %s", code(names[0]), fate.one))
		case len(names) > 1:
			parts = append(parts, fmt.Sprintf("%d services %s", len(names), fate.many))
		}
	}
	if len(parts) == 0 {
		parts = []string{"no service changes"}
	}
	var resources []string
	for _, op := range []struct{ is, word string }{{opCreate, "created"}, {opUpdate, "updated"}, {opReplace, "replaced"}, {opDelete, "deleted"}} {
		if counts[op.is] > 0 {
			resources = append(resources, fmt.Sprintf("%d %s", counts[op.is], op.word))
		}
	}
	if len(resources) == 0 {
		resources = []string{"none"}
	}
	text := fmt.Sprintf("In stack %s, %s (resources: %s)", code(s.Stack), and(parts), strings.Join(resources, ", "))
	if len(s.Losses)+len(s.Openings) > 0 {
		text += "; **read the warnings below**"
	}
	if s.Cost.Known && s.Cost.Before != s.Cost.After {
		text += fmt.Sprintf("; about %s → %s a month", dollars(s.Cost.Before), dollars(s.Cost.After))
	}
	return text + "."
}

// and joins parts of a sentence with commas and "and".
func and(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}

// componentsOf groups the changed resources by component, sorted by the component's name and type.
func componentsOf(changes []*change, byURN changesByURN) []Component {
	byKey := map[string]*Component{}
	for _, c := range changes {
		if !c.shown() {
			continue
		}
		kind, name := byURN.component(c)
		key := name + "\x00" + kind
		if byKey[key] == nil {
			byKey[key] = &Component{Type: kind, Name: name, fate: byURN.fate(c)}
		}
		component := byKey[key]
		r := Resource{Op: c.op, Type: shortType(c.kind()), Name: c.name(), Differences: c.differences}
		if c.op == opCreate || c.op == opDelete {
			r.Text, r.rank, r.Differences = c.text(), c.rank(), nil
		}
		for _, earlier := range component.Resources {
			if earlier.Type == r.Type && len(r.Differences) > 0 && slices.Equal(earlier.Differences, r.Differences) {
				r.Like, r.Differences = earlier.Name, nil
				break
			}
		}
		component.Resources = append(component.Resources, r)
	}
	var out []Component
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		out = append(out, *byKey[key])
	}
	return out
}

// ofService reports whether the component is a part of a service.
func (c *Component) ofService() bool {
	return slices.Contains([]string{serviceToken, blueGreenToken, pipelineToken}, components+c.Type)
}

// shortType returns ecs.Service for aws:ecs/service:Service.
func shortType(token string) string {
	parts := strings.Split(token, ":")
	if len(parts) != 3 {
		return token
	}
	module, _, _ := strings.Cut(parts[1], "/")
	return module + "." + parts[2]
}

// signs maps an operation to the first character of its line in the diff.
var signs = map[string]string{opCreate: "+", opUpdate: "!", opReplace: "!", opDelete: "-"}

// diff lists every change with its properties.
func diff(changes []*change) []string {
	var out []string
	for _, c := range changes {
		if !c.shown() {
			continue
		}
		out = append(out, fmt.Sprintf("%s %s %s %s", signs[c.op], c.op, shortType(c.kind()), c.name()))
		switch c.op {
		case opCreate:
			for _, path := range slices.Sorted(maps.Keys(c.after)) {
				out = append(out, fmt.Sprintf("+     %s: %s", path, oneLine(c.after[path])))
			}
		case opUpdate, opReplace:
			for _, d := range c.differences {
				if d.Old != "" {
					out = append(out, fmt.Sprintf("-     %s: %s", d.Path, oneLine(d.Old)))
				}
				if d.New != "" {
					out = append(out, fmt.Sprintf("+     %s: %s", d.Path, oneLine(d.New)))
				}
			}
		}
	}
	return out
}

// maxValueLength is the maximum length of a shown value, in bytes.
const maxValueLength = 200

// oneLine shortens a value and writes it on one line.
func oneLine(text string) string {
	text = strings.NewReplacer("\r", "", "\n", "⏎", "\t", " ").Replace(text)
	if len(text) > maxValueLength {
		cut := maxValueLength
		for cut > 0 && text[cut]&0xC0 == 0x80 { // not inside a character
			cut--
		}
		text = text[:cut] + "…"
	}
	return text
}

// code formats a text as code in Markdown, even if it contains backticks.
func code(text string) string {
	text = oneLine(text)
	if text == "" {
		return "``"
	}
	ticks := "`"
	for strings.Contains(text, ticks) {
		ticks += "`"
	}
	if len(ticks) > 1 {
		return ticks + " " + text + " " + ticks
	}
	return ticks + text + ticks
}
