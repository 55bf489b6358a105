package summary

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/charmbracelet/lipgloss"
)

// terminal writes a summary in the colours that the terminal supports.
type terminal struct {
	text                           strings.Builder
	bold, loud, name, was, is, dim lipgloss.Style
}

// Terminal writes the summary for a terminal, in colour if the terminal supports it. It leaves out the whole diff,
// because Pulumi has already shown its own.
func (s Summary) Terminal(out io.Writer) error {
	r := lipgloss.NewRenderer(out)
	t := &terminal{
		bold: r.NewStyle().Bold(true), loud: r.NewStyle().Bold(true).Foreground(lipgloss.Color("1")),
		name: r.NewStyle().Foreground(lipgloss.Color("6")), dim: r.NewStyle().Faint(true),
		was: r.NewStyle().Foreground(lipgloss.Color("1")), is: r.NewStyle().Foreground(lipgloss.Color("2")),
	}
	t.line("\n%s", t.words(s.Headline))
	t.title("Warnings", len(s.Openings)+len(s.Losses))
	for _, opening := range s.Openings {
		t.line("  %s %s", t.loud.Render("!"), t.words(opening))
	}
	for _, loss := range s.Losses {
		t.line("  %s %s", t.loud.Render("!"), t.words(loss.Text))
	}
	t.title("Services", len(s.Services))
	for _, service := range s.Services {
		t.line("  %s: %s", t.name.Render(service.Name), t.words(service.Text))
		if service.Fate == isNew && service.URL != "" {
			t.line("    %s, strategy %s", service.URL, service.Strategy)
		}
	}
	t.properties(s)
	t.cost(s.Cost)
	_, err := io.WriteString(out, t.text.String())
	if err != nil {
		return fmt.Errorf("writing the summary: %w", err)
	}
	return nil
}

func (t *terminal) line(format string, args ...any) { fmt.Fprintf(&t.text, format+"\n", args...) }

// title writes the title of a part that is not empty.
func (t *terminal) title(text string, items int) {
	if items > 0 {
		t.line("\n%s", t.bold.Render(text))
	}
}

func (t *terminal) properties(s Summary) {
	unchanged := func(text string) string { return text }
	items := s.changedProperties(propertyFormat{
		bullet: "  ", title: unchanged, name: func(text string) string { return t.name.Render(text) }, path: unchanged,
		was: func(text string) string { return t.was.Render(plain(text)) },
		is:  func(text string) string { return t.is.Render(plain(text)) }, words: t.words,
	})
	t.title("Changed properties", len(items))
	t.text.WriteString(strings.Join(items, ""))
}

func (t *terminal) cost(c Cost) {
	t.title("Monthly cost", 1)
	switch {
	case !c.Known:
		t.line("  %s", t.words(c.notComputed()))
	case c.Before == c.After:
		t.line("  about %s, as before %s", dollars(c.After), t.dim.Render("("+c.Region+", prices of "+c.Date+")"))
	default:
		t.line("  about %s → %s %s", t.was.Render(dollars(c.Before)), t.is.Render(dollars(c.After)), t.dim.Render("("+c.Region+", prices of "+c.Date+")"))
	}
	if missing := c.unknownItems(); missing != "" {
		t.line("  %s", t.words(missing))
	}
}

// plain returns a value on one line.
func plain(text string) string {
	if text == "" {
		return "nothing"
	}
	return oneLine(text)
}

// marks matches bold text and code in Markdown. In a summary, code is always a name or a value.
var marks = regexp.MustCompile("\\*\\*(.+?)\\*\\*|`` (.+?) ``|`([^`]+)`")

// words replaces the Markdown marks in a sentence by colours. Bold text may contain code.
func (t *terminal) words(text string) string {
	return marks.ReplaceAllStringFunc(text, func(found string) string {
		parts := marks.FindStringSubmatch(found)
		switch {
		case parts[1] != "":
			return t.loud.Render(strings.ReplaceAll(parts[1], "`", ""))
		default:
			return t.name.Render(parts[2] + parts[3])
		}
	})
}
