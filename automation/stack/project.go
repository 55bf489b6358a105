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

// ErrNoStackFile is part of the error of Open and ReadConfiguration if the stack file does not exist.
var ErrNoStackFile = errors.New("no stack file")

// project holds the content of the project's Pulumi.yaml.
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

// defaultPaths sets the directories and the stack file, as absolute paths.
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
		return o, fmt.Errorf("stack %q has %w %s; stacks in %s are: %s",
			o.Stack, ErrNoStackFile, o.ConfigFile, o.Dir, strings.Join(stacksIn(o.Dir), ", "))
	}
	return o, nil
}

// FindProject returns the nearest directory with a Pulumi.yaml: the working directory
// or one of its parents.
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

// usualConfigFile returns the path of the file in which Pulumi itself looks for a
// stack's configuration.
func usualConfigFile(dir, stack string) string {
	return filepath.Join(dir, "Pulumi."+stack[strings.LastIndex(stack, "/")+1:]+".yaml")
}

// stacksIn returns the names of the stacks that have a stack file in dir.
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

// writeProject writes copies of Pulumi.yaml and the stack file for a local backend
// into workDir, and returns the stack file. Pulumi writes an encryption salt into
// the stack file, so it must not get the user's own file.
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

// providerDefaults returns the AWS provider's configuration in a local place. Values
// of the stack file take precedence.
func providerDefaults(place Place) map[string]any {
	defaults := map[string]any{"aws:region": defaultRegion}
	if place == Endpoint {
		// An emulator has only one host name, which cannot contain a bucket's name,
		// and it has no instance metadata.
		defaults["aws:s3UsePathStyle"] = true
		defaults["aws:skipMetadataApiCheck"] = true
		defaults["aws:skipCredentialsValidation"] = true
	}
	return defaults
}

// replaceFile writes a temporary file and renames it, so that another run of the same
// stack never reads an incomplete file.
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
