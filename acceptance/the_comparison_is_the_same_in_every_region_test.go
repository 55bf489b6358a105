//go:build acceptance

package acceptance

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
	"fargate-cd/acceptance/internal/readback"
)

// TestComparisonIsTheSameInEveryRegion compares the expected pipelines of an example with the same
// pipelines in two regions: the region in the ARN of the example's connection, and another
// region.
func TestComparisonIsTheSameInEveryRegion(t *testing.T) {
	expected := readback.Systems["examples/s2-maven/Pulumi.s2.yaml"].Pipelines()
	require.Contains(t, strings.Join(expected, "\n"), ":eu-central-1:", "the connection's region")
	for _, region := range []string{"eu-central-1", "eu-west-1"} {
		names := lab.EmptyBook("t000000", region)
		var seen []string
		for _, line := range expected {
			seen = append(seen, strings.NewReplacer("REGION", region, "STACK", "t000000", "ACCOUNT", lab.Account).Replace(line))
		}
		require.Equal(t, names.Text(expected), names.Text(seen), region)
	}
}
