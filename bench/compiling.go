package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// compilingText takes the table of builds, the number of packages, the number of
// cores, and the table of packages.
const compilingText = "`go build ./automation` with an empty build cache, as on the first run, and again with everything in it. Modules are\n" +
	"downloaded already.\n\n%s\n" +
	"Of this, the packages of the AWS SDK for Pulumi, each with its share in the time of all %d packages. Packages are compiled\n" +
	"side by side, on %d cores here: the sum is more than the build took.\n\n%s"

// compiling builds the command with an empty build cache.
func (b *bench) compiling(ctx context.Context) (string, error) {
	cache, graph := filepath.Join(b.scratch, "go-build"), filepath.Join(b.scratch, "actions.json")
	build := command{
		dir: b.root, env: []string{"GOCACHE=" + cache},
		args: []string{"go", "build", "-o", filepath.Join(b.scratch, "cold"), "-debug-actiongraph=" + graph, "./automation"},
	}
	cold, err := build.run(ctx)
	if err != nil {
		return "", err
	}
	progress("cold build: %s, %s", seconds(cold.wall), mebibytes(cold.memory))
	content, err := os.ReadFile(graph)
	if err != nil {
		return "", fmt.Errorf("reading the build's actions: %w", err)
	}
	packages, err := compiled(content)
	if err != nil {
		return "", err
	}
	warm, err := build.run(ctx)
	if err != nil {
		return "", err
	}
	builds := table([]string{"build cache", "time", "ratio", "memory"}, [][]string{
		{"empty", seconds(cold.wall), "1", mebibytes(cold.memory)},
		{"full", seconds(warm.wall), ratio(warm.wall, cold.wall), mebibytes(warm.memory)},
	})
	return fmt.Sprintf(compilingText, builds, len(packages), cores(), packageTable(packages)), nil
}

// compilation is how long a package took to compile.
type compilation struct {
	path string
	time time.Duration
}

// compiled reads from the actions of `go build -debug-actiongraph` how long each
// package took, the longest first. CmdReal is the time of the compiler and, where
// a package has any, of the assembler.
func compiled(actions []byte) ([]compilation, error) {
	var listed []struct {
		Mode, Package string
		CmdReal       time.Duration
	}
	if err := json.Unmarshal(actions, &listed); err != nil {
		return nil, fmt.Errorf("reading the build's actions: %w", err)
	}
	var out []compilation
	for _, a := range listed {
		if a.Mode == "build" && a.CmdReal > 0 {
			out = append(out, compilation{path: a.Package, time: a.CmdReal})
		}
	}
	slices.SortFunc(out, func(a, b compilation) int { return int(b.time - a.time) })
	return out, nil
}

// sdk is what the import paths of the AWS SDK for Pulumi begin with.
const sdk = "github.com/pulumi/pulumi-aws/sdk/v"

// packageTable has a row for each package of the SDK, and their sum.
func packageTable(packages []compilation) string {
	var all, sum time.Duration
	for _, p := range packages {
		all += p.time
	}
	share := func(d time.Duration) string { return fmt.Sprintf("%.1f %%", 100*d.Seconds()/all.Seconds()) }
	var rows [][]string
	for _, p := range packages {
		if strings.HasPrefix(p.path, sdk) {
			rows = append(rows, []string{"`" + p.path[strings.Index(p.path, "/go/")+4:] + "`", seconds(p.time), share(p.time)})
			sum += p.time
		}
	}
	rows = append(rows, []string{"all " + strconv.Itoa(len(rows)), seconds(sum), share(sum)})
	return table([]string{"package", "time", "share"}, rows)
}
