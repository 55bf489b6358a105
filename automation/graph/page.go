package graph

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
)

//go:embed page.html.tmpl
var pageText string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"add":        func(a, b int) int { return a + b },
	"boxText":    func(text string) string { return shorten(text, charactersInBox) },
	"labelText":  func(text string) string { return shorten(text, charactersInLabel) },
	"css":        func(component string) string { return strings.ToLower(component) },
	"lineHeight": func(line int) int { return 40 + 16*line },
	"way":        func(way Way) string { return wayNames[way] },
}).Parse(pageText))

// wayNames are the CSS classes of the ways.
var wayNames = [...]string{WayCommit: "commit", WayRequest: "request", WayTest: "test"}

// HTML writes the picture as a page that needs no other file and no network.
func (p Picture) HTML(w io.Writer) error {
	err := pageTemplate.Execute(w, struct {
		Picture
		Layout *layout
		Ways   []string
	}{p, layOut(p), wayNames[:]})
	if err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	return nil
}

// Tip returns the tooltip of a box.
func (b Box) Tip() string {
	var tip strings.Builder
	if b.Component != "" {
		tip.WriteString(b.Component + ": ")
	}
	tip.WriteString(b.Title)
	for _, fact := range b.Facts {
		fmt.Fprintf(&tip, "\n%s: %s", fact.Name, fact.Value)
	}
	return tip.String()
}
