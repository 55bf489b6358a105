package enginetest

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// Container returns the container of a task definition, which must have exactly one.
func (r *Resource) Container(t *testing.T) map[string]any {
	t.Helper()
	var containers []map[string]any
	require.NoError(t, json.Unmarshal([]byte(r.Inputs["containerDefinitions"].(string)), &containers))
	require.Len(t, containers, 1)
	return containers[0]
}
