package graph

import (
	"fmt"
	"slices"
	"strings"
)

// Mermaid returns the picture as a Mermaid flowchart. Its colors are readable on a light and on a
// dark page.
func (p Picture) Mermaid() string {
	m := &mermaid{}
	m.line(0, "flowchart LR")
	m.outside(p)
	m.open(1, "environment", p.Network.Title)
	for _, box := range p.Shared {
		if box.Component == environmentComponent {
			m.box(2, box)
		}
	}
	for i, service := range p.Services {
		m.component(2, i+1, service, fargateServiceComponent)
	}
	m.close(1)
	if boxes := boxesOf(p.Shared, apiGatewayComponent); len(boxes) > 0 {
		m.open(1, "apiGateway", apiGatewayComponent)
		m.boxes(2, boxes)
		m.close(1)
	}
	for i, service := range p.Services {
		m.component(1, i+1, service, buildPipelineComponent)
		m.component(1, i+1, service, blueGreenComponent)
	}
	m.arrows(p.Arrows)
	return m.text.String()
}

type mermaid struct{ text strings.Builder }

func (m *mermaid) line(depth int, format string, args ...any) {
	m.text.WriteString(strings.Repeat("    ", depth))
	fmt.Fprintf(&m.text, format, args...)
	m.text.WriteByte('\n')
}

func (m *mermaid) open(depth int, id, title string) {
	m.line(depth, `subgraph %s["%s"]`, id, mermaidEscapes.Replace(title))
}

func (m *mermaid) close(depth int) { m.line(depth, "end") }

func (m *mermaid) boxes(depth int, boxes []Box) {
	for _, box := range boxes {
		m.box(depth, box)
	}
}

// outside writes the boxes that the stack does not create.
func (m *mermaid) outside(p Picture) {
	m.boxes(1, boxesOf(p.Shared, ""))
	for _, service := range p.Services {
		m.boxes(1, boxesOf(service.Boxes, ""))
	}
}

// component writes a component of a service, if the service has it.
func (m *mermaid) component(depth, number int, service Service, component string) {
	boxes := boxesOf(service.Boxes, component)
	if len(boxes) == 0 {
		return
	}
	m.open(depth, fmt.Sprintf("s%d_%s", number, component), component+" "+service.Name)
	m.boxes(depth+1, boxes)
	m.close(depth)
}

func (m *mermaid) box(depth int, box Box) {
	before, after := "[", "]"
	switch {
	case box.Kind == KindImages:
		before, after = "[(", ")]"
	case box.Component == "":
		before, after = "([", "])"
	}
	label := mermaidEscapes.Replace(strings.Join(append([]string{box.Title}, box.Lines...), "\n"))
	m.line(depth, `%s%s"%s"%s`, box.ID, before, strings.ReplaceAll(label, "\n", "<br/>"), after)
}

// arrows writes the arrows and then their colors. linkStyle refers to an arrow by its index.
func (m *mermaid) arrows(arrows []Arrow) {
	lines := map[Way][]string{}
	for i, arrow := range arrows {
		line := map[Way]string{WayCommit: "==>", WayRequest: "-->", WayTest: "-.->"}[arrow.Way]
		if arrow.Label != "" {
			line += `|"` + mermaidEscapes.Replace(arrow.Label) + `"|`
		}
		m.line(1, "%s %s %s", arrow.From, line, arrow.To)
		lines[arrow.Way] = append(lines[arrow.Way], fmt.Sprint(i))
	}
	for _, way := range []Way{WayCommit, WayRequest, WayTest} {
		if len(lines[way]) > 0 {
			m.line(1, "linkStyle %s stroke:%s", strings.Join(lines[way], ","),
				map[Way]string{WayCommit: "#3b82f6", WayRequest: "#16a34a", WayTest: "#ca8a04"}[way])
		}
	}
}

// boxesOf returns the boxes of a component.
func boxesOf(boxes []Box, component string) []Box {
	return slices.DeleteFunc(slices.Clone(boxes), func(b Box) bool { return b.Component != component })
}

// mermaidEscapes replaces the characters that end a label or that Mermaid and HTML interpret
// ("Flowcharts – Basic Syntax", Mermaid: entity codes).
var mermaidEscapes = strings.NewReplacer("#", "#35;", `"`, "#quot;", "&", "#amp;", "<", "#lt;", ">", "#gt;", "`", "#96;")
