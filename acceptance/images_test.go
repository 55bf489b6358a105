//go:build acceptance

package acceptance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"fargate-cd/examples/contract"
)

// imageCommit is the commit that the images are told they were built from.
const imageCommit = "89abcdef0123456789abcdef0123456789abcdef"

// TestImages builds every sample's Dockerfile with buildah, which needs no daemon,
// and runs the image as the user and with the command that it names.
func TestImages(t *testing.T) {
	if _, err := exec.LookPath("buildah"); err != nil {
		t.Skip("buildah not installed: apt-get install buildah. The Dockerfiles in examples/ are NOT built")
	}
	tests := []struct {
		folder     string
		prepare    []string // run in the build context first
		baseArg    string   // the build argument that names the base image
		fromBase   bool     // the final image stands on the base too, not on scratch
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
	store := newImageStore(t)
	for _, test := range tests {
		t.Run(test.folder, func(t *testing.T) {
			// A copy: what is built first must not stay in the repository.
			folder := t.TempDir()
			require.NoError(t, os.CopyFS(folder, os.DirFS(filepath.Join("..", "examples", test.folder))))
			if len(test.prepare) > 0 {
				requireImageTool(t, test.prepare[0], "the Dockerfile of examples/"+test.folder+" is NOT built")
				cmd := exec.CommandContext(t.Context(), test.prepare[0], test.prepare[1:]...)
				cmd.Dir = folder
				runImageCommand(t, cmd)
			}
			base := store.base(t, folder, test.baseArg)
			image := "localhost/" + test.folder
			store.run(t, base.with("bud", "--isolation", "chroot", "--tag", image,
				"--build-arg", test.baseArg+"="+base.name, "--build-arg", "COMMIT_HASH="+imageCommit, folder)...)

			config := store.config(t, image)
			require.Equal(t, test.entrypoint, config.Entrypoint)
			require.Empty(t, config.Cmd, "a command of the base must not become an argument")
			require.Equal(t, "65532:65532", config.User)
			require.Contains(t, config.ExposedPorts, "8080/tcp")

			command := test.entrypoint
			if test.fromBase {
				if base.standIn {
					requireImageTool(t, command[0], "the image of examples/"+test.folder+" is built, but NOT run")
				}
				// In this isolation buildah does not look on the image's PATH; env does.
				command = append([]string{"/usr/bin/env"}, command...)
			} else {
				base = imageBase{} // the final image must need nothing of it
			}
			container := strings.TrimSpace(store.run(t, "from", image))
			args := base.with("run", "--isolation", "chroot")
			for _, variable := range contract.Env {
				args = append(args, "--env", variable)
			}
			args = append(append(args, container, "--"), command...)
			contract.Start(t, store.command(t, args...)).RequireAnswers(t, imageCommit)
		})
	}
}

// imageStore is buildah's storage for one test.
type imageStore struct{ root string }

// newImageStore returns an empty store, which the test's end removes.
func newImageStore(t *testing.T) imageStore {
	t.Helper()
	store := imageStore{root: t.TempDir()}
	t.Cleanup(func() {
		// Where buildah runs without root, files of other users are in the store,
		// which only buildah can remove.
		for _, args := range [][]string{{"rm", "--all"}, {"rmi", "--all", "--force"}} {
			cmd := store.commandContext(context.Background(), args...)
			if output, err := cmd.CombinedOutput(); err != nil {
				t.Logf("%s: %v\n%s", cmd, err, output)
			}
		}
	})
	return store
}

// command prepares buildah with args.
func (s imageStore) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	return s.commandContext(ctx, args...)
}

// commandContext prepares buildah with args. The vfs driver works everywhere, also
// inside a container.
func (s imageStore) commandContext(ctx context.Context, args ...string) *exec.Cmd {
	global := []string{
		"--storage-driver", "vfs", "--root", filepath.Join(s.root, "root"), "--runroot", filepath.Join(s.root, "run"),
	}
	cmd := exec.CommandContext(ctx, "buildah", append(global, args...)...)
	// If it were killed, it would leave the processes of its container behind.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = time.Minute
	return cmd
}

// run runs buildah with args and returns its standard output.
func (s imageStore) run(t *testing.T, args ...string) string {
	t.Helper()
	return runImageCommand(t, s.command(t, args...))
}

// imageConfig is the part of an image's configuration that ECS goes by.
type imageConfig struct {
	User         string
	Entrypoint   []string
	Cmd          []string
	ExposedPorts map[string]struct{}
}

// config reads the configuration of image.
func (s imageStore) config(t *testing.T, image string) imageConfig {
	t.Helper()
	var document struct {
		OCIv1 struct{ Config imageConfig }
	}
	require.NoError(t, json.Unmarshal([]byte(s.run(t, "inspect", "--type", "image", image)), &document))
	return document.OCIv1.Config
}

// imageBase is the image that a Dockerfile starts from.
type imageBase struct {
	name    string
	standIn bool
	volumes []string // what buildah must mount for it, source:target:options
}

// with returns buildah's command with the volumes and the other arguments behind it.
func (b imageBase) with(command string, args ...string) []string {
	all := []string{command}
	for _, volume := range b.volumes {
		all = append(all, "--volume", volume)
	}
	return append(all, args...)
}

// base returns the base image that the Dockerfile in folder names as the default of
// the build argument arg. Where that one cannot be pulled, it says so and returns a
// stand-in: an empty image into which this machine's own programs are mounted, so
// that all instructions of the Dockerfile are executed nevertheless.
func (s imageStore) base(t *testing.T, folder, arg string) imageBase {
	t.Helper()
	dockerfile, err := os.ReadFile(filepath.Join(folder, "Dockerfile"))
	require.NoError(t, err)
	match := regexp.MustCompile(`(?m)^ARG ` + arg + `=(\S+)$`).FindSubmatch(dockerfile)
	require.NotNil(t, match, "the Dockerfile has no default for %s", arg)
	name := string(match[1])

	output, err := s.command(t, "pull", name).CombinedOutput()
	if err == nil {
		return imageBase{name: name}
	}
	t.Logf("base image %s CANNOT BE PULLED here, so this Dockerfile is built on a stand-in made of this machine's "+
		"own programs, and the base image itself is NOT tested: %s", name, bytes.TrimSpace(output))
	return s.standIn(t)
}

// standIn returns an empty image with this machine's programs and its Go toolchain
// mounted. They are mounted, not copied: a copy would take hundreds of megabytes.
func (s imageStore) standIn(t *testing.T) imageBase {
	t.Helper()
	const name = "localhost/stand-in"
	folder := t.TempDir()
	// WORKDIR makes /tmp, which the Go toolchain needs.
	const containerfile = `FROM scratch
ENV PATH=/goroot/bin:/usr/local/bin:/usr/bin:/bin HOME=/tmp GOCACHE=/gocache
WORKDIR /tmp
WORKDIR /
`
	require.NoError(t, os.WriteFile(filepath.Join(folder, "Containerfile"), []byte(containerfile), 0o600))
	s.run(t, "bud", "--isolation", "chroot", "--tag", name, folder)

	base := imageBase{name: name, standIn: true}
	// Java of Debian has its settings in /etc.
	for _, path := range []string{"/bin", "/lib", "/lib64", "/usr", "/etc"} {
		if _, err := os.Stat(path); err == nil {
			base.volumes = append(base.volumes, fmt.Sprintf("%s:%s:ro", path, path))
		}
	}
	goEnv := runImageCommand(t, exec.CommandContext(t.Context(), "go", "env", "GOROOT", "GOCACHE"))
	paths := strings.Fields(goEnv)
	require.Len(t, paths, 2)
	base.volumes = append(base.volumes, paths[0]+":/goroot:ro", paths[1]+":/gocache")
	return base
}

// requireImageTool skips the test, saying what is not tested then, if tool is not
// where a stand-in base has it too.
func requireImageTool(t *testing.T, tool, consequence string) {
	t.Helper()
	path, err := exec.LookPath(tool)
	if err != nil || !(strings.HasPrefix(path, "/usr/") || strings.HasPrefix(path, "/bin/")) {
		t.Skipf("%s is not in /usr or /bin: %s", tool, consequence)
	}
}

// runImageCommand runs cmd, which must not fail, and returns its standard output.
func runImageCommand(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	require.NoError(t, cmd.Run(), "%s\n%s%s", cmd, &stdout, &stderr)
	return stdout.String()
}
