//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
	"fargate-cd/acceptance/internal/readback"
)

// TestNewShapeDeploysTheRunningImageWhateverIsPushed deploys a blue/green service from a GitHub repository that also
// contains other files. A change of the configuration starts the pipeline although no
// file of the service has changed, and deploys the running image.
func TestNewShapeDeploysTheRunningImageWhateverIsPushed(t *testing.T) {
	t.Parallel()
	const repository = "acme/configured"
	d := lab.NewStack(t, "examples/s1-test-then-production/Pulumi.s1.yaml", map[string]any{"retainRepositories": false}).Alone()
	configured := d.Services()[0]
	configured["source"] = map[string]any{
		"repository": repository, "connectionArn": readback.Connection, "filePaths": []string{"src/**", "Dockerfile"},
	}
	configured["deployment"] = map[string]any{"strategy": "ECSAllAtOnce"}
	d.Up()

	w := lab.Follow(d, "welcomer", repository)
	w.Files["src/main"] = "one\n"
	image := w.Arrives()
	w.Files["README.md"] = "everything\n"
	w.IsIgnored("filePaths")

	newShapeDeploysTheRunningImage(t, w)
	require.Equal(t, image, w.Running(), "the ignored push is not deployed")
	d.End()
}
