//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
	"fargate-cd/acceptance/internal/readback"
)

// TestOnlyAPushThatChangesTheServiceDeploysIt deploys a service from a GitHub repository that also contains other
// files. Only a push that changes the service's files deploys the service.
func TestOnlyAPushThatChangesTheServiceDeploysIt(t *testing.T) {
	t.Parallel()
	const file = "examples/s1-test-then-production/Pulumi.s1.yaml" // one service in an existing network
	const repository, directory = "acme/everything", "services/welcomer"
	filePaths := []string{directory + "/**"}
	d := lab.NewStack(t, file, map[string]any{"retainRepositories": false}).Alone()
	configured := d.Services()[0]
	configured["source"] = map[string]any{
		"repository": repository, "connectionArn": readback.Connection, "filePaths": filePaths,
	}
	configured["build"] = map[string]any{"directory": directory}
	d.Up()

	system := readback.Systems[file]
	system.Services = []readback.Service{readback.Welcomer(func(s *readback.Service) {
		s.Priority = "10"
		s.Source = readback.Source{GitHub: repository, Connection: readback.Connection, FilePaths: filePaths}
		s.Build.Directory = directory
	})}
	t.Run("up", func(t *testing.T) { readback.Compare(t, d, system) })

	w := lab.Follow(d, "welcomer", repository)
	own := w.Files
	w.Files = map[string]string{"README.md": "everything\n"}
	for name, text := range own {
		w.Files[directory+"/"+name] = text
	}
	image := w.Arrives()

	w.Files["README.md"] += "and more\n"
	w.IsIgnored("filePaths")
	w.Runs(image)

	w.Files[directory+"/CHANGES"] = "one\n"
	require.NotEqual(t, image, w.Arrives(), "a push that changes the service deploys it")
	d.End()
}
