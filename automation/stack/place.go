package stack

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/automation/sandbox"
	"fargate-cd/internal/awsapi"
)

// Place is the location of a stack's resources.
type Place int

const (
	// AWS is the user's account, with the user's backend, credentials and stack file.
	// Nothing is overridden.
	AWS Place = iota + 1
	// Sandbox is the embedded stand-in for AWS; it needs neither credentials nor
	// network.
	Sandbox
	// Endpoint is an emulator of AWS's API at a URL, used through the ordinary AWS
	// provider plugin.
	Endpoint
)

var placeNames = map[Place]string{AWS: "AWS", Sandbox: "Sandbox", Endpoint: "Endpoint"}

// String returns the name of the constant.
func (p Place) String() string { return placeNames[p] }

// describe returns the name of the place for a progress line.
func (p Place) describe(endpoint string) string {
	switch p {
	case Sandbox:
		return "the sandbox"
	case Endpoint:
		return "the emulator at " + endpoint
	default:
		return "AWS"
	}
}

// stackName matches names that are also safe in file names. qualifiedName also
// matches names with an organisation and a project, which are allowed only in AWS.
var (
	stackName     = regexp.MustCompile(`^\w[\w.-]{0,99}$`)
	qualifiedName = regexp.MustCompile(`^(\w[\w.-]*/){0,2}\w[\w.-]{0,99}$`)
)

func isURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

const (
	// passphrase encrypts the secrets in local states, because Pulumi requires one.
	// It protects nothing: the sandbox or an emulator invents these secrets, and
	// configured secrets are replaced by placeholders.
	passphrase = "fargate-cd"
	// defaultRegion is the region in the sandbox and an emulator if the stack's
	// configuration has none. It is AWS's own default.
	defaultRegion = "us-east-1"
)

// site is a place after its preparation for Pulumi.
type site struct {
	workDir    string            // with Pulumi.yaml and the stack file
	configFile string            // the stack file, if it is not in workDir under its usual name
	stateDir   string            // of a local place; "" in AWS
	values     map[string]string // the configuration as a program gets it; nil if it has secrets of the user
	home       string            // PULUMI_HOME; "" = the user's
	env        map[string]string // additional variables of the CLI
	keep       func(string) bool // reports whether the CLI gets a variable of this process; nil = all
	sandbox    *sandbox.Sandbox  // nil if the place needs none
	// ecs returns the place's ECS API in a region; nil = AWS's own.
	ecs func(region string) awsapi.Client
}

// backendFile returns the path of a file in the backend of a local place.
func (s *site) backendFile(parts ...string) string {
	return filepath.Join(append([]string{s.stateDir, "state", ".pulumi"}, parts...)...)
}

// stateFile returns the path of the file with a stack's state in the backend of a
// local place.
func (s *site) stateFile(project, stack string) string {
	return s.backendFile("stacks", project, stack+".json")
}

// hasState reports whether a local place has the stack. It returns false for AWS,
// where it cannot know this.
func (s *site) hasState(project, stack string) bool {
	if s.stateDir == "" {
		return false
	}
	_, err := os.Stat(s.stateFile(project, stack))
	return err == nil
}

// program returns the program with the place's ECS API, through which the program
// looks up the running services.
func (s *site) program(run pulumi.RunFunc) pulumi.RunFunc {
	if s.ecs == nil {
		return run
	}
	return func(ctx *pulumi.Context) error {
		region, given := ctx.GetConfig("aws:region")
		if !given {
			region = defaultRegion
		}
		return run(awsapi.WithClient(ctx, s.ecs(region)))
	}
}

// prepare prepares the place. The caller closes the site's sandbox.
func prepare(ctx context.Context, o Options, p project) (*site, error) {
	if o.Place == AWS {
		s := &site{workDir: o.Dir}
		if o.ConfigFile != usualConfigFile(o.Dir, o.Stack) {
			s.configFile = o.ConfigFile
		}
		file, err := readStackFile(o.ConfigFile)
		if err != nil || file.hasSecrets() {
			return s, err
		}
		s.values, err = file.values(p.name)
		return s, err
	}
	s := &site{
		workDir:  filepath.Join(o.StateDir, "work", o.Stack),
		stateDir: o.StateDir,
		home:     filepath.Join(o.StateDir, "home"),
		env: map[string]string{
			"PULUMI_CONFIG_PASSPHRASE":                      passphrase,
			"PULUMI_BACKEND_URL":                            "file://" + filepath.ToSlash(filepath.Join(o.StateDir, "state")),
			"PULUMI_SKIP_UPDATE_CHECK":                      "true",
			"PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
			"AWS_EC2_METADATA_DISABLED":                     "true",
		},
	}
	for _, dir := range []string{s.workDir, s.home, filepath.Join(o.StateDir, "state")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, fmt.Errorf("making the local state's directory: %w", err)
		}
	}
	if err := preventLogs(s.home); err != nil {
		return nil, fmt.Errorf("preparing the local Pulumi home: %w", err)
	}
	file, err := writeProject(o, p, s.workDir)
	if err != nil {
		return nil, err
	}
	if s.values, err = file.values(p.name); err != nil {
		return nil, err
	}
	// The servers must keep running after a cancellation, so that Pulumi can finish
	// its operations.
	ctx = context.WithoutCancel(ctx)
	if o.Place == Sandbox {
		return s, s.prepareSandbox(ctx, o, p)
	}
	return s, s.prepareEndpoint(ctx, o)
}

// prepareSandbox starts the stand-ins for both providers. The CLI gets neither the
// Pulumi settings nor the AWS settings of the user, and must not look for plugins.
func (s *site) prepareSandbox(ctx context.Context, o Options, p project) (err error) {
	s.keep = func(variable string) bool { return !isPulumis(variable) && !isAWSs(variable) }
	s.env["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] = "true"
	// By default, the engine writes its whole state after every step, which takes
	// most of the time of a large stack. With this setting, it writes the state once,
	// at the end, and the sandbox undoes the changes of a killed run.
	s.env["PULUMI_SKIP_CHECKPOINTS"] = "true"
	s.sandbox, err = sandbox.Start(ctx, sandbox.Options{
		Dir:          filepath.Join(o.StateDir, "account"),
		State:        s.stateFile(p.name, o.Stack),
		Faults:       o.Faults,
		LatencyScale: o.LatencyScale,
	})
	if err != nil {
		return fmt.Errorf("starting the sandbox: %w", err)
	}
	s.env["PULUMI_DEBUG_PROVIDERS"] = s.sandbox.DebugProviders()
	s.ecs = func(region string) awsapi.Client { return s.sandbox.API(region) }
	return nil
}

// preventLogs creates a file at the path of the directory in which the CLI keeps an
// encrypted log of every run. No setting turns the log off, and it takes a third of
// the engine's time. Without the directory, the CLI continues without a log.
func preventLogs(home string) error {
	path := filepath.Join(home, "logs")
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return nil
	}
	return errors.Join(os.RemoveAll(path), os.WriteFile(path, nil, 0o644))
}

// prepareEndpoint sets the endpoint for the AWS provider plugin. It starts the
// sandbox's awsx if the machine has no plugin for it.
func (s *site) prepareEndpoint(ctx context.Context, o Options) error {
	if err := sharePlugins(s.home); err != nil {
		return fmt.Errorf("sharing the Pulumi plugins of %s: %w", userHome(), err)
	}
	s.keep = func(variable string) bool {
		return !isPulumis(variable) && (!isAWSs(variable) || passedToEmulator[variable])
	}
	s.env["AWS_ENDPOINT_URL"] = o.Endpoint
	// The user's profiles and shared files must have no effect.
	s.env["AWS_CONFIG_FILE"] = os.DevNull
	s.env["AWS_SHARED_CREDENTIALS_FILE"] = os.DevNull
	keyID, secret := os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY")
	if keyID == "" || secret == "" {
		keyID, secret = "test", "test"
		s.env["AWS_ACCESS_KEY_ID"], s.env["AWS_SECRET_ACCESS_KEY"] = keyID, secret
	}
	s.ecs = func(region string) awsapi.Client { return awsapi.NewForEndpoint(o.Endpoint, region, keyID, secret) }
	var running []string
	if o.ProviderPort != 0 {
		running = append(running, fmt.Sprintf("aws:%d", o.ProviderPort))
	}
	if _, err := exec.LookPath("pulumi-resource-awsx"); err != nil {
		if s.sandbox, err = sandbox.StartAwsx(ctx); err != nil {
			return fmt.Errorf("starting the sandbox's awsx: %w", err)
		}
		running = append(running, s.sandbox.DebugProviders())
	}
	if len(running) > 0 {
		s.env["PULUMI_DEBUG_PROVIDERS"] = strings.Join(running, ",")
	}
	if _, err := exec.LookPath("pulumi-resource-aws"); err == nil || o.ProviderPort != 0 {
		// All providers are available. Without this setting, the engine would search the internet for a plugin of the
		// sandbox's awsx, once in each command on an existing stack. Without a network, this takes seconds.
		s.env["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] = "true"
	}
	return nil
}

// sharePlugins links the user's plugins into another Pulumi home, so that each
// plugin is installed only once. Nothing else of the user's home is shared,
// especially not the credentials.
func sharePlugins(home string) error {
	theirs := filepath.Join(userHome(), "plugins")
	if err := os.MkdirAll(theirs, 0o755); err != nil {
		return err
	}
	if err := os.Symlink(theirs, filepath.Join(home, "plugins")); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// userHome returns the user's own Pulumi home, as the CLI finds it.
func userHome() string {
	if home := os.Getenv("PULUMI_HOME"); home != "" {
		return home
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return filepath.Join(os.TempDir(), ".pulumi")
	}
	return filepath.Join(home, ".pulumi")
}

// passedToEmulator lists the AWS variables that the CLI also gets for an emulator:
// the access keys, which can select the emulator's account, and the trusted
// certificates.
var passedToEmulator = map[string]bool{
	"AWS_ACCESS_KEY_ID":     true,
	"AWS_SECRET_ACCESS_KEY": true,
	"AWS_CA_BUNDLE":         true,
}

func isPulumis(variable string) bool { return strings.HasPrefix(variable, "PULUMI_") }
func isAWSs(variable string) bool    { return strings.HasPrefix(variable, "AWS_") }
