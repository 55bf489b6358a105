//go:build acceptance

package acceptance

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestGitHubDelivery has a repository with more in it than the service: only a
// push that changes the service's own files deploys it.
func TestGitHubDelivery(t *testing.T) {
	t.Parallel()
	const file = "examples/s1-test-then-production/Pulumi.s1.yaml" // in a network of one's own, with one service
	d := deploy(t, file, nil)
	configured := d.services()[0].(map[string]any)
	configured["source"] = map[string]any{
		"repository": "acme/everything", "connectionArn": connection, "filePaths": []string{"services/welcomer/**"},
	}
	configured["build"] = map[string]any{"directory": "services/welcomer"}
	d.config["retainRepositories"] = false
	before := inventory(t, d)
	d.up()

	demanded := systems[file]
	s := welcomer(func(s *service) {
		s.priority = "10"
		s.source = source{gitHub: "acme/everything", connection: connection, filePaths: []string{"services/welcomer/**"}}
		s.build.directory = "services/welcomer"
	})
	demanded.services = []service{s}
	t.Run("up", func(t *testing.T) { compare(t, d, demanded) })

	w := follow(d, "welcomer", "acme/everything")
	own := maps.Clone(w.files)
	w.files = map[string]string{"README.md": "everything\n"}
	for name, text := range own {
		w.files["services/welcomer/"+name] = text
	}
	image := w.arrives()

	w.files["README.md"] += "and more\n"
	other := emulator.push(t, push{Region: d.region, Repository: w.repository, Files: w.files})
	for _, each := range other.Pipelines {
		require.Empty(t, each.PipelineExecutionID, "a push that changes README.md only must not start the pipeline")
		require.Contains(t, each.Why, "filePaths", "why the pipeline does not start")
	}
	w.runs(image)

	w.files["services/welcomer/CHANGES"] = "one\n"
	require.NotEqual(t, image, w.arrives(), "a push that changes the service deploys it")
	d.destroy()
	requireNothingLeft(t, d, before, nil)
}
