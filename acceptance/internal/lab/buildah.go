//go:build acceptance

package lab

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
)

// ImageStore is buildah's storage for one test.
type ImageStore struct{ root string }

// NewImageStore returns an empty store. The end of the test deletes it.
func NewImageStore(t *testing.T) ImageStore {
	t.Helper()
	store := ImageStore{root: t.TempDir()}
	t.Cleanup(func() {
		// If buildah runs without root, the store has files of other users, which
		// only buildah can delete.
		for _, args := range [][]string{{"rm", "--all"}, {"rmi", "--all", "--force"}} {
			cmd := store.commandContext(context.Background(), args...)
			if output, err := cmd.CombinedOutput(); err != nil {
				t.Logf("%s: %v\n%s", cmd, err, output)
			}
		}
	})
	return store
}

// Command returns a command that runs buildah with args, for five minutes at most.
func (s ImageStore) Command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	return s.commandContext(ctx, args...)
}

// commandContext returns a command that runs buildah with args. The vfs driver works
// everywhere, even in a container.
func (s ImageStore) commandContext(ctx context.Context, args ...string) *exec.Cmd {
	global := []string{
		"--storage-driver", "vfs", "--root", filepath.Join(s.root, "root"), "--runroot", filepath.Join(s.root, "run"),
	}
	cmd := exec.CommandContext(ctx, "buildah", append(global, args...)...)
	// SIGTERM instead of SIGKILL: after a kill, the processes of buildah's container would continue.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = time.Minute
	return cmd
}

// Run runs buildah with args and returns its standard output.
func (s ImageStore) Run(t *testing.T, args ...string) string {
	t.Helper()
	return RunImageCommand(t, s.Command(t, args...))
}

// ImageConfig is the part of an image's configuration that ECS uses.
type ImageConfig struct {
	User         string
	Entrypoint   []string
	Cmd          []string
	ExposedPorts map[string]struct{}
}

// Config reads the configuration of an image.
func (s ImageStore) Config(t *testing.T, image string) ImageConfig {
	t.Helper()
	var document struct {
		OCIv1 struct{ Config ImageConfig }
	}
	require.NoError(t, json.Unmarshal([]byte(s.Run(t, "inspect", "--type", "image", image)), &document))
	return document.OCIv1.Config
}

// ImageBase is the base image of a Dockerfile.
type ImageBase struct {
	Name    string
	StandIn bool // an image with this machine's programs replaces the real one

	volumes []string // the volumes that buildah must mount, as source:target or source:target:options
}

// With returns the arguments of buildah: the command, the options for the volumes, and args.
func (b ImageBase) With(command string, args ...string) []string {
	all := []string{command}
	for _, volume := range b.volumes {
		all = append(all, "--volume", volume)
	}
	return append(all, args...)
}

// Base returns the base image of the Dockerfile in folder, which is the default of
// the build argument arg. If it cannot be pulled, Base logs that and returns a
// stand-in: an empty image with this machine's programs mounted. All instructions of
// the Dockerfile can run on it too.
func (s ImageStore) Base(t *testing.T, folder, arg string) ImageBase {
	t.Helper()
	dockerfile, err := os.ReadFile(filepath.Join(folder, "Dockerfile"))
	require.NoError(t, err)
	match := regexp.MustCompile(`(?m)^ARG ` + arg + `=(\S+)$`).FindSubmatch(dockerfile)
	require.NotNil(t, match, "the Dockerfile has no default for %s", arg)
	name := string(match[1])

	output, err := s.Command(t, "pull", name).CombinedOutput()
	if err == nil {
		return ImageBase{Name: name}
	}
	t.Logf("base image %s CANNOT BE PULLED here, so this Dockerfile is built on a stand-in with this machine's "+
		"programs, and the base image itself is NOT tested: %s", name, bytes.TrimSpace(output))
	return s.standIn(t)
}

// standIn returns an empty image with this machine's programs and its Go toolchain
// mounted. A copy would need hundreds of megabytes.
func (s ImageStore) standIn(t *testing.T) ImageBase {
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
	s.Run(t, "bud", "--isolation", "chroot", "--tag", name, folder)

	base := ImageBase{Name: name, StandIn: true}
	// Debian's Java has its settings in /etc.
	for _, path := range []string{"/bin", "/lib", "/lib64", "/usr", "/etc"} {
		if _, err := os.Stat(path); err == nil {
			base.volumes = append(base.volumes, fmt.Sprintf("%s:%s:ro", path, path))
		}
	}
	goEnv := RunImageCommand(t, exec.CommandContext(t.Context(), "go", "env", "GOROOT", "GOCACHE"))
	paths := strings.Fields(goEnv)
	require.Len(t, paths, 2)
	base.volumes = append(base.volumes, paths[0]+":/goroot:ro", paths[1]+":/gocache")
	return base
}

// RequireImageTool skips the test if a tool is not in a directory that a stand-in base
// mounts. The message contains consequence, which says what is not tested.
func RequireImageTool(t *testing.T, tool, consequence string) {
	t.Helper()
	path, err := exec.LookPath(tool)
	if err != nil || !(strings.HasPrefix(path, "/usr/") || strings.HasPrefix(path, "/bin/")) {
		t.Skipf("%s is not in /usr or /bin: %s", tool, consequence)
	}
}

// RunImageCommand runs a command, which must succeed, and returns its standard output.
func RunImageCommand(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	require.NoError(t, cmd.Run(), "%s\n%s%s", cmd, &stdout, &stderr)
	return stdout.String()
}
