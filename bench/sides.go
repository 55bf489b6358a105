package main

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"fargate-cd/automation/stack"
)

const (
	example         = "examples/s4-manual-reroute/Pulumi.s4.yaml"
	terraformFolder = "bench/s4-terraform"
)

// side is fargate-cd or Terraform in the comparison.
type side struct {
	dir string
	env []string
	// unchanged returns an error if a command's output shows that it has changed resources.
	unchanged func(output string) error
}

// domainLines matches the lines of the example that need a hosted zone, which the emulator does
// not have. Without these lines the example uses HTTP, like the Terraform configuration.
var domainLines = regexp.MustCompile(`(?m)^ *fargate-cd:(domainName|hostedZoneId):.*\n`)

// prepareOurs creates a project with a stack. The stack has the example's configuration,
// with another name of the service and without a domain name.
func (b *bench) prepareOurs(name string) (side, error) {
	s := side{dir: filepath.Join(b.scratch, "ours"), unchanged: oursUnchanged}
	project, err := os.ReadFile(filepath.Join(b.root, "Pulumi.yaml"))
	if err != nil {
		return s, fmt.Errorf("reading the project: %w", err)
	}
	configuration, err := os.ReadFile(filepath.Join(b.root, filepath.FromSlash(example)))
	if err != nil {
		return s, fmt.Errorf("reading the example: %w", err)
	}
	renamed := strings.ReplaceAll(domainLines.ReplaceAllString(string(configuration), ""), "webserver", "web-"+name)
	return s, writeFiles(s.dir, map[string]string{"Pulumi.yaml": string(project), "Pulumi." + name + ".yaml": renamed})
}

// prepareTerraform copies the Terraform configuration, zips its deployment files, and
// installs its provider.
func (b *bench) prepareTerraform(ctx context.Context) (side, error) {
	s := side{dir: filepath.Join(b.scratch, "terraform"), env: []string{"CHECKPOINT_DISABLE=1"}, unchanged: terraformUnchanged}
	if err := os.CopyFS(s.dir, os.DirFS(filepath.Join(b.root, filepath.FromSlash(terraformFolder)))); err != nil {
		return s, fmt.Errorf("copying %s: %w", terraformFolder, err)
	}
	if err := pack(filepath.Join(s.dir, "deployment")); err != nil {
		return s, fmt.Errorf("packing the deployment files: %w", err)
	}
	if _, err := s.do(ctx, []string{"terraform", "init", "-no-color", "-input=false"}, false); err != nil {
		return s, fmt.Errorf("%w: Terraform's AWS provider: %w", errMissing, err)
	}
	return s, nil
}

// pack writes the files of a folder into a zip file beside it.
func pack(folder string) error {
	file, err := os.Create(folder + ".zip")
	if err != nil {
		return err
	}
	archive := zip.NewWriter(file)
	return errors.Join(archive.AddFS(os.DirFS(folder)), archive.Close(), file.Close())
}

// do runs a command. If unchanged is true, a command that changes resources is an error.
func (s side) do(ctx context.Context, args []string, unchanged bool) (measurement, error) {
	c := command{dir: s.dir, env: s.env, args: args}
	m, err := c.run(ctx)
	if err == nil && unchanged {
		err = s.unchanged(m.output)
	}
	if err != nil {
		return m, fmt.Errorf("%s: %w", c, err)
	}
	return m, nil
}

// errChanged is the error of a command that must not change resources, but does.
var errChanged = errors.New("the command changes resources, although the configuration has not changed")

func oursUnchanged(output string) error {
	var result stack.Result
	if err := json.Unmarshal([]byte(output), &result); err != nil {
		return fmt.Errorf("reading the result: %w", err)
	}
	if result.Changes.Any() > 0 {
		return errChanged
	}
	return nil
}

func terraformUnchanged(output string) error {
	if strings.Contains(output, "No changes.") || strings.Contains(output, "Resources: 0 added, 0 changed, 0 destroyed") {
		return nil
	}
	return errChanged
}

// oursCreated returns the number of resources that an `up` has created, or "?".
func oursCreated(output string) string {
	var result stack.Result
	if err := json.Unmarshal([]byte(output), &result); err != nil {
		return "?"
	}
	return strconv.Itoa(result.Changes.Create)
}

var addedPattern = regexp.MustCompile(`Resources: (\d+) added`)

// terraformCreated returns the number of resources that a `terraform apply` has created, or "?".
func terraformCreated(output string) string {
	if match := addedPattern.FindStringSubmatch(output); match != nil {
		return match[1]
	}
	return "?"
}
