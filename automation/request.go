package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/pflag"

	"fargate-cd/automation/sandbox"
	"fargate-cd/automation/stack"
	"fargate-cd/automation/summary"
)

const usage = `Runs the project's stacks through Pulumi's Automation API.

Usage:
  go run ./automation COMMAND --stack NAME [flags]

Commands:
  preview   show what up would change
  up        create, update and delete resources to match the configuration
  refresh   update the recorded state to match the resources
  destroy   delete the stack's resources
  outputs   show the stack's outputs
  token     sign in with a browser and print an access token for the stack's API
  graph     draw a picture of the stack from its configuration; needs no account and no engine

Flags:
  --stack NAME         the stack; its configuration is Pulumi.NAME.yaml
  --sandbox            run in the embedded stand-in for AWS: no account, no credentials
  --endpoint URL       run against an emulator of AWS's API (default: $AWS_ENDPOINT_URL)
  --config-file PATH   read the stack's configuration from this file instead
  --refresh            with preview and up: read the resources first, to find changes made outside Pulumi
  --markdown FILE      with preview: write a summary of the change to FILE, as a comment for a pull request
  --markdown-limit N   with --markdown: the maximum number of characters (default: 65536, GitHub's limit)
  --json               print one JSON document at the end; progress goes to standard error
  --fault SPEC         with --sandbox: delay or fail operations; repeatable
  --latency SCALE      with --sandbox: simulate the creation times of AWS, multiplied by SCALE, such as 0.02
  --format FORMAT      with graph: mermaid (default), or html for one page that works offline
  --output FILE        with graph: write the picture to FILE (default: standard output)
  --help               show this text

Without --sandbox and --endpoint the command runs in AWS, with your own Pulumi
backend and credentials. Ctrl-C finishes the operations in progress and stops;
run the same command again to continue. The exit code is 0 if the command
succeeded, 1 if it failed or was cancelled, 2 if the command line is invalid.

In scripts and CI, run a built command (go build -o NAME ./automation), with exec
if a shell starts it. "go run" passes no signal on to the command, so a cancelled
job leaves a locked stack, and it turns every exit code except 0 into 1.

Examples:
  go run ./automation up --stack test --sandbox
  go run ./automation preview --stack prod --sandbox --json
  go run ./automation preview --stack prod --markdown preview.md
  go run ./automation up --stack s4 --config-file examples/s4-manual-reroute/Pulumi.s4.yaml --sandbox
  go run ./automation up --stack test --sandbox --fault "create aws:ecs/service:Service delay=5s"
  go run ./automation up --stack test --endpoint http://127.0.0.1:5555
  go run ./automation up --stack prod
  go run ./automation token --stack prod
  go run ./automation graph --stack prod --format html --output prod.html
`

// commands maps the name of each command to the method that it runs.
var commands = map[string]func(*stack.Stack, context.Context) (stack.Result, error){
	"preview": (*stack.Stack).Preview,
	"up":      (*stack.Stack).Up,
	"refresh": (*stack.Stack).Refresh,
	"destroy": (*stack.Stack).Destroy,
	"outputs": (*stack.Stack).Outputs,
	"token":   (*stack.Stack).Outputs, // the outputs contain the address of the sign-in page
	"graph":   nil,                    // draw runs it, without opening the stack
}

// stopSignals are the signals that end the command cleanly: the interrupt of Ctrl-C,
// and SIGTERM, which CI systems and process managers send.
var stopSignals = []os.Signal{os.Interrupt, syscall.SIGTERM}

// minMarkdownLimit is the minimum of --markdown-limit. The title, the headline and the cost always fit into it.
const minMarkdownLimit = 4000

// request is a valid command line.
type request struct {
	command string
	json    bool
	// markdown is the file for the summary of a preview, or empty. limit is the maximum number of characters in it.
	markdown string
	limit    int
	// format and output are the flags of graph. An empty output means standard output.
	format, output string
	options        stack.Options
}

// placeFlags are the flags that say where a command runs, and how the sandbox behaves.
type placeFlags struct {
	sandbox  bool
	endpoint string
	faults   []string
}

// newFlags returns the flags of the command line. Parsing them fills the request and the place.
func newFlags(r *request, place *placeFlags) *pflag.FlagSet {
	flags := pflag.NewFlagSet("automation", pflag.ContinueOnError)
	flags.SetOutput(io.Discard) // The caller prints errors and the usage.
	flags.StringVar(&r.options.Stack, "stack", "", "")
	flags.StringVar(&r.options.ConfigFile, "config-file", "", "")
	flags.BoolVar(&r.json, "json", false, "")
	flags.BoolVar(&r.options.Refresh, "refresh", false, "")
	flags.StringVar(&r.markdown, "markdown", "", "")
	flags.IntVar(&r.limit, "markdown-limit", summary.CommentLimit, "")
	flags.StringVar(&r.format, "format", "", "")
	flags.StringVar(&r.output, "output", "", "")
	flags.BoolVar(&place.sandbox, "sandbox", false, "")
	flags.StringVar(&place.endpoint, "endpoint", "", "")
	flags.StringArrayVar(&place.faults, "fault", nil, "")
	flags.Float64Var(&r.options.LatencyScale, "latency", 0, "")
	return flags
}

// parse reads the command line. It returns pflag.ErrHelp for --help.
func parse(args []string, getenv func(string) string) (request, error) {
	var r request
	var place placeFlags
	flags := newFlags(&r, &place)
	if err := flags.Parse(args); err != nil {
		return r, err
	}

	_, known := commands[flags.Arg(0)]
	allowed := strings.Join(slices.Sorted(maps.Keys(commands)), ", ")
	switch {
	case flags.NArg() == 0:
		return r, fmt.Errorf("no command given; allowed are: %s", allowed)
	case flags.NArg() > 1:
		return r, fmt.Errorf("more than one command given: %s; allowed is one of: %s", strings.Join(flags.Args(), " "), allowed)
	case !known:
		return r, fmt.Errorf("unknown command %q; allowed are: %s", flags.Arg(0), allowed)
	case r.options.Stack == "":
		return r, errors.New("no stack given; add --stack NAME, such as --stack test")
	case place.sandbox && place.endpoint != "":
		return r, errors.New("--sandbox and --endpoint exclude each other; give one of them, or neither for AWS")
	case r.options.Refresh && flags.Arg(0) != "preview" && flags.Arg(0) != "up":
		return r, fmt.Errorf("--refresh works with preview and up only; remove it from %s", flags.Arg(0))
	case r.markdown != "" && flags.Arg(0) != "preview":
		return r, errors.New("--markdown works with preview only: it writes a summary of what up would change")
	case flags.Changed("markdown-limit") && r.markdown == "":
		return r, errors.New("--markdown-limit needs --markdown FILE")
	case r.limit < minMarkdownLimit || r.limit > summary.CommentLimit:
		return r, fmt.Errorf("--markdown-limit %d: allowed is a whole number from %d to %d", r.limit, minMarkdownLimit, summary.CommentLimit)
	case len(place.faults) > 0 && !place.sandbox:
		return r, errors.New("--fault works only in the sandbox; add --sandbox")
	case r.options.LatencyScale != 0 && !place.sandbox:
		return r, errors.New("--latency works in the sandbox only; add --sandbox")
	case r.options.LatencyScale < 0:
		return r, fmt.Errorf("--latency %v: allowed are 0 for none and positive numbers, such as 0.02", r.options.LatencyScale)
	}
	r.command = flags.Arg(0)
	if r.command == "graph" {
		return parseGraph(r, place.sandbox || place.endpoint != "")
	}
	if r.format != "" || r.output != "" {
		return r, fmt.Errorf("--format and --output are for graph; remove them from %s", r.command)
	}
	for _, spec := range place.faults {
		fault, err := sandbox.ParseFault(spec)
		if err != nil {
			return r, fmt.Errorf("--fault %q: %w", spec, err)
		}
		r.options.Faults = append(r.options.Faults, fault)
	}

	if place.endpoint == "" {
		place.endpoint = getenv("AWS_ENDPOINT_URL")
	}
	switch {
	case place.sandbox:
		r.options.Place = stack.Sandbox
	case place.endpoint != "":
		r.options.Place, r.options.Endpoint = stack.Endpoint, place.endpoint
	default:
		r.options.Place = stack.AWS
	}
	// Pulumi previews only a stack that the backend has, so the first preview of a new stack creates it too.
	r.options.MustExist = r.command != "up" && r.command != "preview"
	if r.command == "token" && r.options.Place != stack.AWS {
		return r, errors.New("token works only in AWS; the sandbox and emulators have no sign-in pages")
	}
	if r.command == "token" && r.json {
		return r, errors.New("token prints only the token; remove --json")
	}
	return r, nil
}

// parseGraph completes a request for graph. graph reads only the stack file, so the request sets no place.
func parseGraph(r request, inPlace bool) (request, error) {
	if r.format == "" {
		r.format = formatMermaid
	}
	switch {
	case r.format != formatMermaid && r.format != formatHTML:
		return r, fmt.Errorf("--format %q: allowed are %s and %s", r.format, formatHTML, formatMermaid)
	case inPlace || r.json:
		return r, errors.New("graph reads only the stack file; remove --sandbox, --endpoint and --json")
	}
	return r, nil
}
