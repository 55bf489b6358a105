//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
	"fargate-cd/acceptance/internal/readback"
)

// TestConnectionWaitsForAPerson creates a stack with a connection to GitLab, which AWS creates in the
// status PENDING. Pushes are deployed only after a person has authorized the connection and
// up has run again.
func TestConnectionWaitsForAPerson(t *testing.T) {
	t.Parallel()
	const file = "examples/s1-test-then-production/Pulumi.s1.yaml" // one service in an existing network
	const repository = "acme/shop/welcomer"
	d := lab.NewStack(t, file, map[string]any{"retainRepositories": false}).Alone()
	d.Services()[0]["source"] = map[string]any{"provider": "GitLab", "repository": repository}
	created := d.Up()
	pages, _ := created.Outputs["pendingConnections"].(map[string]any)
	require.Contains(t, pages["GitLab"], ".console.aws.amazon.com/codesuite/settings/connections")

	w := lab.Follow(d, "welcomer", repository)
	w.Fails(w.NewestExecution(), "Source/Source", "PENDING")
	w.IsIgnored("PENDING")
	d.RequireUnchanged()

	arn := w.Connection()
	w.Authorize(arn)
	w.IsIgnored("DetectChanges") // up has not yet changed the pipeline, which was created for a pending connection
	again := d.Up()
	require.Equal(t, []string{"update aws:codepipeline/pipeline:Pipeline welcomer"}, lab.Changes(again))
	require.Empty(t, again.Outputs["pendingConnections"])
	system := readback.Systems[file]
	system.Services = []readback.Service{readback.Welcomer(func(s *readback.Service) {
		s.Priority, s.Source = "10", readback.Source{GitHub: repository, Connection: arn}
	})}
	t.Run("up", func(t *testing.T) { readback.Compare(t, d, system) })
	w.Arrives()
	w.RequireStable()
	d.End()
}
