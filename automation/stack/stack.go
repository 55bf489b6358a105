// Package stack runs the project's Pulumi program on one of its stacks, through
// the Automation API, in one of three places: the sandbox (an embedded stand-in
// for AWS), an endpoint (the real AWS provider against an emulator of AWS's API),
// and AWS itself.
package stack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/automation/cli"
	"fargate-cd/automation/sandbox"
)

// Options holds the program, the stack and the place to run it in, with their
// settings.
type Options struct {
	// Dir is the project's directory, the one that holds Pulumi.yaml. Default: the
	// nearest such directory from the working directory upwards.
	Dir string
	// Stack is the stack's name; required. In AWS it may be qualified by
	// organisation and project, as in `pulumi stack select`.
	Stack string
	// ConfigFile is the stack's configuration. Default: Pulumi.<Stack>.yaml in Dir.
	ConfigFile string
	// Program is the Pulumi program; required.
	Program pulumi.RunFunc
	// Validate checks the configuration before Preview and Up begin, because Pulumi
	// itself stops at the first value of a wrong type. It gets the names of the
	// project and the stack, and the values as a Pulumi program gets them: keys with
	// their namespace, structured values as JSON. Default: no check.
	Validate func(project, stack string, values map[string]string) error
	// Place is the location of the stack's resources; required.
	Place Place
	// Endpoint is the URL of all of AWS's services. Required in place Endpoint, and
	// not allowed elsewhere.
	Endpoint string
	// ProviderPort is the port of a running AWS provider. In place Endpoint, the
	// engine uses it instead of starting a provider for each command, which takes two
	// seconds. No other stack may use it at the same time. Default: none.
	ProviderPort int
	// StateDir is the directory in which places Sandbox and Endpoint keep the stacks'
	// states and the sandbox's account between runs. Default: .sandbox or .emulator
	// in Dir.
	StateDir string
	// Faults lists delays and errors of operations in the sandbox.
	Faults []sandbox.Fault
	// LatencyScale is the factor by which AWS's typical times are multiplied to delay
	// the sandbox: 1 takes as long as AWS. Default: no latency.
	LatencyScale float64
	// Config overrides the configuration in places Sandbox and Endpoint, for tests
	// and scripts. A key without a namespace belongs to the project. Values may be
	// structured. nil removes the key.
	Config map[string]any
	// MustExist makes Open return an error if the backend does not have the stack. Otherwise Open creates an empty stack,
	// also in a wrong backend. Default: no.
	MustExist bool
	// Refresh makes Preview and Up read the resources first. They then also show the
	// changes that were made outside of Pulumi, and Up reverts these changes.
	// Default: no.
	Refresh bool
	// Progress gets Pulumi's progress and this package's notes. Default: none.
	Progress io.Writer
	// Color sets whether Pulumi's progress of Preview and Up has colours: always, never, or auto. Default: auto, which
	// means no colours, because the progress is not a terminal for Pulumi.
	Color string
	// Watch is called with each event of the engine, one at a time. Default: none.
	Watch func(events.EngineEvent)
	// Abort stops Pulumi without waiting for its operations when it is closed after
	// the context was cancelled. Default: never.
	Abort <-chan struct{}
}

// Stack is an open stack. Only one of its methods may run at a time.
type Stack struct {
	name     string
	validate func(project, stack string, values map[string]string) error
	project  string
	file     string
	site     *site
	auto     auto.Stack
	command  *cli.Command
	progress io.Writer
	color    string
	refresh  bool
	watch    func(events.EngineEvent)
}

// Open prepares the place, obtains the Pulumi CLI if there is none, and selects the
// stack. It creates the stack if it does not exist, unless MustExist is set. Close the
// stack after use.
func Open(ctx context.Context, o Options) (_ *Stack, err error) {
	o, err = o.defaults()
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(o.Progress, "Opening stack %s in %s.\n", o.Stack, o.Place.describe(o.Endpoint))
	project, err := loadProject(o.Dir)
	if err != nil {
		return nil, err
	}
	command, err := cli.Find(ctx, o.Progress)
	if err != nil {
		return nil, err
	}
	site, err := prepare(ctx, o, project)
	if err != nil {
		return nil, err
	}
	s := &Stack{name: o.Stack, validate: o.Validate, project: project.name, file: o.ConfigFile, site: site, progress: o.Progress, color: o.Color, refresh: o.Refresh, watch: o.Watch}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	command = command.WithEnvironment(site.keep).WithAbort(o.Abort)
	if o.Place == Sandbox {
		// Without this process, an engine can only delay the next run.
		command = command.WithTether()
	}
	s.command = command
	settings := []auto.LocalWorkspaceOption{
		auto.WorkDir(site.workDir),
		auto.Pulumi(quietCommand{command, site.hasState(project.name, o.Stack)}),
		auto.EnvVars(site.env),
	}
	if site.home != "" {
		settings = append(settings, auto.PulumiHome(site.home))
	}
	obtain := auto.UpsertStackInlineSource
	if o.MustExist {
		obtain = auto.SelectStackInlineSource
	}
	s.auto, err = obtain(ctx, o.Stack, project.name, onNewStack(site.program(o.Program)), settings...)
	if o.MustExist && auto.IsSelectStack404Error(err) {
		return nil, s.errNoStack(ctx, o)
	}
	if err != nil {
		return nil, fmt.Errorf("opening stack %q: %w", o.Stack, brief(err))
	}
	if err := s.recover(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// errNoStack returns the error of a stack that its backend does not have.
func (s *Stack) errNoStack(ctx context.Context, o Options) error {
	if o.Place != AWS {
		return fmt.Errorf("there is no stack %q in %s; up creates it", s.name, o.Place.describe(o.Endpoint))
	}
	backend := "the backend"
	if login, err := s.auto.Workspace().WhoAmIDetails(ctx); err == nil && login.URL != "" {
		backend = login.URL
	}
	return fmt.Errorf("there is no stack %q in %s; up creates it. Or check the login (`pulumi login`, PULUMI_BACKEND_URL)", s.name, backend)
}

// ConfigFile returns the path of the stack's configuration.
func (s *Stack) ConfigFile() string { return s.file }

// Close stops the stand-in. It keeps the stack's state and resources.
func (s *Stack) Close() error {
	if s.site.sandbox == nil {
		return nil
	}
	return s.site.sandbox.Close()
}

// defaults returns a copy with all default values, or an error that lists all invalid
// options.
func (o Options) defaults() (Options, error) {
	if err := o.validate(); err != nil {
		return o, err
	}
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	// Pulumi writes its output and its errors concurrently.
	o.Progress = &syncWriter{w: o.Progress}
	return o.defaultPaths()
}

func (o Options) validate() error {
	var problems []error
	add := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if !stackName.MatchString(o.Stack) && (o.Place != AWS || !qualifiedName.MatchString(o.Stack)) {
		problems = append(problems, errStackName(o.Stack))
	}
	if o.Program == nil {
		add("no program given")
	}
	if _, known := placeNames[o.Place]; !known {
		add("place %d: allowed are AWS, Sandbox and Endpoint", o.Place)
	}
	switch {
	case o.Place == Endpoint && !isURL(o.Endpoint):
		add("endpoint %q: allowed is an http or https URL, such as http://127.0.0.1:5555", o.Endpoint)
	case o.Place != Endpoint && o.Endpoint != "":
		add("endpoint %q given for place %s: it is for place Endpoint", o.Endpoint, o.Place)
	}
	if o.Place != Endpoint && o.ProviderPort != 0 {
		add("provider port %d given for place %s: it is for place Endpoint", o.ProviderPort, o.Place)
	}
	if o.Place == AWS && (len(o.Config) > 0 || o.StateDir != "") {
		add("configuration overrides and a state directory are for places Sandbox and Endpoint; AWS uses the user's own stack file and backend")
	}
	if o.Place != Sandbox && len(o.Faults) > 0 {
		add("faults given for place %s: only the sandbox can delay and fail operations", o.Place)
	}
	if o.Place != Sandbox && o.LatencyScale != 0 {
		add("latency scale %v given for place %s: it is for the sandbox", o.LatencyScale, o.Place)
	}
	if len(problems) > 0 {
		return fmt.Errorf("opening a stack: %w", errors.Join(problems...))
	}
	return nil
}

func errStackName(name string) error {
	return fmt.Errorf("stack %q: allowed is a name of at most 100 letters, digits, -, _ and ., in AWS also organisation/project/name", name)
}

// syncWriter makes a writer safe for use from several goroutines.
type syncWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (s *syncWriter) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}

// seconds returns a duration in seconds, rounded to the millisecond.
func seconds(d time.Duration) float64 { return math.Round(d.Seconds()*1000) / 1000 }
