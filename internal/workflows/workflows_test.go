// Package workflows tests the repository's GitHub workflows: their permissions and their shell scripts. Fake programs
// replace those that need a network.
package workflows

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

const repository = "../.."

// workflow holds the fields of a workflow that the tests read.
type workflow struct {
	On          map[string]any    `yaml:"on"`
	Permissions map[string]string `yaml:"permissions"`
	Jobs        map[string]struct {
		If          string            `yaml:"if"`
		Permissions map[string]string `yaml:"permissions"`
		Environment string            `yaml:"environment"`
		Needs       string            `yaml:"needs"`
		Concurrency struct {
			Group            string `yaml:"group"`
			CancelInProgress bool   `yaml:"cancel-in-progress"`
		} `yaml:"concurrency"`
		Steps []step `yaml:"steps"`
	} `yaml:"jobs"`
}

type step struct {
	Name string            `yaml:"name"`
	Uses string            `yaml:"uses"`
	Run  string            `yaml:"run"`
	With map[string]any    `yaml:"with"`
	Env  map[string]string `yaml:"env"`
}

func load(t *testing.T, name string) workflow {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(repository, ".github", "workflows", name))
	require.NoError(t, err)
	var w workflow
	require.NoError(t, yaml.Unmarshal(content, &w))
	require.NotEmpty(t, w.Jobs)
	return w
}

// script returns the shell script of a step.
func (w workflow) script(t *testing.T, job, name string) string {
	t.Helper()
	for _, s := range w.Jobs[job].Steps {
		if s.Name == name {
			return s.Run
		}
	}
	require.Fail(t, "no step", "%s of job %s", name, job)
	return ""
}

var pinned = regexp.MustCompile(`^[\w.-]+/[\w.-]+@[0-9a-f]{40}$`)

// A job that runs code of a pull request has no write permission except id-token, and no workflow uses a stored secret.
// A job without permissions gets those of its workflow, and without these it may get all. The text write-all is no map, so
// load fails.
func TestRights(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(repository, ".github", "workflows", "*.yml"))
	require.NoError(t, err)
	require.Len(t, files, 4)
	for _, file := range files {
		name := filepath.Base(file)
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NotContains(t, string(content), "secrets.", name)
		require.NotContains(t, string(content), "pull_request_target", name)
		w := load(t, name)
		require.NotNil(t, w.Permissions, "%s has no permissions", name)
		for scope, right := range w.Permissions {
			require.Equal(t, "read", right, "%s: a job that needs %s sets it itself", name, scope)
		}
		for job, j := range w.Jobs {
			checksOut := false
			for _, s := range j.Steps {
				if s.Uses != "" {
					require.Regexp(t, pinned, s.Uses, "%s, job %s", name, job)
				}
				if strings.HasPrefix(s.Uses, "actions/checkout@") {
					checksOut = true
					require.Equal(t, false, s.With["persist-credentials"], "%s, job %s", name, job)
				}
				require.NotContains(t, s.Run, "${{", "%s, job %s: a value from outside is data, not shell", name, job)
			}
			for scope, right := range j.Permissions {
				if right == "write" && scope != "id-token" {
					require.Equal(t, "preview-comment.yml", name, "%s: %s", job, scope)
					require.False(t, checksOut, "a job that may comment has no code of a pull request")
				}
			}
		}
	}
	preview := load(t, "preview.yml")
	require.Contains(t, preview.On, "pull_request")
	require.Equal(t, map[string]string{"contents": "read"}, preview.Jobs["sandbox"].Permissions)
	require.Equal(t, map[string]string{"contents": "read", "id-token": "write"}, preview.Jobs["aws"].Permissions)
	require.Equal(t, map[string]string{"actions": "read", "pull-requests": "write"}, load(t, "preview-comment.yml").Jobs["comment"].Permissions)
}

// buildCommand is a fake go that only builds: a program that logs its call and its process.
const buildCommand = logCall + `
[[ $1 == build && $2 == -o ]]
printf '#!/usr/bin/env bash\necho "$(basename "$0") $* in $$" >>"$CALLS"\n' >"$3"
chmod +x "$3"`

// The prod job runs after the test job, in a GitHub environment that can require an approval. A new push cancels no
// update of a stack. The command replaces the shell of its step, because GitHub interrupts only that process.
func TestDeploy(t *testing.T) {
	w := load(t, "deploy.yml")
	require.Equal(t, map[string]any{"push": map[string]any{"branches": []any{"main"}}}, w.On)
	require.Equal(t, "test", w.Jobs["prod"].Needs)
	for _, stack := range []string{"test", "prod"} {
		job := w.Jobs[stack]
		require.Equal(t, stack, job.Environment)
		require.Equal(t, "stack-"+stack, job.Concurrency.Group)
		require.False(t, job.Concurrency.CancelInProgress)
		last := job.Steps[len(job.Steps)-1]
		require.Equal(t, stack, last.Env["STACK"])
		temp := t.TempDir()
		calls := (&shell{
			script: `echo "shell in $$" >>"$CALLS"` + "\n" + last.Run, env: []string{"STACK=" + stack, "RUNNER_TEMP=" + temp},
			tools: map[string]string{"go": buildCommand},
		}).run(t)
		first, calls, _ := strings.Cut(calls, "\n")
		require.Equal(t, "go build -o "+temp+"/automation ./automation\n"+
			"automation up --stack "+stack+strings.TrimPrefix(first, "shell")+"\n", calls)
	}
}

// shell runs the script of a step with fake programs.
type shell struct {
	script string
	dir    string
	env    []string
	tools  map[string]string // the scripts of the fake programs, by program name
	stdout string
}

// logCall is a fake program that only logs its name and arguments.
const logCall = `echo "$(basename "$0") $*" >>"$CALLS"`

// run runs the script and returns the calls of the fake programs. It uses GitHub's options of bash.
func (s *shell) run(t *testing.T) string {
	t.Helper()
	bin := t.TempDir()
	for name, content := range s.tools {
		require.NoError(t, os.WriteFile(filepath.Join(bin, name), []byte("#!/usr/bin/env bash\nset -euo pipefail\n"+content+"\n"), 0o755))
	}
	if s.dir == "" {
		s.dir = t.TempDir()
	}
	calls := filepath.Join(bin, "calls")
	require.NoError(t, os.WriteFile(calls, nil, 0o644))
	cmd := exec.CommandContext(t.Context(), "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", s.script)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), append(s.env, "CALLS="+calls, "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	require.NoError(t, cmd.Run(), "%s%s", stdout.String(), stderr.String())
	s.stdout = stdout.String()
	content, err := os.ReadFile(calls)
	require.NoError(t, err)
	return string(content)
}

// gitRepository creates a repository with two commits. The first adds the files in before. The second writes the files
// in change, and removes those with empty content.
func gitRepository(t *testing.T, before, change map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	git := func(args ...string) {
		cmd := exec.CommandContext(t.Context(), "git", append([]string{"-c", "user.name=test", "-c", "user.email=test@example.com"}, args...)...)
		cmd.Dir = dir
		output, err := cmd.CombinedOutput()
		require.NoError(t, err, string(output))
	}
	write := func(files map[string]string) {
		for name, content := range files {
			path := filepath.Join(dir, name)
			if content == "" {
				require.NoError(t, os.Remove(path))
				continue
			}
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
			require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
		}
	}
	git("init", "--quiet")
	write(before)
	git("add", "--all")
	git("commit", "--quiet", "--message", "before")
	write(change)
	git("add", "--all")
	git("commit", "--quiet", "--message", "after")
	return dir
}

var project = map[string]string{
	"main.go": "a", "program/program.go": "a", "program/program_test.go": "a", "README.md": "a", "Pulumi.yaml": "a",
	"Pulumi.test.yaml": "a", "Pulumi.prod.yaml": "a", "examples/s1/Pulumi.s1.yaml": "a",
}

func TestWhichStackFilesAreAffected(t *testing.T) {
	for name, test := range map[string]struct {
		change       map[string]string
		credentials  bool
		aws, sandbox string
		limit        string
	}{
		"code":                   {change: map[string]string{"program/program.go": "b"}, aws: "[]", sandbox: "prod test s1", limit: "21333"},
		"code, with credentials": {change: map[string]string{"program/program.go": "b"}, credentials: true, aws: "prod test", sandbox: "s1", limit: "21333"},
		"a test":                 {change: map[string]string{"program/program_test.go": "b"}, aws: "[]", sandbox: "[]", limit: "64000"},
		"a document":             {change: map[string]string{"README.md": "b"}, credentials: true, aws: "[]", sandbox: "[]", limit: "64000"},
		"a stack file":           {change: map[string]string{"Pulumi.prod.yaml": "b"}, credentials: true, aws: "prod", sandbox: "[]", limit: "64000"},
		"without credentials":    {change: map[string]string{"Pulumi.prod.yaml": "b"}, aws: "[]", sandbox: "prod", limit: "64000"},
		"a new stack file":       {change: map[string]string{"Pulumi.dev.yaml": "b"}, credentials: true, aws: "[]", sandbox: "dev", limit: "64000"},
		"a removed stack file":   {change: map[string]string{"Pulumi.test.yaml": ""}, credentials: true, aws: "[]", sandbox: "[]", limit: "64000"},
		"an example":             {change: map[string]string{"examples/s1/Pulumi.s1.yaml": "b"}, credentials: true, aws: "[]", sandbox: "s1", limit: "64000"},
		"the project's file":     {change: map[string]string{"Pulumi.yaml": "b"}, credentials: true, aws: "prod test", sandbox: "s1", limit: "21333"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := affected(t, project, test.change, test.credentials)
			require.Equal(t, test.aws, stackNames(t, got["aws"]))
			require.Equal(t, test.sandbox, stackNames(t, got["sandbox"]))
			require.Equal(t, test.limit, got["limit"])
		})
	}
}

// affected runs the search for the stack files that a change can affect. It returns the outputs of the step, and with the
// key removed the text on removed stack files.
func affected(t *testing.T, before, change map[string]string, credentials bool) map[string]string {
	t.Helper()
	output := filepath.Join(t.TempDir(), "output")
	s := shell{
		script: load(t, "preview.yml").script(t, "stacks", "Find the stack files that the change can affect"),
		dir:    gitRepository(t, before, change),
		env:    []string{fmt.Sprintf("CREDENTIALS=%t", credentials), "GITHUB_OUTPUT=" + output},
	}
	s.run(t)
	content, err := os.ReadFile(output)
	require.NoError(t, err)
	got := map[string]string{}
	for line := range strings.Lines(string(content)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		got[key] = value
	}
	removed, err := os.ReadFile(filepath.Join(s.dir, "preview.md"))
	if !errors.Is(err, os.ErrNotExist) {
		require.NoError(t, err)
		got["removed"] = string(removed)
	}
	return got
}

// The guests of a changed host are previewed in the sandbox, because the environment in the account does not have the
// change yet.
func TestGuestsOfAChangedHostAreAffected(t *testing.T) {
	const guest = "config:\n  fargate-cd:environment: { stack: platform }\n"
	before := map[string]string{"main.go": "a"}
	for _, folder := range []string{"", "examples/shared/"} {
		before[folder+"Pulumi.platform.yaml"] = "config:\n  fargate-cd:environment: { loadBalancers: [public] }\n"
		before[folder+"Pulumi.orders.yaml"] = guest
		before[folder+"Pulumi.alone.yaml"] = "config: {}\n"
	}
	for name, test := range map[string]struct {
		change       map[string]string
		aws, sandbox string
	}{
		"the host":              {map[string]string{"Pulumi.platform.yaml": "b"}, "platform", "orders"},
		"the host and a guest":  {map[string]string{"Pulumi.platform.yaml": "b", "Pulumi.orders.yaml": guest + "# b"}, "platform", "orders"},
		"the host and the code": {map[string]string{"Pulumi.platform.yaml": "b", "main.go": "b"}, "alone platform", "orders alone orders platform"},
		"a guest":               {map[string]string{"Pulumi.orders.yaml": guest + "# b"}, "orders", "[]"},
		"the code":              {map[string]string{"main.go": "b"}, "alone orders platform", "alone orders platform"},
		"a host in a folder":    {map[string]string{"examples/shared/Pulumi.platform.yaml": "b"}, "[]", "orders platform"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := affected(t, before, test.change, true)
			require.Equal(t, test.aws, stackNames(t, got["aws"]))
			require.Equal(t, test.sandbox, stackNames(t, got["sandbox"]))
		})
	}
}

// A stack whose file is removed, or renamed, stays up. The comment says so.
func TestRemovedStackFiles(t *testing.T) {
	const text = "`Pulumi.test.yaml` is removed. The stack `test` and its resources stay: destroy it before the merge, while it has a stack file.\n\n"
	for name, test := range map[string]struct {
		change map[string]string
		want   string
	}{
		"removed":    {map[string]string{"Pulumi.test.yaml": ""}, text},
		"renamed":    {map[string]string{"Pulumi.test.yaml": "", "Pulumi.dev.yaml": "a"}, text},
		"changed":    {map[string]string{"Pulumi.test.yaml": "b"}, ""},
		"an example": {map[string]string{"examples/s1/Pulumi.s1.yaml": ""}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, affected(t, project, test.change, true)["removed"])
		})
	}
}

// Two jobs find the host of a stack file in the same way.
func TestOneWayToFindTheHost(t *testing.T) {
	w := load(t, "preview.yml")
	function := regexp.MustCompile(`(?ms)^host\(\) \{.*?^\}$`)
	find := function.FindString(w.script(t, "stacks", "Find the stack files that the change can affect"))
	require.NotEmpty(t, find)
	require.Equal(t, find, function.FindString(w.script(t, "sandbox", "Preview in the sandbox")))
}

// stackNames returns the names of a matrix's stacks, or "[]" for an empty matrix, as the conditions of the jobs expect.
func stackNames(t *testing.T, matrix string) string {
	t.Helper()
	if matrix == "[]" {
		return matrix
	}
	var items []struct{ Stack, File string }
	require.NoError(t, json.Unmarshal([]byte(matrix), &items))
	var names []string
	for _, item := range items {
		require.Contains(t, item.File, "Pulumi."+item.Stack+".yaml")
		names = append(names, item.Stack)
	}
	return strings.Join(names, " ")
}

// The job brings up the stack of the base branch in the sandbox, and then previews the pull request's stack in the same
// account.
func TestPreviewInTheSandbox(t *testing.T) {
	w := load(t, "preview.yml")
	script := w.script(t, "sandbox", "Preview in the sandbox")
	const fake = logCall + `
if [[ $* == *" up "* ]]; then mkdir .sandbox; cp Pulumi.test.yaml .sandbox/account; fi
if [[ $* == *" preview "* ]]; then cat .sandbox/account Pulumi.test.yaml >preview.md; fi`
	dir := gitRepository(t, map[string]string{"Pulumi.test.yaml": "before "}, map[string]string{"Pulumi.test.yaml": "after"})
	calls := (&shell{script: script, dir: dir, env: []string{"STACK=test", "FILE=Pulumi.test.yaml", "LIMIT=9000"}, tools: map[string]string{"go": fake}}).run(t)
	require.Equal(t, "go run ./automation up --stack test --config-file Pulumi.test.yaml --sandbox\n"+
		"go run ./automation preview --stack test --config-file Pulumi.test.yaml --sandbox --markdown preview.md --markdown-limit 9000\n", calls)
	content, err := os.ReadFile(filepath.Join(dir, "preview.md"))
	require.NoError(t, err)
	require.Equal(t, "before after", string(content))

	dir = gitRepository(t, map[string]string{"README.md": "a"}, map[string]string{"Pulumi.dev.yaml": "new"})
	calls = (&shell{script: script, dir: dir, env: []string{"STACK=dev", "FILE=Pulumi.dev.yaml", "LIMIT=9000"}, tools: map[string]string{"go": logCall}}).run(t)
	require.NotContains(t, calls, " up ", "a new stack file has nothing before")
}

// A stack that uses another stack's environment needs that stack first, both before and after the change.
func TestPreviewOfAGuestInTheSandbox(t *testing.T) {
	script := load(t, "preview.yml").script(t, "sandbox", "Preview in the sandbox")
	for name, environment := range map[string]string{
		"block": "  fargate-cd:environment:\n    stack: platform\n", "flow": "  fargate-cd:environment: { stack: \"platform\" }\n",
	} {
		t.Run(name, func(t *testing.T) {
			guest := "config:\n" + environment + "  fargate-cd:services:\n    - name: web\n      release: { stack: other }\n"
			dir := gitRepository(t, map[string]string{"a/Pulumi.web.yaml": guest}, map[string]string{"a/Pulumi.web.yaml": guest + "# new\n"})
			calls := (&shell{script: script, dir: dir, env: []string{"STACK=web", "FILE=a/Pulumi.web.yaml", "LIMIT=9000"}, tools: map[string]string{
				"go": logCall + "\nmkdir -p .sandbox",
			}}).run(t)
			const host = "go run ./automation up --stack platform --config-file a/Pulumi.platform.yaml --sandbox\n"
			require.Equal(t, host+"go run ./automation up --stack web --config-file a/Pulumi.web.yaml --sandbox\n"+host+
				"go run ./automation preview --stack web --config-file a/Pulumi.web.yaml --sandbox --markdown preview.md --markdown-limit 9000\n", calls)
		})
	}
}

func TestPreviewInAWS(t *testing.T) {
	script := load(t, "preview.yml").script(t, "aws", "Preview")
	calls := (&shell{script: script, env: []string{"STACK=prod", "LIMIT=9000"}, tools: map[string]string{"go": logCall}}).run(t)
	require.Equal(t, "go run ./automation preview --stack prod --markdown preview.md --markdown-limit 9000\n", calls)
}

// gh is a fake of GitHub's CLI. It prints the responses of the test case, and logs its calls. It selects the comment with
// the script's own filter.
const gh = logCall + `
case "$*" in
*"/pulls "*) echo "$PULL" ;;
*"--paginate"*) jq -r "${@: -1}" <<<"$COMMENTS" ;;
"run download"*)
  [[ -n $PREVIEWS ]] || exit 1
  for stack in $PREVIEWS; do mkdir -p "previews/preview-$stack"; echo "## Preview of $stack" >"previews/preview-$stack/preview.md"; done ;;
*"--method P"*) ;;
*) echo "unexpected call: $*" >&2; exit 1 ;;
esac`

// Only a run that a newer one has replaced, or that has not begun, gets no comment. GitHub evaluates the condition, so the
// test can only compare its text.
func TestRunsWithoutAComment(t *testing.T) {
	require.Equal(t, `github.event.workflow_run.event == 'pull_request' && `+
		`!contains(fromJSON('["cancelled", "action_required"]'), github.event.workflow_run.conclusion)`,
		load(t, "preview-comment.yml").Jobs["comment"].If)
}

func TestComment(t *testing.T) {
	const before = `[
		{"id": 40, "user": {"login": "someone"}, "body": "<!-- preview of the stacks -->\nCommit"},
		{"id": 41, "user": {"login": "github-actions[bot]"}, "body": "<!-- preview of the stacks -->\nCommit"},
		{"id": 42, "user": {"login": "github-actions[bot]"}, "body": "of another workflow"}]`
	script := load(t, "preview-comment.yml").script(t, "comment", "Comment")
	for name, test := range map[string]struct {
		pull, comments, previews, conclusion string
		write                                string   // part of the call that writes the comment; "" for none
		body                                 []string // in order
		not                                  string
	}{
		"the first comment": {
			pull: "7", previews: "prod test", conclusion: "success", write: "--method POST repos/acme/web/issues/7/comments",
			body: []string{
				"<!-- preview of the stacks -->\nCommit 0123abcd, previewed as merged into the base branch ([run](https://example.com/1)).",
				"## Preview of prod", "## Preview of test",
			},
			not: "WARNING",
		},
		"the second updates it": {
			pull: "7", comments: before, previews: "test", conclusion: "success", write: "--method PATCH repos/acme/web/issues/comments/41 ",
			body: []string{"## Preview of test"},
		},
		"a failure is told": {
			pull: "7", conclusion: "failure", write: "--method POST repos/acme/web/issues/7/comments", body: []string{"The run did not succeed"},
		},
		"nothing is affected":         {pull: "7", conclusion: "success"},
		"nothing is affected anymore": {pull: "7", comments: before, conclusion: "success", write: "comments/41 ", body: []string{"The change affects no stack file."}},
		"an older push":               {previews: "test", conclusion: "success"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := shell{
				script: script, dir: t.TempDir(), tools: map[string]string{"gh": gh},
				env: []string{
					"GH_REPO=acme/web", "RUN_ID=1", "RUN_URL=https://example.com/1", "HEAD_SHA=0123abcd", "HEAD=fork:main",
					"CONCLUSION=" + test.conclusion, "PULL=" + test.pull, "COMMENTS=" + cmp.Or(test.comments, "[]"), "PREVIEWS=" + test.previews,
				},
			}
			calls := s.run(t)
			if test.write == "" {
				require.NotContains(t, calls, "--method P")
				return
			}
			require.Contains(t, calls, test.write)
			require.Equal(t, 1, strings.Count(calls, "--input body.json"), "one comment")
			content, err := os.ReadFile(filepath.Join(s.dir, "body.json"))
			require.NoError(t, err)
			var body struct{ Body string }
			require.NoError(t, json.Unmarshal(content, &body))
			at := 0
			for _, text := range test.body {
				found := strings.Index(body.Body[at:], text)
				require.GreaterOrEqual(t, found, 0, "%s in %s", text, body.Body)
				at += found
			}
			if test.not != "" {
				require.NotContains(t, body.Body, test.not)
			}
		})
	}
}
