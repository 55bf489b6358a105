package main

import (
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"fargate-cd/automation/stack"
	"fargate-cd/automation/summary"
)

func TestParse(t *testing.T) {
	for name, test := range map[string]struct {
		args     string
		endpoint string // AWS_ENDPOINT_URL
		want     request
	}{
		"in AWS":          {args: "up --stack prod", want: request{command: "up", options: stack.Options{Stack: "prod", Place: stack.AWS}}},
		"in the sandbox":  {args: "preview --stack test --sandbox", want: request{command: "preview", options: stack.Options{Stack: "test", Place: stack.Sandbox}}},
		"flags first":     {args: "--sandbox --stack=test refresh", want: request{command: "refresh", options: stack.Options{Stack: "test", Place: stack.Sandbox, MustExist: true}}},
		"JSON":            {args: "outputs --json --stack test", want: request{command: "outputs", json: true, options: stack.Options{Stack: "test", Place: stack.AWS, MustExist: true}}},
		"token":           {args: "token --stack prod", want: request{command: "token", options: stack.Options{Stack: "prod", Place: stack.AWS, MustExist: true}}},
		"config file":     {args: "destroy --stack s1 --config-file x/y.yaml", want: request{command: "destroy", options: stack.Options{Stack: "s1", ConfigFile: "x/y.yaml", Place: stack.AWS, MustExist: true}}},
		"a comment":       {args: "preview --stack a --markdown a.md", want: request{command: "preview", markdown: "a.md", options: stack.Options{Stack: "a", Place: stack.AWS}}},
		"a short comment": {args: "preview --stack a --markdown a.md --markdown-limit 5000", want: request{command: "preview", markdown: "a.md", limit: 5000, options: stack.Options{Stack: "a", Place: stack.AWS}}},
		"graph":           {args: "graph --stack a", endpoint: "http://e:1", want: request{command: "graph", format: "mermaid", options: stack.Options{Stack: "a"}}},
		"graph to a file": {args: "graph --stack a --format html --output a.html", want: request{command: "graph", format: "html", output: "a.html", options: stack.Options{Stack: "a"}}},
		"endpoint":        {args: "up --stack a --endpoint http://e:1", want: request{command: "up", options: stack.Options{Stack: "a", Place: stack.Endpoint, Endpoint: "http://e:1"}}},
		"refresh":         {args: "preview --stack a --sandbox --refresh", want: request{command: "preview", options: stack.Options{Stack: "a", Place: stack.Sandbox, Refresh: true}}},
		"latency":         {args: "up --stack a --sandbox --latency 0.02", want: request{command: "up", options: stack.Options{Stack: "a", Place: stack.Sandbox, LatencyScale: 0.02}}},
		"its environment": {args: "up --stack a", endpoint: "http://e:2", want: request{command: "up", options: stack.Options{Stack: "a", Place: stack.Endpoint, Endpoint: "http://e:2"}}},
		"flag over environment": {
			args: "up --stack a --endpoint http://e:1", endpoint: "http://e:2",
			want: request{command: "up", options: stack.Options{Stack: "a", Place: stack.Endpoint, Endpoint: "http://e:1"}},
		},
		"sandbox over environment": {
			args: "up --stack a --sandbox", endpoint: "http://e:2",
			want: request{command: "up", options: stack.Options{Stack: "a", Place: stack.Sandbox}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parse(strings.Fields(test.args), environment(test.endpoint))
			require.NoError(t, err)
			if test.want.limit == 0 {
				test.want.limit = summary.CommentLimit
			}
			require.Equal(t, test.want, got)
		})
	}
}

func TestParseFaults(t *testing.T) {
	got, err := parse([]string{
		"up", "--stack", "test", "--sandbox",
		"--fault", "create aws:ecs/service:Service delay=2s", "--fault", "delete error=Throttling",
	}, environment(""))
	require.NoError(t, err)
	require.Len(t, got.options.Faults, 2)
	require.Equal(t, 2*time.Second, got.options.Faults[0].Delay)
	require.Equal(t, "Throttling", got.options.Faults[1].Error)
}

func TestParseRefuses(t *testing.T) {
	for args, want := range map[string]string{
		"":                                      "no command given; allowed are: destroy, graph, outputs, preview, refresh, token, up",
		"frob --stack a":                        `unknown command "frob"; allowed are: destroy, graph, outputs, preview, refresh, token, up`,
		"token --stack a --sandbox":             "token works only in AWS; the sandbox and emulators have no sign-in pages",
		"token --stack a --endpoint http://e:1": "token works only in AWS",
		"token --stack a --json":                "token prints only the token; remove --json",
		"up destroy --stack a":                  "more than one command given: up destroy",
		"up":                                    "no stack given; add --stack NAME",
		"up --stack a --nope":                   "unknown flag: --nope",
		"up --stack":                            "needs an argument",
		"up --stack a --sandbox --endpoint http://e:1":             "--sandbox and --endpoint exclude each other",
		"up --stack a --fault create":                              "--fault works only in the sandbox",
		"up --stack a --sandbox --fault frob":                      `--fault "frob"`,
		"destroy --stack a --refresh":                              "--refresh works with preview and up only; remove it from destroy",
		"up --stack a --latency 0.1":                               "--latency works in the sandbox only",
		"up --stack a --sandbox --latency -1":                      "--latency -1: allowed are 0 for none and positive numbers",
		"up --stack a --sandbox --latency slow":                    `invalid argument "slow" for "--latency" flag`,
		"up --stack a --markdown a.md":                             "--markdown works with preview only",
		"preview --stack a --markdown-limit 5000":                  "--markdown-limit needs --markdown FILE",
		"preview --stack a --markdown a.md --markdown-limit 70000": "--markdown-limit 70000: allowed is a whole number from 4000 to 65536",
		"up --stack a --sandbox --format html":                     "--format and --output are for graph; remove them from up",
		"graph --stack a --format svg":                             `--format "svg": allowed are html and mermaid`,
		"graph --stack a --sandbox":                                "graph reads only the stack file; remove --sandbox, --endpoint and --json",
		"graph --stack a --json":                                   "graph reads only the stack file",
	} {
		_, err := parse(strings.Fields(args), environment(""))
		require.ErrorContains(t, err, want, args)
	}
	_, err := parse([]string{"up", "--help"}, environment(""))
	require.ErrorIs(t, err, pflag.ErrHelp)
}

// The help text lists the commands and the flags, and parse accepts its examples.
func TestUsageIsComplete(t *testing.T) {
	for command := range commands {
		require.Contains(t, usage, "\n  "+command+" ")
	}
	newFlags(&request{}, &placeFlags{}).VisitAll(func(flag *pflag.Flag) {
		require.Contains(t, usage, "\n  --"+flag.Name+" ")
	})
	require.Contains(t, usage, "\n  --help ")
	for line := range strings.Lines(usage) {
		_, args, isExample := strings.Cut(line, "go run ./automation ")
		if !isExample || strings.Contains(args, "COMMAND") {
			continue
		}
		_, err := parse(shellWords(args), environment(""))
		require.NoError(t, err, line)
	}
}

// shellWords splits a line at the spaces outside double quotes.
func shellWords(line string) []string {
	var words []string
	for i, part := range strings.Split(strings.TrimSpace(line), `"`) {
		if i%2 == 1 {
			words = append(words, part)
		} else {
			words = append(words, strings.Fields(part)...)
		}
	}
	return words
}

func environment(endpoint string) func(string) string {
	return func(name string) string {
		if name == "AWS_ENDPOINT_URL" {
			return endpoint
		}
		return ""
	}
}

func TestRunCalledWrongly(t *testing.T) {
	var stdout, stderr strings.Builder
	require.Equal(t, exitUsage, run([]string{"frob"}, environment(""), &stdout, &stderr))
	require.Empty(t, stdout.String())
	require.Contains(t, stderr.String(), `unknown command "frob"`)
	require.Contains(t, stderr.String(), "--help")
}

func TestRunHelp(t *testing.T) {
	var stdout, stderr strings.Builder
	require.Equal(t, exitOK, run([]string{"--help"}, environment(""), &stdout, &stderr))
	require.Equal(t, usage, stdout.String())
	require.Empty(t, stderr.String())
}

// With --json, the command prints its document even if it cannot open the stack.
func TestRunFailsAsJSON(t *testing.T) {
	t.Chdir(t.TempDir())
	var stdout, stderr strings.Builder
	require.Equal(t, exitFailed, run([]string{"up", "--stack", "a", "--sandbox", "--json"}, environment(""), &stdout, &stderr))
	require.Contains(t, stdout.String(), `"result": "failed"`)
	require.Contains(t, stdout.String(), `"error": "looking for the project: `)
	require.Contains(t, stderr.String(), "automation: looking for the project: ")
}
