package summary

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// CommentLimit is the maximum number of characters in a comment on GitHub. To a longer one its API answers "Body is too
// long (maximum is 65536 characters)".
const CommentLimit = 65536

// section is a part of the document. Its last items can be left out, to keep the document within the limit.
type section struct {
	head  string
	items []string // each ends with a newline
	foot  string
	left  int // the number of items that are left out
	note  string
}

func (s *section) String() string {
	if len(s.items) == 0 && s.left == 0 {
		return ""
	}
	text := s.head + strings.Join(s.items, "")
	if s.left > 0 {
		text += fmt.Sprintf(s.note, s.left)
	}
	return text + s.foot
}

func (s *section) size() int { return utf8.RuneCountInString(s.String()) }

// shrink leaves out the last items, until the section is smaller by the excess or no item remains.
func (s *section) shrink(excess int) {
	want := s.size() - excess
	size := 0
	for _, item := range s.items {
		size += utf8.RuneCountInString(item)
	}
	fixed := s.size() - size + len(s.note) + 10 // the note and its number
	for len(s.items) > 0 && fixed+size > want {
		last := len(s.items) - 1
		size -= utf8.RuneCountInString(s.items[last])
		s.items = s.items[:last]
		s.left++
	}
}

// Markdown returns the summary as a comment with at most limit characters. If it is too long, Markdown leaves out the
// last items of its parts, the least important part first: the diff, the changed properties, the new services, the
// changed and removed services, and last the warnings. Each part says how many items it leaves out.
func (s Summary) Markdown(limit int) string {
	top := s.top()
	warnings, words, properties, fresh, diff := s.warnings(), s.words(), s.properties(), s.fresh(), s.whole()
	price := s.price()
	size := utf8.RuneCountInString(top) + utf8.RuneCountInString(price)
	parts := []*section{warnings, words, properties, fresh, diff}
	for _, part := range parts {
		size += part.size()
	}
	for _, part := range []*section{diff, properties, fresh, words, warnings} {
		if size <= limit {
			break
		}
		was := part.size()
		part.shrink(size - limit)
		size += part.size() - was
	}
	return top + warnings.String() + words.String() + properties.String() + fresh.String() + price + diff.String()
}

// top returns the title, a note if the plan does not come from AWS, and the headline.
func (s Summary) top() string {
	text := fmt.Sprintf("## Preview of stack %s\n\n", code(s.Stack))
	if s.Simulated != "" {
		text += fmt.Sprintf("> [!NOTE]\n> This is a preview in %s, not in AWS. It compares the stack before and after the change "+
			"without access to an account: names, addresses and images are made up.\n\n", s.Simulated)
	}
	return text + s.Headline + "\n"
}

// warnings returns the openings and the losses, in a caution box.
func (s Summary) warnings() *section {
	out := &section{head: "\n> [!CAUTION]\n", note: "> - … and %d more warnings; `automation preview` on a terminal lists all.\n"}
	for _, opening := range s.Openings {
		out.items = append(out.items, "> - "+opening+"\n")
	}
	for _, loss := range s.Losses {
		out.items = append(out.items, "> - "+loss.Text+"\n")
	}
	return out
}

// words returns the texts of the changed and removed services.
func (s Summary) words() *section {
	out := &section{head: "\n### Services\n\n", note: "- … and %d more services; `automation preview` on a terminal lists all.\n"}
	for _, service := range s.Services {
		if service.Fate != isNew {
			out.items = append(out.items, fmt.Sprintf("- %s: %s\n", code(service.Name), service.Text))
		}
	}
	return out
}

// fresh returns the texts of the new services.
func (s Summary) fresh() *section {
	out := &section{head: "\n### New services\n\n", note: "- … and %d more new services; `automation preview` on a terminal lists all.\n"}
	for _, service := range s.Services {
		if service.Fate != isNew {
			continue
		}
		var parts []string
		switch {
		case service.URL != "":
			parts = append(parts, "<"+service.URL+">")
		case !service.Unreached:
			parts = append(parts, "URL known after the update")
		}
		if service.Strategy != "" {
			parts = append(parts, "strategy "+code(service.Strategy))
		}
		text := service.Text + "."
		if len(parts) > 0 {
			text = strings.Join(parts, ", ") + ". " + upper(text)
		}
		out.items = append(out.items, fmt.Sprintf("- %s: %s\n", code(service.Name), text))
	}
	return out
}

// properties returns the changed properties. Each item is one component.
func (s Summary) properties() *section {
	out := &section{head: "\n### Changed properties\n\n", note: "- … and the properties of %d more components; `automation preview` on a terminal lists all.\n"}
	out.items = s.changedProperties(propertyFormat{
		bullet: "- ", limit: maxProperties, title: func(text string) string { return "**" + text + "**" },
		name: code, path: code, was: formatValue, is: formatValue, words: func(text string) string { return text },
	})
	return out
}

// maxProperties is the maximum number of changed properties of a resource, and of created and deleted resources of a
// component, that are shown outside of the whole diff.
const maxProperties = 12

// formatValue formats the value of a property.
func formatValue(text string) string {
	switch text {
	case "":
		return "nothing"
	case secret, unknown, recorded:
		return text
	default:
		return code(text)
	}
}

// price returns the section on the monthly cost.
func (s Summary) price() string {
	c := s.Cost
	if !c.Known {
		return "\n### Monthly cost\n\n" + upper(c.notComputed()) + "\n"
	}
	text := fmt.Sprintf("\n### Monthly cost\n\nAbout **%s**, as before.\n", dollars(c.After))
	if c.Before != c.After {
		text = fmt.Sprintf("\n### Monthly cost\n\nAbout **%s → %s** (%s).\n\n| | before | after | change |\n|---|--:|--:|--:|\n",
			dollars(c.Before), dollars(c.After), Item{Before: c.Before, After: c.After}.change())
		for _, item := range c.Items {
			text += fmt.Sprintf("| %s | %s | %s | %s |\n", item.Name, dollars(item.Before), dollars(item.After), item.change())
		}
	}
	text += "\n<details><summary>Assumptions</summary>\n\n- " + strings.Join(c.Assumptions, "\n- ") + "\n\n</details>\n"
	if missing := c.unknownItems(); missing != "" {
		text += "\n" + missing + "\n"
	}
	return text
}

// fence delimits a block of literal text. It is replaced in values, so that a value cannot end the block.
const fence = "``````"

// whole returns the whole diff, collapsed.
func (s Summary) whole() *section {
	out := &section{
		head: "\n<details><summary>The whole diff</summary>\n\n" + fence + "diff\n",
		foot: fence + "\n\n</details>\n",
		note: "# … and %d more lines\n",
	}
	for _, line := range s.Diff {
		out.items = append(out.items, strings.ReplaceAll(line, fence, "…")+"\n")
	}
	return out
}

// FailedMarkdown returns the comment for a failed preview, with at most limit characters. It conceals the given secrets in
// the message, and cuts the end of a long message.
func FailedMarkdown(stack, message string, secrets []string, limit int) string {
	head := fmt.Sprintf("## Preview of stack %s\n\n**The preview failed.** Nothing is known of what would change.\n\n%s\n", code(stack), fence)
	foot := "\n" + fence + "\n"
	message = flattener{secrets: secrets}.conceal(message)
	message = strings.ReplaceAll(message, fence, "…")
	allowed := limit - utf8.RuneCountInString(head+foot)
	if runes := []rune(message); len(runes) > allowed {
		message = string(runes[:allowed-1]) + "…"
	}
	return head + message + foot
}
