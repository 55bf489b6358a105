package enginetest

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// Container returns the first container of a task definition, which is the service's container.
func (r *Resource) Container(t *testing.T) map[string]any {
	t.Helper()
	var containers []map[string]any
	require.NoError(t, json.Unmarshal([]byte(r.Inputs["containerDefinitions"].(string)), &containers))
	require.NotEmpty(t, containers)
	return containers[0]
}
