package stack

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// Up succeeds although a connection waits for a person to authorize it, and it shows the page on which to do this. In
// the sandbox, the connection stays pending.
func TestPendingConnection(t *testing.T) {
	t.Parallel()
	var progress bytes.Buffer
	o := ofRepository(t, "test")
	o.Progress = &progress
	o.Config = map[string]any{"services": []any{
		map[string]any{"name": "a", "priority": 1, "source": map[string]any{"provider": "Bitbucket", "repository": "acme/a"}},
		map[string]any{"name": "b", "priority": 2, "source": map[string]any{"provider": "Bitbucket", "repository": "acme/b"}},
	}}
	s := open(t, o)
	got, err := s.Up(t.Context())
	require.NoError(t, err)
	require.Len(t, opsOn(got.Steps, "aws:codestarconnections/connection:Connection"), 1, "the services share a connection")
	const page = "https://eu-central-1.console.aws.amazon.com/codesuite/settings/connections?region=eu-central-1"
	require.Equal(t, map[string]any{"Bitbucket": page}, got.Outputs["pendingConnections"])
	require.Contains(t, progress.String(), "to Bitbucket waits for a person")
	require.Contains(t, progress.String(), page)
	requireNoChange(t, s)
	_, err = s.Destroy(t.Context())
	require.NoError(t, err)
	accountIsEmpty(t, o.StateDir)
}
