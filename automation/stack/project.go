package stack

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

const projectFile = "Pulumi.yaml"

// project is what the runner needs of Pulumi.yaml.
type project struct {
	name    string
	content []byte
}

func loadProject(dir string) (project, error) {
	path := filepath.Join(dir, projectFile)
	content, err := os.ReadFile(path)
	if err != nil {
		return project{}, fmt.Errorf("reading the project: %w", err)
	}
	var settings struct {
		Name string `yaml:"name"`
	}
	if err := yaml.Unmarshal(content, &settings); err != nil {
		return project{}, fmt.Errorf("reading the project %s: %w", path, err)
	}
	if settings.Name == "" {
		return project{}, fmt.Errorf("reading the project %s: it has no name", path)
	}
	return project{name: settings.Name, content: content}, nil
}

// defaultPaths fills in the directories and the stack file, all absolute.
func (o Options) defaultPaths() (Options, error) {
	var err error
	if o.Dir == "" {
		if o.Dir, err = FindProject(); err != nil {
			return o, err
		}
	}
	if o.StateDir == "" {
		o.StateDir = filepath.Join(o.Dir, map[Place]string{Sandbox: ".sandbox", Endpoint: ".emulator"}[o.Place])
	}
	if o.ConfigFile == "" {
		o.ConfigFile = usualConfigFile(o.Dir, o.Stack)
	}
	for _, path := range []*string{&o.Dir, &o.StateDir, &o.ConfigFile} {
		if *path, err = filepath.Abs(*path); err != nil {
			return o, fmt.Errorf("opening a stack: %w", err)
		}
	}
	if _, err := os.Stat(o.ConfigFile); err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			return o, fmt.Errorf("reading the stack file: %w", err)
		}
		return o, fmt.Errorf("stack %q has no stack file %s; stacks in %s are: %s",
			o.Stack, o.ConfigFile, o.Dir, strings.Join(stacksIn(o.Dir), ", "))
	}
	return o, nil
}

// FindProject returns the nearest directory with a Pulumi.yaml, from the working
// directory upwards.
func FindProject() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("looking for the project: %w", err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, projectFile)); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("looking for the project: neither %s nor a directory above it has a %s; run this from inside a clone",
				start, projectFile)
		}
	}
}

// usualConfigFile is where Pulumi itself looks for a stack's configuration.
func usualConfigFile(dir, stack string) string {
	return filepath.Join(dir, "Pulumi."+stack[strings.LastIndex(stack, "/")+1:]+".yaml")
}

// stacksIn lists the stacks that dir has a stack file for.
func stacksIn(dir string) []string {
	files, err := filepath.Glob(usualConfigFile(dir, "*"))
	if err != nil || len(files) == 0 {
		return []string{"none"}
	}
	var names []string
	for _, file := range files {
		name := strings.TrimPrefix(filepath.Base(file), "Pulumi.")
		names = append(names, strings.TrimSuffix(name, ".yaml"))
	}
	slices.Sort(names)
	return names
}

// writeProject puts copies of Pulumi.yaml and the stack file into workDir, made
// for a local backend, and returns the latter. The user's own files are never
// written to: Pulumi would put an encryption salt there.
func writeProject(o Options, p project, workDir string) (stackFile, error) {
	content, err := localProject(p.content)
	if err != nil {
		return stackFile{}, fmt.Errorf("reading %s: %w", filepath.Join(o.Dir, projectFile), err)
	}
	if err := replaceFile(filepath.Join(workDir, projectFile), content); err != nil {
		return stackFile{}, err
	}

	copied := usualConfigFile(workDir, o.Stack)
	previous, err := os.ReadFile(copied)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return stackFile{}, fmt.Errorf("reading the previous run's stack file: %w", err)
	}
	file, err := readStackFile(o.ConfigFile)
	if err != nil {
		return stackFile{}, err
	}
	for _, note := range file.makeLocal() {
		fmt.Fprintf(o.Progress, "%s: %s.\n", filepath.Base(o.ConfigFile), note)
	}
	file.keepSalt(previous)
	file.setDefaults(providerDefaults(o.Place))
	if err := file.override(p.name, o.Config); err != nil {
		return stackFile{}, fmt.Errorf("overriding the configuration: %w", err)
	}
	content, err = file.bytes()
	if err != nil {
		return stackFile{}, fmt.Errorf("writing the stack file's copy: %w", err)
	}
	return file, replaceFile(copied, content)
}

func readStackFile(path string) (stackFile, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return stackFile{}, fmt.Errorf("reading the stack file: %w", err)
	}
	file, err := parseStackFile(content)
	if err != nil {
		return stackFile{}, fmt.Errorf("reading the stack file %s: %w", path, err)
	}
	return file, nil
}

// providerDefaults is the AWS provider's configuration in a local place, where
// the stack file does not say otherwise.
func providerDefaults(place Place) map[string]any {
	defaults := map[string]any{"aws:region": defaultRegion}
	if place == Endpoint {
		// An emulator is one host, so a bucket cannot be part of its name; and it
		// has no instance metadata to ask.
		defaults["aws:s3UsePathStyle"] = true
		defaults["aws:skipMetadataApiCheck"] = true
		defaults["aws:skipCredentialsValidation"] = true
	}
	return defaults
}

// replaceFile writes a file all at once, so that a run of the same stack at the
// same time never reads half of it.
func replaceFile(path string, content []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), ".writing-")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.Write(content)
	if err := errors.Join(err, temporary.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	if err := os.Rename(temporary.Name(), path); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}
