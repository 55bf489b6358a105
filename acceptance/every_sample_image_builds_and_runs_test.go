//go:build acceptance

package acceptance

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
	"fargate-cd/examples/contract"
)

// imageCommit is the commit id that the image builds get.
const imageCommit = "89abcdef0123456789abcdef0123456789abcdef"

// TestImages builds the Dockerfile of every sample with buildah, which needs no daemon.
// It runs each image with the image's own user and command.
func TestImages(t *testing.T) {
	if _, err := exec.LookPath("buildah"); err != nil {
		t.Skip("buildah not installed: apt-get install buildah. The Dockerfiles in examples/ are NOT built")
	}
	tests := []struct {
		folder     string
		prepare    []string // a command that runs in the build context first
		baseArg    string   // the build argument that names the base image
		fromBase   bool     // the final image is based on the base image too, not on scratch
		entrypoint []string
	}{
		{folder: "app", baseArg: "BUILDER", entrypoint: []string{"/server"}},
		{
			folder: "s2-maven/app", baseArg: "BASE_IMAGE", fromBase: true,
			prepare:    []string{"mvn", "-B", "-q", "-Dstyle.color=never", "package"},
			entrypoint: []string{"java", "-XX:-UsePerfData", "-jar", "/app/server.jar"},
		},
		{
			folder: "s3-node/app", baseArg: "BASE_IMAGE", fromBase: true,
			entrypoint: []string{"node", "server.js"},
		},
	}
	store := lab.NewImageStore(t)
	for _, test := range tests {
		t.Run(test.folder, func(t *testing.T) {
			// Work on a copy, so that prepare and the build leave no files in the repository.
			folder := t.TempDir()
			require.NoError(t, os.CopyFS(folder, os.DirFS(filepath.Join(lab.Root, "examples", test.folder))))
			if len(test.prepare) > 0 {
				lab.RequireImageTool(t, test.prepare[0], "the Dockerfile of examples/"+test.folder+" is NOT built")
				cmd := exec.CommandContext(t.Context(), test.prepare[0], test.prepare[1:]...)
				cmd.Dir = folder
				lab.RunImageCommand(t, cmd)
			}
			base := store.Base(t, folder, test.baseArg)
			image := "localhost/" + test.folder
			store.Run(t, base.With("bud", "--isolation", "chroot", "--tag", image,
				"--build-arg", test.baseArg+"="+base.Name, "--build-arg", "COMMIT_HASH="+imageCommit, folder)...)

			config := store.Config(t, image)
			require.Equal(t, test.entrypoint, config.Entrypoint)
			require.Empty(t, config.Cmd, "the command of the base image must not become an argument")
			require.Equal(t, "65532:65532", config.User)
			require.Contains(t, config.ExposedPorts, "8080/tcp")

			command := test.entrypoint
			if test.fromBase {
				if base.StandIn {
					lab.RequireImageTool(t, command[0], "the image of examples/"+test.folder+" is built, but NOT run")
				}
				// With this isolation buildah does not search the image's PATH; env does.
				command = append([]string{"/usr/bin/env"}, command...)
			} else {
				base = lab.ImageBase{} // the final image must not need it
			}
			container := strings.TrimSpace(store.Run(t, "from", image))
			args := base.With("run", "--isolation", "chroot")
			for _, variable := range contract.Env {
				args = append(args, "--env", variable)
			}
			args = append(append(args, container, "--"), command...)
			contract.Start(t, store.Command(t, args...)).RequireAnswers(t, imageCommit)
		})
	}
}
