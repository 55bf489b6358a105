// Package buildtest runs the buildspecs of CodeBuild projects with bash and fake tools.
package buildtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// buildspec holds the fields of a buildspec that determine how its commands run ("Build
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

// Project holds the fields of a CodeBuild project that determine how its commands run.
type Project struct {
	Name, Buildspec string
	Variables       map[string]string // its environment variables
}

// Build is the result of a build.
type Build struct {
	Status    int // the exit status; 0 if the build succeeds
	Output    string
	Calls     [][]string        // each call of a fake tool: its name and arguments
	Artifacts map[string]string // by path
	Cache     []string          // the path patterns that the buildspec caches
}

// The commit, the pipeline execution and the name of the pipeline that a build receives.
const (
	CommitOfBuild    = "0123456789abcdef0123456789abcdef01234567"
	ExecutionOfBuild = "01234567-89ab-cdef-0123-456789abcdef"
	PipelineOfBuild  = "service-0abcdef"
)

// FakeDigest is the digest of every image in the fake registry, and of the index of an
// image with attestations. FakeImageDigest is the digest of the image in such an index.
const (
	FakeDigest      = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	FakeImageDigest = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

// fakeTool is the script that replaces aws, docker, go, mvn and sleep. It logs its
// arguments, and prints the output of the real tool if a buildspec reads it. After a push
// the image is in the registry. Environment variables change what the script does:
//
//	FAKE_FAILS         calls that begin with this text fail
//	FAKE_IMAGE_EXISTS  the image exists before the push
//	FAKE_PUSH_LOST     a push succeeds, but the image does not exist after it
//	FAKE_DIGEST        the digest of the image
//	FAKE_INDEX         the image is an index with attestations
//	FAKE_IMAGE_DIGEST  the digests of the images in the index
//	FAKE_CACHE_BROKEN  the layer cache cannot be read or written
//	FAKE_SCAN          the result of the image scan: a status such as COMPLETE, and the numbers of findings
//	FAKE_SCAN_LATER    the first query for the scan fails with ScanNotFoundException
//	FAKE_FINDINGS      the findings of the scan, one per line
//	FAKE_TASK_SETS     the number of task sets that the first call returns
//	FAKE_BOOTSTRAP     the running revision's label with the bootstrap image
const fakeTool = `#!/bin/bash
name=$(basename "$0") call="$(basename "$0") $*"
# Both sides of a pipe run at once: the right one logs its call after the left one has ended.
[[ $call != *--password-stdin* ]] || password=$(cat)
(IFS=$'\x1f'; printf '%s\n' "$name$IFS$*" >> "$FAKE_LOG")
if [[ -n $FAKE_FAILS && $call == "$FAKE_FAILS"* ]]; then echo "$call: refused" >&2; exit 1; fi
case "$call" in
  "aws ecr get-login-password") echo a-password ;;
  "docker login "*--password-stdin*) [[ -n $password ]] || { echo "docker login: no password" >&2; exit 1; } ;;
  "docker build "*) [[ -n $COMMIT_HASH ]] || exit 1 ;;
  "docker push "*) [[ -n $FAKE_PUSH_LOST ]] || touch "$FAKE_LOG.pushed" ;;
  "docker buildx create --name cached --driver docker-container --bootstrap"*)
    touch "$FAKE_LOG.builder"
    [[ ! $call =~ --buildkitd-config\ ([^ ]+) ]] || cat "${BASH_REMATCH[1]}" ;;
  "docker pull --quiet "*) ;;
  "docker buildx build --builder cached "*)
    [[ -n $COMMIT_HASH && -e $FAKE_LOG.builder ]] || exit 1
    [[ $call == *--push* ]] || exit 0
    # Only a failed export of a cache fails a build, unless its errors are ignored.
    [[ -z $FAKE_CACHE_BROKEN || $call != *--cache-to* || $call == *ignore-error=true* ]] || exit 1
    [[ -n $FAKE_CACHE_BROKEN || ! $call =~ dest=([^,]+) ]] || { mkdir -p "${BASH_REMATCH[1]}" && touch "${BASH_REMATCH[1]}/index.json"; }
    [[ $call == *--provenance=false* && $call != *--sbom=true* ]] || touch "$FAKE_LOG.index"
    [[ -n $FAKE_PUSH_LOST ]] || touch "$FAKE_LOG.pushed" ;;
  "docker buildx imagetools inspect "*) echo "${FAKE_IMAGE_DIGEST-` + FakeImageDigest + `}" ;;
  "aws ecr describe-images "*)
    [[ -n $FAKE_IMAGE_EXISTS || -e $FAKE_LOG.pushed ]] || { echo ImageNotFoundException >&2; exit 254; }
    [[ $call != *imageManifestMediaType* ]] || {
      [[ -n $FAKE_INDEX || -e $FAKE_LOG.index ]] && echo application/vnd.oci.image.index.v1+json ||
        echo application/vnd.docker.distribution.manifest.v2+json
      exit
    }
    echo "${FAKE_DIGEST-` + FakeDigest + `}" ;;
  "aws ecr describe-image-scan-findings "*--no-paginate*)
    [[ -z $FAKE_SCAN_LATER || -e $FAKE_LOG.asked ]] || { touch "$FAKE_LOG.asked"; echo ScanNotFoundException >&2; exit 254; }
    printf '%s\n' "${FAKE_SCAN-COMPLETE	None}" ;;
  "aws ecr describe-image-scan-findings "*) printf '%s' "$FAKE_FINDINGS" ;;
  "aws ecs describe-services "*length*) [[ -e $FAKE_LOG.waited ]] && echo 1 || { touch "$FAKE_LOG.waited"; echo "${FAKE_TASK_SETS-1}"; } ;;
  "sleep "*) ;;
  "aws ecs describe-services "*) echo "arn:aws:ecs:region:account:task-definition/family:1" ;;
  "aws ecs describe-task-definition "*dockerLabels*) echo "${FAKE_BOOTSTRAP-None}" ;;
  "aws ecs describe-task-definition "*) echo running ;;
  "go "*) ;;
  "mvn "*) mkdir -p target && echo "a jar" > target/server.jar ;;
  *) echo "$call: not known to the test" >&2; exit 2 ;;
esac
`

// SecretValue returns the value of a JSON key in every secret.
func SecretValue(key string) string { return "the-" + key }

// AfterConfigurationChange returns the variables of a build in an execution that a change of the configuration has
// started. The second input artifact then contains a marker file.
func AfterConfigurationChange(t *testing.T) map[string]string {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "configuration-change"), nil, 0o600))
	return map[string]string{"CODEBUILD_SRC_DIR_Deployment": folder}
}

// Run runs a project's buildspec as CodeBuild runs it in a pipeline. One bash process
// runs all commands. A command that fails ends its phase. It also ends the build,
// unless the phase's on-failure is CONTINUE, which is the default for the phase build
// only. A successful build uploads artifacts, and each pattern must match a file.
//
// secret is the ARN of the only secret that the build may read; "" for none.
// environ changes what the fake tools do (see fakeTool); FAKE_SOURCES is the
// directory with the sources.
func Run(t *testing.T, project Project, secret string, environ map[string]string) Build {
	t.Helper()
	var spec buildspec
	require.NoError(t, yaml.Unmarshal([]byte(project.Buildspec), &spec), "buildspec of %s", project.Name)
	require.Equal(t, "0.2", spec.Version)
	require.Equal(t, "bash", spec.Env.Shell, "the commands are written for bash; CodeBuild's default is sh")

	tools, sources := t.TempDir(), t.TempDir()
	if folder := environ["FAKE_SOURCES"]; folder != "" {
		require.NoError(t, os.CopyFS(sources, os.DirFS(folder)))
	}
	for _, name := range []string{"aws", "docker", "go", "mvn", "sleep"} {
		require.NoError(t, os.WriteFile(filepath.Join(tools, name), []byte(fakeTool), 0o700))
	}
	log := filepath.Join(tools, "log")
	command := exec.CommandContext(t.Context(), "bash", "-c", spec.script(t))
	command.Dir = sources
	command.Env = spec.environment(t, project, secret)
	command.Env = append(command.Env, "PATH="+tools+":"+os.Getenv("PATH"), "HOME="+tools, "FAKE_LOG="+log,
		"CODEBUILD_INITIATOR=codepipeline/"+PipelineOfBuild, "COMMIT_HASH="+CommitOfBuild, "PIPELINE_EXECUTION_ID="+ExecutionOfBuild)
	for name, value := range environ {
		command.Env = append(command.Env, name+"="+value)
	}
	output, err := command.CombinedOutput()
	if err != nil {
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit, "running the buildspec of %s", project.Name)
	}
	run := Build{Status: command.ProcessState.ExitCode(), Output: string(output), Calls: calls(t, log), Cache: spec.Cache.Paths}
	if run.Status == 0 {
		run.Artifacts = collect(t, sources, spec.Artifacts.Files)
	}
	return run
}

// script returns the build as one script. Each phase is a loop that runs once. A failed
// command breaks out of the loop, and a command that calls exit ends the build.
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

// environment returns the variables that the project and the buildspec set.
func (b buildspec) environment(t *testing.T, project Project, secret string) []string {
	t.Helper()
	var all []string
	for name, value := range project.Variables {
		all = append(all, name+"="+value)
	}
	for name, from := range b.Env.SecretsManager {
		key, ok := strings.CutPrefix(from, secret+":")
		require.True(t, ok && secret != "", "variable %s comes from the secret %s, but the service's secret is %q", name, from, secret)
		all = append(all, name+"="+SecretValue(key))
	}
	return all
}

// calls returns the calls in the log of the fake tools.
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

// collect returns the contents of the files that match the artifact patterns, by path.
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
