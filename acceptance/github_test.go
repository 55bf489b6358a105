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

// TestGitHubConfiguration has a repository with more in it than the service,
// which CodeDeploy deploys: a change of the configuration starts the pipeline
// although no file of the service changes, and deploys the image that runs.
func TestGitHubConfiguration(t *testing.T) {
	t.Parallel()
	d := deploy(t, "examples/s1-test-then-production/Pulumi.s1.yaml", nil)
	configured := d.services()[0].(map[string]any)
	configured["source"] = map[string]any{
		"repository": "acme/configured", "connectionArn": connection, "filePaths": []string{"src/**", "Dockerfile"},
	}
	configured["deployment"] = map[string]any{"strategy": "ECSAllAtOnce"}
	d.config["retainRepositories"] = false
	before := inventory(t, d)
	d.up()

	w := follow(d, "welcomer", "acme/configured")
	w.files["src/main"] = "one\n"
	image := w.arrives()
	w.files["README.md"] = "everything\n"
	other := emulator.push(t, push{Region: d.region, Repository: w.repository, Files: w.files})
	require.Empty(t, other.Pipelines[0].PipelineExecutionID, "a push that changes README.md only must not start the pipeline")

	w.resize("512", "1024")
	w.changes()
	w.runs(image)
	require.Equal(t, "512", *w.revision().Cpu, "CPU after the change of the configuration")
	requireUnchanged(t, d)
	d.destroy()
	requireNothingLeft(t, d, before, nil)
}
