package main

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"fargate-cd/automation/cli"
)

// machine describes the machine that runs the benchmark. A field is "unknown" if /proc
// does not have its value.
type machine struct {
	Processor string
	Cores     int
	Memory    string
	System    string
	Load      string // the load average of the minute before the run
}

func readMachine() machine {
	return machine{
		Processor: matchInFile("/proc/cpuinfo", `(?m)^model name\s*: (.*)$`),
		Cores:     runtime.NumCPU(),
		Memory:    matchInFile("/proc/meminfo", `(?m)^MemTotal:\s*(.*)$`),
		System:    runtime.GOOS + "/" + runtime.GOARCH,
		Load:      matchInFile("/proc/loadavg", `^(\S+)`),
	}
}

// Busy reports whether other processes used the machine before the run: a load of more
// than half the cores.
func (m machine) Busy() bool {
	load, err := strconv.ParseFloat(m.Load, 64)
	return err == nil && load > float64(m.Cores)/2
}

// matchInFile returns the text that the pattern's first group matches in a file, or "unknown".
func matchInFile(file, pattern string) string {
	content, err := os.ReadFile(file)
	if err != nil {
		return "unknown"
	}
	match := regexp.MustCompile(pattern).FindSubmatch(content)
	if match == nil {
		return "unknown"
	}
	return string(match[1])
}

// version is the name of a tool and its version.
type version struct{ Tool, Version string }

// versions returns the versions of the measured tools. It downloads or builds the Pulumi
// CLI if there is none, so that no measurement includes that time.
func (b *bench) versions(ctx context.Context) ([]version, error) {
	pulumi, err := cli.Find(ctx, os.Stderr)
	if err != nil {
		return nil, err
	}
	return []version{
		{"fargate-cd", firstLineOf(ctx, b.root, "git", "describe", "--always", "--dirty")},
		{"Go", strings.TrimPrefix(runtime.Version(), "go")},
		{"Pulumi", pulumi.Version().String()},
		{plugin, firstLineOf(ctx, b.root, plugin, "-version")},
		{"Terraform", terraformVersion(ctx, b.root)},
	}, nil
}

// firstLineOf returns the first line of a tool's output, or "not found" if the tool fails.
func firstLineOf(ctx context.Context, dir, name string, args ...string) string {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		return "not found"
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return line
}

// terraformVersions is the output of `terraform version -json`.
type terraformVersions struct {
	Terraform string            `json:"terraform_version"`
	Providers map[string]string `json:"provider_selections"` // by address, after `terraform init`
}

func readTerraformVersions(ctx context.Context, dir string) (v terraformVersions, err error) {
	cmd := exec.CommandContext(ctx, "terraform", "version", "-json")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		return v, err
	}
	return v, json.Unmarshal(out, &v)
}

func terraformVersion(ctx context.Context, dir string) string {
	v, err := readTerraformVersions(ctx, dir)
	if err != nil {
		return "not found"
	}
	return v.Terraform
}

// providerVersion returns the version of the only provider of an initialized Terraform
// configuration, or "unknown".
func providerVersion(ctx context.Context, dir string) string {
	v, err := readTerraformVersions(ctx, dir)
	if err != nil || len(v.Providers) != 1 {
		return "unknown"
	}
	return slices.Collect(maps.Values(v.Providers))[0]
}
