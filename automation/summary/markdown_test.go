package summary

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// long returns a summary with many items in every part.
func long() Summary {
	s := Summary{Stack: "prod", Headline: "Much changes."}
	for i := range 200 {
		name := fmt.Sprintf("service-%03d", i)
		s.Losses = append(s.Losses, Loss{Text: "**Load balancer `" + name + "` is replaced**."})
		s.Services = append(s.Services, Service{Name: name, Fate: isChanged, Text: "cpu 256 → 512."}, Service{Name: "new-" + name, Fate: isNew, Strategy: "Rolling", Text: "new: 1 task"})
		s.Components = append(s.Components, Component{Type: "FargateService", Name: name, Resources: []Resource{
			{Op: opUpdate, Type: "ecs.Service", Name: name, Differences: []Difference{{Path: "desiredCount", Old: "1", New: "2"}}},
		}})
		for range 20 {
			s.Diff = append(s.Diff, "+     name: "+strings.Repeat("ü", 40))
		}
	}
	return s
}

// The document stays within any limit, closes its blocks, and says how many items it leaves out. It cuts the least
// important part first.
func TestMarkdownIsCut(t *testing.T) {
	whole := long().Markdown(1 << 30)
	require.NotContains(t, whole, "on a terminal lists all")
	for _, limit := range []int{4000, 8000, 20000, 40000, CommentLimit} {
		text := long().Markdown(limit)
		require.LessOrEqual(t, utf8.RuneCountInString(text), limit)
		require.Contains(t, text, "Much changes.")
		require.Contains(t, text, "### Monthly cost")
		require.Contains(t, text, "more lines\n``````\n\n</details>\n", "the diff is cut first, at a line")
		require.Equal(t, 2, strings.Count(text, "``````"))
		require.Contains(t, text, "> [!CAUTION]\n> - **Load balancer `service-000` is replaced**.", "the warnings are cut last")
	}
	require.NotContains(t, long().Markdown(CommentLimit), "more warnings")
	require.Contains(t, long().Markdown(4000), "more warnings")
}

func TestCode(t *testing.T) {
	for text, want := range map[string]string{
		"plain": "`plain`", "": "``", "a`b": "`` a`b ``", "a``b": "``` a``b ```", "one\ntwo": "`one⏎two`",
		strings.Repeat("ü", 150): "`" + strings.Repeat("ü", 100) + "…`",
	} {
		require.Equal(t, want, code(text))
	}
}

// A value cannot end the block of literal text that contains it.
func TestFenceHolds(t *testing.T) {
	s := Summary{Stack: "test", Diff: []string{"+     a: `````` </details>"}}
	require.Equal(t, 2, strings.Count(s.Markdown(CommentLimit), "``````"))
	require.Equal(t, 2, strings.Count(FailedMarkdown("test", "bad: ``````", nil, CommentLimit), "``````"))
}

// Several comments share GitHub's limit, so the comment for a failed preview stays within its part too.
func TestFailedMarkdown(t *testing.T) {
	message := "the token swordfish is refused\n" + strings.Repeat("ü", CommentLimit)
	for _, limit := range []int{4000, CommentLimit} {
		text := FailedMarkdown("prod", message, []string{"swordfish"}, limit)
		require.Contains(t, text, "**The preview failed.**")
		require.Contains(t, text, "the token [secret] is refused")
		require.Contains(t, text, "ü…\n``````\n")
		require.Equal(t, limit, utf8.RuneCountInString(text))
	}
	require.Contains(t, FailedMarkdown("prod", "refused", nil, 4000), "\nrefused\n``````\n")
}
