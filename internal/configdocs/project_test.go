package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"fargate-cd/program"
)

// Pulumi passes the defaults of Pulumi.yaml to the program. They must be the same as the program's defaults.
func TestProjectDefaults(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(root, "Pulumi.yaml"))
	require.NoError(t, err)
	var project struct {
		Config map[string]struct{ Default any }
	}
	require.NoError(t, yaml.Unmarshal(content, &project))
	given := map[string]string{"fargate-cd:services": `[{"name": "web", "source": {"provider": "CodeCommit", "repository": "web"}}]`}
	want, err := program.Parse(module, "dev", given)
	require.NoError(t, err)
	for key, declared := range project.Config {
		if declared.Default == nil {
			require.Equal(t, "services", key, "only services has no default")
			continue
		}
		text, ok := declared.Default.(string)
		if !ok {
			text = toJSON(declared.Default)
		}
		given[module+":"+key] = text
	}
	got, err := program.Parse(module, "dev", given)
	require.NoError(t, err)
	// Empty and absent lists have the same meaning.
	require.Equal(t, toJSON(want), strings.ReplaceAll(toJSON(got), "[]", "null"))
}
