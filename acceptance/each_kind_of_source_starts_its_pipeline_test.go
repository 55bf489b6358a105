//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
	"fargate-cd/acceptance/internal/readback"
)

// sourcesFile is the example with a service for each kind of source.
const sourcesFile = "examples/sources/Pulumi.sources.yaml"

// TestEachKindOfSourceStartsItsPipeline deploys from uploads to Amazon S3, from an existing CodeCommit repository, and
// from tags on GitHub. It also checks a pull request on Bitbucket.
func TestEachKindOfSourceStartsItsPipeline(t *testing.T) {
	t.Parallel()
	const shared = "shared-code"
	d := lab.NewStack(t, sourcesFile, nil)
	outputs := d.Up().Outputs

	uploads := lab.Follow(d, "uploaded", "")
	uploads.Chapter("an upload", func(t *testing.T, w *lab.Delivery) {
		location := outputs["sourceLocations"].(map[string]any)["uploaded"].(string)
		version, execution := w.Upload(location)
		w.Succeeds(execution)
		first := w.Image("v" + version)
		w.Runs(first)
		w.Change()
		version, execution = w.Upload(location)
		w.Succeeds(execution)
		w.Runs(w.Image("v" + version))
		require.NotEqual(t, first, w.Image("v"+version), "each upload has its own image")
	})
	lab.Follow(d, "shared", shared).Chapter("an existing repository", func(t *testing.T, w *lab.Delivery) {
		require.Equal(t, "QUEUED", w.ExecutionMode())
		w.Arrives()
	})
	lab.Follow(d, "tagged", "acme/tagged").Chapter("a tag", func(t *testing.T, w *lab.Delivery) {
		w.IsIgnored("a filter for tags")
		commit, execution := w.PushTag("v1")
		w.Succeeds(execution)
		w.Runs(w.Image(commit))
	})
	lab.Follow(d, "reviewed-pr", "acme/reviewed").Chapter("a pull request", func(t *testing.T, w *lab.Delivery) {
		execution, why := w.PullRequest("OPEN")
		require.NotEmpty(t, execution, why)
		w.Succeeds(execution)
		service := lab.Follow(d, "reviewed", "")
		require.Equal(t, readback.Bootstrap, service.Running(), "a pull request is not deployed")
		service.RequireNoImages()
		delete(w.Files, "Dockerfile")
		execution, why = w.PullRequest("UPDATED")
		require.NotEmpty(t, execution, why)
		w.Fails(execution, "Build/Image: ")
		execution, _ = w.PullRequest("CLOSED")
		require.Empty(t, execution, "there is nothing to check any more")
	})
	d.RequireStable()
	d.End()
	d.RequireRepository(shared) // the stack has not deleted it
}
