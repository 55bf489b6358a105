package fargateservice

import (
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

func TestRulePriority(t *testing.T) {
	priority := func(name string, patterns ...string) int {
		spec := Spec{PathPatterns: patterns}
		return spec.RulePriority(name)
	}
	// Existing stacks have these numbers: a different formula would change every rule.
	require.Equal(t, 48425, priority("web", "/*"))
	require.Equal(t, 45523, priority("hello", "/greetings/*"))

	require.Less(t, priority("b", "/api/v2/*"), priority("a", "/api/*"), "the longer pattern comes first")
	require.Less(t, priority("a", "/api/*"), priority("b", "/*"))
	require.Equal(t, priority("a", "/api/*", "/*"), priority("a", "/*"), "the shortest pattern counts: it hides the most")

	for i := range 1000 {
		name := fmt.Sprintf("service-%d", i)
		for _, pattern := range []string{"/*", "/" + string(make([]byte, 127))} {
			require.GreaterOrEqual(t, priority(name, pattern), 10000)
			require.Less(t, priority(name, pattern), lastPriority)
		}
	}
	given := Spec{Priority: pulumi.IntRef(7), PathPatterns: []string{"/*"}}
	require.Equal(t, 7, given.RulePriority("web"))
}
