package stack

import (
	"archive/zip"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/automation/sandbox/sandboxtest"
)

// olderStacks is an archive of the stacks test and prod as the program of 24 November
// 2026 created them in the sandbox (commit 8a165e2): the sandbox's account, Pulumi's
// state, and the stack files.
const olderStacks = "testdata/stacks-2026-11-24.zip"

// An older stack gets today's settings by updates and new resources. None of its
// resources is replaced, only the listed ones are deleted, and the running image
// stays.
func TestOlderStacks(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, service, deleted string
	}{
		// The stack's key replaces the key of each service's artifacts. KMS deletes a key after a waiting period.
		{"test", "welcomer", "delete welcomer-artifacts"},
		{"prod", "web", "delete web-artifacts"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			archive, err := zip.OpenReader(olderStacks)
			require.NoError(t, err)
			require.NoError(t, os.CopyFS(dir, archive))
			require.NoError(t, archive.Close())
			o := ofRepository(t, test.name)
			o.StateDir, o.ConfigFile = dir, filepath.Join(dir, "files", "Pulumi."+test.name+".yaml")
			s := open(t, o)
			before, err := s.Outputs(t.Context())
			require.NoError(t, err)
			sandboxtest.Deploy(t, filepath.Join(dir, "account"), before.Outputs["clusterName"].(string), test.service, "example.com/app:1")

			up, err := s.Up(t.Context())

			require.NoError(t, err)
			require.Positive(t, up.Changes.Create, "today's program creates more")
			require.Positive(t, up.Changes.Update)
			require.Equal(t, []string{test.deleted}, losses(t, up))
			for name, value := range before.Outputs {
				require.Equal(t, value, up.Outputs[name], "output %s", name)
			}
			requireSettled(t, s)

			// Today's stack file adds features that the stack did not have, such as
			// HTTPS, a web ACL and alarms in prod.
			o = ofRepository(t, test.name)
			o.StateDir = dir
			up, err = open(t, o).Up(t.Context())
			require.NoError(t, err)
			require.Empty(t, losses(t, up))
		})
	}
}

// losses returns the steps that delete or replace a resource. It requires that no
// step changes an existing service or its tasks.
func losses(t *testing.T, result Result) []string {
	t.Helper()
	var lost []string
	for _, step := range result.Steps {
		if step.Op != "create" && step.Op != "update" {
			lost = append(lost, step.Op+" "+step.Name)
		}
		if step.Name == "web" || step.Name == "welcomer" && step.Op != "create" { // welcomer is new in today's prod
			require.NotContains(t, []string{serviceType, "aws:ecs/taskDefinition:TaskDefinition"}, step.Type, "no task is replaced: %s", step.Op)
		}
	}
	return lost
}
