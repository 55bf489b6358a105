//go:build acceptance

package acceptance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// buildspec is what of a buildspec decides how its commands run ("Build
// specification reference", CodeBuild User Guide).
type buildspec struct {
	Version string
	Env     struct {
		Shell          string
		SecretsManager map[string]string `yaml:"secrets-manager"`
	}
	Phases    map[string]phase
	Artifacts struct{ Files []string }
	Cache     struct{ Paths []string }
}

type phase struct {
	OnFailure string `yaml:"on-failure"`
	Commands  []string
}

// execution is what came of a build.
type execution struct {
	status    int
	output    string
	calls     [][]string // of aws, docker and mvn, with their arguments
	artifacts map[string]string
	cache     []string
}

// fakeDigest is that of every image in the fake registry.
const fakeDigest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

// fakeTool stands for aws, docker and mvn: it writes down its arguments, and
// answers as the real one does as far as buildspecs go. An image is in the
// registry once it was pushed. Variables make it fail:
//
//	FAKE_FAILS         calls that begin so fail
//	FAKE_IMAGE_EXISTS  the image is there already
//	FAKE_PUSH_LOST     a push succeeds, but leaves no image
//	FAKE_DIGEST        what is told as the image's digest
//	FAKE_TASK_SETS     how many task sets the service has when it is asked for the first time
//	FAKE_BOOTSTRAP     the running revision's label with the bootstrap image
const fakeTool = `#!/bin/bash
name=$(basename "$0") call="$(basename "$0") $*"
# The right side of a pipe runs along with the left one: it writes down its call when that has ended.
[[ $call != *--password-stdin* ]] || password=$(cat)
(IFS=$'\x1f'; printf '%s\n' "$name$IFS$*" >> "$FAKE_LOG")
if [[ -n $FAKE_FAILS && $call == "$FAKE_FAILS"* ]]; then echo "$call: refused" >&2; exit 1; fi
case "$call" in
  "aws ecr get-login-password") echo a-password ;;
  "docker login "*--password-stdin*) [[ -n $password ]] || { echo "docker login: no password" >&2; exit 1; } ;;
  "docker build "*) [[ -n $COMMIT_HASH ]] || exit 1 ;;
  "docker push "*) [[ -n $FAKE_PUSH_LOST ]] || touch "$FAKE_LOG.pushed" ;;
  "aws ecr describe-images "*)
    [[ -n $FAKE_IMAGE_EXISTS || -e $FAKE_LOG.pushed ]] || { echo ImageNotFoundException >&2; exit 254; }
    echo "${FAKE_DIGEST-` + fakeDigest + `}" ;;
  "aws ecs describe-services "*length*) [[ -e $FAKE_LOG.waited ]] && echo 1 || { touch "$FAKE_LOG.waited"; echo "${FAKE_TASK_SETS-1}"; } ;;
  "sleep "*) ;;
  "aws ecs describe-services "*) echo "arn:aws:ecs:region:account:task-definition/family:1" ;;
  "aws ecs describe-task-definition "*dockerLabels*) echo "${FAKE_BOOTSTRAP-None}" ;;
  "aws ecs describe-task-definition "*) echo running ;;
  "mvn "*) mkdir -p target && echo "a jar" > target/server.jar ;;
  *) echo "$call: unknown to the test" >&2; exit 2 ;;
esac
`

// secretOf is the value of a JSON key in every secret.
func secretOf(key string) string { return "the-" + key }

// execute runs a project's buildspec as CodeBuild runs it behind a pipeline: one
// bash for all commands; a command that fails ends its phase, and the build too
// unless the phase says CONTINUE, which is the default for the phase build only;
// artifacts are uploaded if the build has succeeded, and each pattern must match.
func execute(t *testing.T, project types.Project, s service, environ map[string]string) execution {
	t.Helper()
	var spec buildspec
	require.NoError(t, yaml.Unmarshal([]byte(aws.ToString(project.Source.Buildspec)), &spec), "buildspec of %s", *project.Name)
	require.Equal(t, "0.2", spec.Version)
	require.Equal(t, "bash", spec.Env.Shell, "the commands are written for bash; CodeBuild's own default is sh")

	tools, sources := t.TempDir(), t.TempDir()
	if folder := environ["FAKE_SOURCES"]; folder != "" {
		require.NoError(t, os.CopyFS(sources, os.DirFS(folder)))
	}
	for _, name := range []string{"aws", "docker", "mvn", "sleep"} {
		require.NoError(t, os.WriteFile(filepath.Join(tools, name), []byte(fakeTool), 0o700))
	}
	log := filepath.Join(tools, "log")
	command := exec.CommandContext(t.Context(), "bash", "-c", spec.script(t))
	command.Dir = sources
	command.Env = spec.environment(t, project, s)
	command.Env = append(command.Env, "PATH="+tools+":"+os.Getenv("PATH"), "HOME="+tools, "FAKE_LOG="+log, "COMMIT_HASH="+commitOfBuild)
	for name, value := range environ {
		command.Env = append(command.Env, name+"="+value)
	}
	output, err := command.CombinedOutput()
	if err != nil {
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit, "running the buildspec of %s", *project.Name)
	}
	run := execution{status: command.ProcessState.ExitCode(), output: string(output), calls: calls(t, log), cache: spec.Cache.Paths}
	if run.status == 0 {
		run.artifacts = collect(t, sources, spec.Artifacts.Files)
	}
	return run
}

// script is the build as one script. A phase is a loop of one turn, which a
// command that fails breaks off; one that exits ends the build.
func (b buildspec) script(t *testing.T) string {
	t.Helper()
	var script strings.Builder
	script.WriteString("failed=0\n")
	order := []string{"install", "pre_build", "build", "post_build"}
	for name := range b.Phases {
		require.Contains(t, order, name, "phases of a buildspec")
	}
	for _, name := range order {
		script.WriteString("while :; do # " + name + "\n")
		for _, text := range b.Phases[name].Commands {
			script.WriteString(text + "\n[ $? -eq 0 ] || { failed=1; break; }\n")
		}
		script.WriteString("break; done\n")
		onFailure := b.Phases[name].OnFailure
		if onFailure == "ABORT" || onFailure == "" && name != "build" {
			script.WriteString("[ $failed -eq 0 ] || exit 1\n")
		}
	}
	script.WriteString("exit $failed\n")
	return script.String()
}

// environment is what the project and the buildspec set.
func (b buildspec) environment(t *testing.T, project types.Project, s service) []string {
	t.Helper()
	var all []string
	for _, variable := range project.Environment.EnvironmentVariables {
		all = append(all, aws.ToString(variable.Name)+"="+aws.ToString(variable.Value))
	}
	for name, from := range b.Env.SecretsManager {
		key, ok := strings.CutPrefix(from, s.build.dockerHub+":")
		require.True(t, ok && s.build.dockerHub != "", "variable %s comes from the secret %s, but the service's is %q", name, from, s.build.dockerHub)
		all = append(all, name+"="+secretOf(key))
	}
	return all
}

// calls reads the fake tools' log.
func calls(t *testing.T, log string) [][]string {
	t.Helper()
	text, err := os.ReadFile(log)
	if os.IsNotExist(err) {
		return nil
	}
	require.NoError(t, err)
	var all [][]string
	for line := range strings.Lines(string(text)) {
		all = append(all, strings.Split(strings.TrimSuffix(line, "\n"), "\x1f"))
	}
	return all
}

// collect reads the files that a buildspec names as artifacts.
func collect(t *testing.T, folder string, patterns []string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, pattern := range patterns {
		paths, err := filepath.Glob(filepath.Join(folder, pattern))
		require.NoError(t, err)
		require.NotEmpty(t, paths, "no file matches the artifact %s", pattern)
		for _, path := range paths {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			name, err := filepath.Rel(folder, path)
			require.NoError(t, err)
			found[filepath.ToSlash(name)] = string(text)
		}
	}
	return found
}

// variable is the value of a project's environment variable.
func variable(project types.Project, name string) string {
	i := slices.IndexFunc(project.Environment.EnvironmentVariables, func(v types.EnvironmentVariable) bool { return *v.Name == name })
	if i < 0 {
		return fmt.Sprintf("(the project has no variable %s)", name)
	}
	return aws.ToString(project.Environment.EnvironmentVariables[i].Value)
}
