package stack

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Options of the tasks come and go on a running service: each change is a new revision and an update, and replaces nothing
// else.
func TestTaskOptionsComeAndGo(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]map[string]any{
		"a file system": {"efsVolumes": []any{map[string]any{"fileSystemId": "fs-0123456789abcdef0", "accessPointId": "fsap-0123456789abcdef0",
			"containerPath": "/data", "securityGroupId": "sg-0123456789abcdef0"}}},
		"a log router": {"logRouter": map[string]any{"options": map[string]any{"Name": "stdout"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := ofRepository(t, "test")
			_, err := open(t, o).Up(t.Context())
			require.NoError(t, err)
			for _, change := range []Options{withService(t, o, options), o} {
				s := open(t, change)
				got, err := s.Up(t.Context())
				require.NoError(t, err)
				require.Equal(t, replaced, opsOn(got.Steps, taskDefinitionType))
				require.Equal(t, []string{"update"}, opsOn(got.Steps, serviceType))
				require.Equal(t, 1, got.Changes.Replace, "%v", got.Steps)
				requireNoChange(t, s)
			}
			_, err = open(t, o).Destroy(t.Context())
			require.NoError(t, err)
			accountIsEmpty(t, o.StateDir)
		})
	}
}
