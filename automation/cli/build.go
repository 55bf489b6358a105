package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
)

const (
	// module is the repository's module path; its go.mod marks the root.
	module = "fargate-cd"
	// toolsDir is the tools module's directory in the repository.
	toolsDir = "tools"
	// cliPackage is the CLI's main package.
	cliPackage = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
	// versionVariable is the variable with the version that `pulumi version` prints;
	// the build sets it.
	versionVariable = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
	// outputKept is the number of last output lines in the error of a failed build.
	outputKept = 20
)

// builder obtains the CLI by building it from the tools module.
type builder struct{}

func (builder) obtain(ctx context.Context, dir string, progress io.Writer) error {
	goCommand, err := exec.LookPath("go")
	if err != nil {
		return fmt.Errorf("building the Pulumi CLI: the go command is not on PATH: %w", err)
	}
	tools, err := findTools()
	if err != nil {
		return fmt.Errorf("building the Pulumi CLI: %w", err)
	}
	fmt.Fprintf(progress, "Building the Pulumi CLI %s from %s. This happens only once and takes some minutes.\n", Version, tools)

	var count buildCount
	done := tick(ctx, tickEvery, tickEvery, func(elapsed time.Duration) {
		fmt.Fprintf(progress, "Building the Pulumi CLI: %s, %s.\n", elapsed, count.String())
	})
	defer done()
	cmd := exec.CommandContext(ctx, goCommand, "build", "-v", "-buildvcs=false",
		"-ldflags", "-s -w -X "+versionVariable+"="+Version,
		"-o", filepath.Join(dir, "bin", binary), cliPackage)
	cmd.Dir = tools
	cmd.Env = append(os.Environ(), "GOWORK=off") // The tools module is not part of a workspace.
	cmd.Cancel = func() error { return interrupt(cmd.Process) }
	cmd.WaitDelay = 10 * time.Second
	return runBuild(cmd, &count)
}

// runBuild runs the go command and updates count from its output.
func runBuild(cmd *exec.Cmd, count *buildCount) error {
	output, err := cmd.StderrPipe()
	if err != nil {
		return fmt.Errorf("building the Pulumi CLI: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("building the Pulumi CLI: %w", err)
	}
	var last []string
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		count.add(lines.Text())
		last = append(last, lines.Text())
		last = last[max(0, len(last)-outputKept):]
	}
	if err := errors.Join(cmd.Wait(), lines.Err()); err != nil {
		return fmt.Errorf("building the Pulumi CLI in %s: %w: %s", cmd.Dir, err, strings.Join(last, "\n"))
	}
	return nil
}

// buildCount counts the modules that a build has downloaded and the packages that
// it has compiled, from the go command's output.
type buildCount struct{ modules, packages atomic.Int32 }

// add counts one line of output: `go: downloading MODULE VERSION`, or a package's
// path.
func (c *buildCount) add(line string) {
	switch {
	case strings.HasPrefix(line, "go: downloading "):
		c.modules.Add(1)
	case line != "" && !strings.ContainsAny(line, " #:"):
		c.packages.Add(1)
	}
}

// String describes the progress of the build. The total is not known beforehand,
// because only packages that are not in Go's build cache are compiled.
func (c *buildCount) String() string {
	modules, packages := c.modules.Load(), c.packages.Load()
	if packages == 0 && modules > 0 {
		return fmt.Sprintf("%d modules downloaded", modules)
	}
	return fmt.Sprintf("%d packages compiled (of at most about %d)", packages, cliPackages)
}

// cliPackages is the number of packages of the CLI with the standard library, from
// `go list -deps` in the tools module.
const cliPackages = 1650

// findTools returns the directory of the repository's tools module. It searches the
// working directory and its parents.
func findTools() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		content, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && moduleName(string(content)) == module {
			tools := filepath.Join(dir, toolsDir)
			if _, err := os.Stat(filepath.Join(tools, "go.mod")); err != nil {
				return "", fmt.Errorf("the repository at %s has no %s/go.mod: %w; clone the whole repository", dir, toolsDir, err)
			}
			return tools, nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("neither %s nor a directory above it is the repository of module %s; run this from inside a clone",
				start, module)
		}
	}
}

// moduleName returns the module path in a go.mod file.
func moduleName(goMod string) string {
	for line := range strings.Lines(goMod) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "module "); ok {
			return strings.TrimSpace(name)
		}
	}
	return ""
}
