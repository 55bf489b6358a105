//go:build acceptance

package acceptance

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// aspect is a part of what a stack is in AWS, told in lines of plain words: as
// the system demands it, and as AWS's API shows it.
type aspect struct {
	name string
	want func(system) []string
	seen func(*testing.T, *deployed, *book) []string
}

// aspects are everything that is compared. Names stand for what AWS invents
// (see book), so the lines of a system are the same in every region.
var aspects = []aspect{
	{"network", system.network, seenNetwork},
	{"security groups", system.securityGroups, seenSecurityGroups},
	{"balancer", system.balancer, seenBalancer},
	{"target groups", system.targetGroups, seenTargetGroups},
	{"task definitions", system.taskDefinitions, seenTaskDefinitions},
	{"services", system.ecsServices, seenServices},
	{"pipelines", system.pipelines, seenPipelines},
	{"builds", system.projects, seenProjects},
	{"deployment groups", system.deploymentGroups, seenDeploymentGroups},
	{"alarms", system.alarms, seenAlarms},
	{"triggers", system.triggers, seenTriggers},
	{"stores", system.stores, seenStores},
	{"roles", system.roles, seenRoles},
	{"API", system.api, seenAPI},
}

// compare reads the stack back and compares it with what the system demands.
func compare(t *testing.T, d *deployed, s system) {
	names := newBook(t, d)
	for _, a := range aspects {
		t.Run(a.name, func(t *testing.T) {
			want, seen := names.text(a.want(s)), names.text(a.seen(t, d, names))
			require.Equal(t, want, seen, "expected is what the system demands, actual what AWS's API shows")
		})
	}
}

// TestComparesInEveryRegion compares what an example demands with what it gives
// in the region that the example's connection names, and in another.
func TestComparesInEveryRegion(t *testing.T) {
	demanded := systems["examples/s2-maven/Pulumi.s2.yaml"].pipelines()
	require.Contains(t, strings.Join(demanded, "\n"), ":eu-central-1:", "the connection's region")
	for _, region := range []string{"eu-central-1", "eu-west-1"} {
		names := &book{d: &deployed{clients: &clients{region: region}, name: "t000000"}, names: map[string]string{account: "ACCOUNT"}}
		var seen []string
		for _, line := range demanded {
			seen = append(seen, strings.NewReplacer("REGION", region, "STACK", "t000000", "ACCOUNT", account).Replace(line))
		}
		require.Equal(t, names.text(demanded), names.text(seen), region)
	}
}

// ask makes a call of AWS's API, which must succeed.
func ask[Input, Output, Option any](
	t *testing.T, call func(context.Context, *Input, ...func(*Option)) (*Output, error), input *Input,
) *Output {
	t.Helper()
	output, err := call(t.Context(), input)
	require.NoError(t, err)
	return output
}

// account is the emulator's.
const account = "123456789012"

// suffix is what Pulumi adds to a name to make it unique.
var suffix = regexp.MustCompile(`-[0-9a-f]{7}\b`)

// book tells what the ids of a stack stand for.
type book struct {
	d     *deployed
	names map[string]string
	vpc   string
}

// add notes what an id stands for; two ids never stand for the same.
func (b *book) add(t *testing.T, id, name string) {
	t.Helper()
	name = b.plain(name)
	for other, taken := range b.names {
		require.False(t, taken == name && other != id, "%s and %s are both %s", other, id, name)
	}
	b.names[id] = name
}

// plain is a text with names in place of ids. Longer ids come first: an id may
// be a part of another.
func (b *book) plain(text string) string {
	ids := make([]string, 0, len(b.names))
	for id := range b.names {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int { return len(b) - len(a) })
	for _, id := range ids {
		text = strings.ReplaceAll(text, id, b.names[id])
	}
	text = suffix.ReplaceAllString(text, "")
	return strings.NewReplacer(b.d.name, "STACK", b.d.region, "REGION").Replace(text)
}

// text is the lines in order, with names in place of ids. Both sides of a
// comparison need it: the ARN of an example's connection names a region, which
// may be the case's own.
func (b *book) text(lines []string) string {
	var plain []string
	for _, line := range lines {
		plain = append(plain, b.plain(line))
	}
	slices.Sort(plain)
	return strings.Join(plain, "\n")
}

// sorted are ids by their names, in order.
func (b *book) sorted(ids []string) string {
	var texts []string
	for _, id := range ids {
		texts = append(texts, b.plain(id))
	}
	slices.Sort(texts)
	return strings.Join(texts, " ")
}
