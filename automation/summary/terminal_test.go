package summary

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var inWords = Summary{
	Stack: "prod", Headline: "In stack `prod`, service `web` changes; **read the warnings below**.",
	Openings: []string{"**Opens TCP port 80 to every IPv4 address** (`0.0.0.0/0`)."},
	Losses:   []Loss{{Text: "**Load balancer `alb` is replaced**, because of `name`."}},
	Services: []Service{{Name: "web", Fate: isChanged, Text: "cpu 256 → 512; deployed with `` a`b ``."}, {Name: "new", Fate: isNew, URL: "http://x/new/", Strategy: "Rolling", Text: "new: 1 task"}},
	Components: []Component{
		{Type: "FargateService", Name: "web", Resources: []Resource{
			{Op: opUpdate, Type: "ecs.Service", Name: "web", Differences: []Difference{{Path: "desiredCount", Old: "1", New: "2"}, {Path: "token", Old: secret, New: secret}}},
			{Op: opReplace, Type: "ecs.Service", Name: "other", Like: "web"},
			{Op: opCreate, Type: "iam.Role", Name: "web", Text: "created: role `web`"},
		}},
		{Type: "FargateService", Name: "new", whole: true},
		{Resources: []Resource{{Op: opDelete, Type: "iam.Role", Name: "old", Text: "deleted: role `old`"}}},
	},
	Cost: Cost{Known: true, Region: "us-east-1", Date: "2026-01-01", Before: 10, After: 12.5},
}

func TestTerminalWithoutColour(t *testing.T) {
	var out strings.Builder
	require.NoError(t, inWords.Terminal(&out))
	require.Equal(t, `
In stack prod, service web changes; read the warnings below.

Warnings
  ! Opens TCP port 80 to every IPv4 address (0.0.0.0/0).
  ! Load balancer alb is replaced, because of name.

Services
  web: cpu 256 → 512; deployed with a`+"`"+`b.
  new: new: 1 task
    http://x/new/, strategy Rolling

Changed properties
  FargateService web: 1 created
    created: role web
    ecs.Service web
      desiredCount: 1 → 2
      token: secret value changed
    ecs.Service other, replaced: the same as web
  Outside of components: 1 deleted
    deleted: role old

Monthly cost
  about $10.00 → $12.50 (us-east-1, prices of 2026-01-01)
`, out.String())
}

func TestTerminalInColour(t *testing.T) {
	t.Setenv("CLICOLOR_FORCE", "1")
	var out strings.Builder
	require.NoError(t, inWords.Terminal(&out))
	require.Contains(t, out.String(), "desiredCount: \x1b[31m1\x1b[0m → \x1b[32m2\x1b[0m")
	require.Contains(t, out.String(), "\x1b[1;31mLoad balancer alb is replaced\x1b[0m")
}

// A comment that is cut refers to the terminal, so the terminal leaves nothing out.
func TestTerminalListsAll(t *testing.T) {
	r := Resource{Op: opUpdate, Type: "ecs.Service", Name: "web"}
	for i := range 3 * maxProperties {
		r.Differences = append(r.Differences, Difference{Path: fmt.Sprintf("path-%d", i), Old: "1", New: "2"})
	}
	resources := []Resource{r}
	for range 3 * maxProperties {
		resources = append(resources, Resource{Op: opCreate, Text: "created: role `x`"})
	}
	s := Summary{Components: []Component{{Type: "FargateService", Name: "web", Resources: resources}}}
	var out strings.Builder
	require.NoError(t, s.Terminal(&out))
	require.Equal(t, len(r.Differences), strings.Count(out.String(), "1 → 2"))
	require.Equal(t, maxProperties, strings.Count(s.Markdown(CommentLimit), "`1` → `2`"))
	require.Contains(t, s.Markdown(CommentLimit), "    - … and 24 more (see the whole diff)\n")
	require.Equal(t, len(resources)-1, strings.Count(out.String(), "created: role x"))
	require.Equal(t, maxProperties, strings.Count(s.Markdown(CommentLimit), "created: role `x`"))
	require.Contains(t, s.Markdown(CommentLimit), "\n  - … and 24 more (see the whole diff)\n")
}

// The terminal and the comment give the same reason why there is no cost.
func TestTerminalWithoutCost(t *testing.T) {
	for region, want := range map[string]string{
		"":           "ot computed: the stack's region is not known.\n",
		"ap-south-2": "ot computed: `docs/prices.yaml` has no prices for the region `ap-south-2`.\n",
	} {
		s := Summary{Cost: Cost{Region: region}}
		var out strings.Builder
		require.NoError(t, s.Terminal(&out))
		require.Contains(t, out.String(), "  n"+strings.ReplaceAll(want, "`", ""))
		require.Contains(t, s.Markdown(CommentLimit), "N"+want)
	}
}
