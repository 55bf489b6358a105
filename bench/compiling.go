package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// compilingText is the text of the section. Its parameters are the tables of the builds, the groups and the packages.
const compilingText = "The table shows three builds: `go build ./automation` with an empty build cache, as on the first run; the Pulumi CLI with its\n" +
	"engine from `tools`, which is built only on a machine that has no CLI and cannot download one; and the first build again. All\n" +
	"modules are already downloaded. CPU is the time of all processes on all cores. Memory is the highest resident memory of all\n" +
	"processes together.\n\n" +
	"%s\n" +
	"The next table shows the compiler's part of the first build, by the origin of the packages. Memory is the highest memory of a\n" +
	"single compiler process.\n\n" +
	"%s\n" +
	"The last table shows each package of the AWS SDK for Pulumi.\n\n" +
	"%s"

// compiling builds the command `automation` and the Pulumi CLI with an empty build cache, and then the command again.
func (b *bench) compiling(ctx context.Context) (string, error) {
	env := []string{"GOCACHE=" + filepath.Join(b.scratch, "go-build"), "GOWORK=off"}
	graph, memories := filepath.Join(b.scratch, "actions.json"), filepath.Join(b.scratch, "memories")
	wrap, err := b.toolMemory(ctx, memories)
	if err != nil {
		return "", err
	}
	build := func(dir, output, pkg string, flags ...string) command {
		args := append([]string{"go", "build", "-buildvcs=false", "-o", filepath.Join(b.scratch, output)}, wrap...)
		return command{dir: filepath.Join(b.root, dir), env: env, args: append(append(args, flags...), pkg)}
	}
	ours := build("", "cold", "./automation", "-debug-actiongraph="+graph)
	builds := []struct {
		name string
		command
	}{
		{"the command, empty cache", ours},
		{"the Pulumi CLI after it", build("tools", "pulumi", "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi")},
		{"the command, full cache", build("", "cold", "./automation")},
	}
	var rows [][]string
	var packages []compilation
	var first measurement
	for i, one := range builds {
		m, err := one.run(ctx)
		if err != nil {
			return "", err
		}
		progress("building %s: %s, CPU %s, %s", one.name, seconds(m.wall), seconds(m.cpu), mebibytes(m.memory))
		if i == 0 {
			first = m
			if packages, err = readCompiled(graph, memories); err != nil {
				return "", err
			}
		}
		rows = append(rows, []string{one.name, seconds(m.wall), ratio(m.wall, first.wall), seconds(m.cpu), mebibytes(m.memory)})
	}
	return fmt.Sprintf(compilingText, table([]string{"build", "time", "ratio", "CPU", "memory"}, rows),
		groupTable(packages), packageTable(packages)), nil
}

// toolMemory returns the flag that makes the go command record the memory of the compiler in a file. It returns no flag
// on an operating system other than Linux.
func (b *bench) toolMemory(ctx context.Context, file string) ([]string, error) {
	if runtime.GOOS != "linux" {
		return nil, nil
	}
	tool := filepath.Join(b.scratch, "toolmemory")
	_, err := (command{dir: b.root, args: []string{"go", "build", "-o", tool, "./bench/toolmemory"}}).run(ctx)
	return []string{"-toolexec=" + tool + " " + file}, err
}

// compilation holds the CPU time and memory that the compiler used for a package.
type compilation struct {
	path   string
	cpu    time.Duration
	memory int64 // the highest resident memory, in bytes; 0 = unknown
}

// readCompiled returns the compilation of each package, the slowest first. It reads the file of
// `go build -debug-actiongraph`, and the file of toolmemory if there is one.
func readCompiled(graph, memories string) ([]compilation, error) {
	actions, err := os.ReadFile(graph)
	if err != nil {
		return nil, fmt.Errorf("reading the build's actions: %w", err)
	}
	lines, err := os.ReadFile(memories)
	if err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("reading the compiler's memory: %w", err)
	}
	return compiled(actions, readMemories(string(lines)))
}

// compiled returns the compilation of each package, the slowest first. CmdUser and CmdSys include the compiler and, if
// the package has assembly files, the assembler.
func compiled(actions []byte, memory map[string]int64) ([]compilation, error) {
	var listed []struct {
		Mode, Package   string
		CmdUser, CmdSys time.Duration
	}
	if err := json.Unmarshal(actions, &listed); err != nil {
		return nil, fmt.Errorf("reading the build's actions: %w", err)
	}
	var out []compilation
	for _, a := range listed {
		if cpu := a.CmdUser + a.CmdSys; a.Mode == "build" && cpu > 0 {
			out = append(out, compilation{path: a.Package, cpu: cpu, memory: memory[a.Package]})
		}
	}
	slices.SortFunc(out, func(a, b compilation) int { return int(b.cpu - a.cpu) })
	return out, nil
}

// readMemories returns the highest memory of each package in bytes. Each line has a package and an amount in KiB.
func readMemories(lines string) map[string]int64 {
	highest := map[string]int64{}
	for line := range strings.Lines(lines) {
		path, amount, _ := strings.Cut(strings.TrimSpace(line), " ")
		if kib, err := strconv.ParseInt(amount, 10, 64); err == nil {
			highest[path] = max(highest[path], kib<<10)
		}
	}
	return highest
}

// sdk is the common prefix of the import paths of the AWS SDK for Pulumi.
const sdk = "github.com/pulumi/pulumi-aws/sdk/v"

// The groups without prefixes.
const (
	otherModules    = "other modules"
	standardLibrary = "the standard library"
)

// groups lists the origins of packages in the order of the table. A package belongs to the first group with a matching
// prefix. groupOf knows the packages of the groups without prefixes.
var groups = []struct {
	name     string
	prefixes []string
}{
	{"AWS SDK for Pulumi", []string{sdk}},
	{"awsx, with the Docker packages that it imports", []string{"github.com/pulumi/pulumi-awsx/", "github.com/pulumi/pulumi-docker"}},
	{"Pulumi Automation API", []string{"github.com/pulumi/pulumi/sdk/v3/go/auto"}},
	{"Pulumi SDK", []string{"github.com/pulumi/pulumi/sdk/"}},
	{"AWS SDK for Go", []string{"github.com/aws/"}},
	{"gRPC and protocol buffers", []string{"google.golang.org/"}},
	{"this project", []string{"fargate-cd/"}},
	{otherModules, nil},
	{standardLibrary, nil},
}

// groupOf returns the name of a package's group. Unlike a package of the standard library, a package of a module has a
// dot in the first element of its path.
func groupOf(path string) string {
	for _, g := range groups {
		if slices.ContainsFunc(g.prefixes, func(prefix string) bool { return strings.HasPrefix(path, prefix) }) {
			return g.name
		}
	}
	if host, _, _ := strings.Cut(path, "/"); strings.Contains(host, ".") {
		return otherModules
	}
	return standardLibrary
}

// groupTable returns a table with a row for each group, and a row for their sum.
func groupTable(packages []compilation) string {
	members := map[string][]compilation{}
	for _, p := range packages {
		members[groupOf(p.path)] = append(members[groupOf(p.path)], p)
	}
	var rows [][]string
	for _, g := range groups {
		rows = append(rows, sumRow(g.name, members[g.name], packages))
	}
	rows = append(rows, sumRow("all", packages, packages))
	return table([]string{"packages", "number", "CPU", "share", "memory"}, rows)
}

// sumRow returns the table row of some packages, with their share of the CPU time of all packages.
func sumRow(name string, some, all []compilation) []string {
	var sum, whole time.Duration
	var memory int64
	for _, p := range all {
		whole += p.cpu
	}
	for _, p := range some {
		sum, memory = sum+p.cpu, max(memory, p.memory)
	}
	return []string{name, strconv.Itoa(len(some)), seconds(sum), fmt.Sprintf("%.1f %%", 100*sum.Seconds()/whole.Seconds()), mebibytes(memory)}
}

// packageTable returns a table with a row for each package of the AWS SDK for Pulumi.
func packageTable(packages []compilation) string {
	var rows [][]string
	for _, p := range packages {
		if strings.HasPrefix(p.path, sdk) {
			row := sumRow("`"+p.path[strings.Index(p.path, "/go/")+4:]+"`", []compilation{p}, packages)
			rows = append(rows, slices.Delete(row, 1, 2))
		}
	}
	return table([]string{"package", "CPU", "share", "memory"}, rows)
}
