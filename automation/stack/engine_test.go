package stack

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
	"github.com/stretchr/testify/require"

	"fargate-cd/automation/sandbox"
)

// These tests run a small program through the real engine.

const clusterType = "aws:ecs/cluster:Cluster"

// clusters is the program. It creates two clusters; the second depends on the first.
func clusters(ctx *pulumi.Context) error {
	c := config.New(ctx, "")
	first, err := ecs.NewCluster(ctx, "first", &ecs.ClusterArgs{Name: pulumi.String(c.Require("name"))})
	if err != nil {
		return err
	}
	second, err := ecs.NewCluster(ctx, "second", &ecs.ClusterArgs{Tags: pulumi.StringMap{"after": first.Arn}})
	if err != nil {
		return err
	}
	ctx.Export("names", pulumi.StringMap{"first": first.Name, "second": second.Name})
	ctx.Export("region", pulumi.String(config.Get(ctx, "aws:region")))
	ctx.Export("token", pulumi.ToSecret(pulumi.String("hush "+c.Get("token"))))
	return nil
}

// newProject makes a directory with a project and the stack test.
func newProject(t *testing.T, stackFile string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "Pulumi.yaml"),
		"name: clusters\nruntime: go\nbackend:\n  url: https://backend.invalid\n"+
			"config:\n  name:\n    type: string\n    default: by-default\n")
	write(t, filepath.Join(dir, "Pulumi.test.yaml"), stackFile)
	return dir
}

func write(t *testing.T, path, content string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
}

// inSandbox returns the options for the stack test of the project in dir.
func inSandbox(dir string) Options {
	return Options{Dir: dir, Stack: "test", Program: clusters, Place: Sandbox}
}

// open opens a stack and closes it after the test.
func open(t *testing.T, o Options) *Stack {
	t.Helper()
	s, err := Open(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// accountIsEmpty requires that nothing is left in the sandbox except task
// definitions, which the program never deregisters.
func accountIsEmpty(t *testing.T, stateDir string) {
	t.Helper()
	require.Empty(t, slices.DeleteFunc(accountFiles(t, stateDir), func(file string) bool {
		return strings.HasPrefix(filepath.Base(file), "aws-ecs-taskDefinition-")
	}))
}

// accountFiles returns the files of the sandbox's resources, one for each resource.
func accountFiles(t *testing.T, stateDir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(stateDir, "account", "*.json"))
	require.NoError(t, err)
	return files
}

func TestLifeOfAStack(t *testing.T) {
	t.Parallel()
	dir := newProject(t, "")
	s := open(t, inSandbox(dir))

	got, err := s.Preview(t.Context())
	require.NoError(t, err)
	require.Equal(t, Changes{Create: 3}, got.Changes)
	require.Empty(t, got.Outputs)
	accountIsEmpty(t, filepath.Join(dir, ".sandbox"))

	got, err = s.Up(t.Context())
	require.NoError(t, err)
	require.Equal(t, "test", got.Stack)
	require.Equal(t, "up", got.Command)
	require.Equal(t, Succeeded, got.Result)
	require.Equal(t, Changes{Create: 3}, got.Changes)
	require.Positive(t, got.DurationSeconds)
	require.Equal(t, "by-default", got.Outputs["names"].(map[string]any)["first"], "Pulumi.yaml's defaults apply")
	require.Equal(t, defaultRegion, got.Outputs["region"])
	require.Equal(t, "[secret]", got.Outputs["token"])
	unused, err := s.auto.Outputs(t.Context())
	require.NoError(t, err)
	require.Empty(t, unused, "the Automation API does not run the CLI for the outputs")
	history, err := s.auto.History(t.Context(), 1, 1)
	require.NoError(t, err)
	require.Empty(t, history, "nor for the history")
	components, err := s.Components(t.Context())
	require.NoError(t, err)
	require.Equal(t, []Component{{Resources: 2}}, components)
	outputs := got.Outputs

	for _, command := range []func(*Stack, context.Context) (Result, error){(*Stack).Up, (*Stack).Refresh, (*Stack).Preview} {
		got, err = command(s, t.Context())
		require.NoError(t, err)
		require.Equal(t, Changes{Same: 3}, got.Changes)
		require.Equal(t, outputs, got.Outputs)
		require.Empty(t, got.Steps)
	}

	// Open the stack as another process would: nothing is kept in memory.
	s = open(t, inSandbox(dir))
	got, err = s.Outputs(t.Context())
	require.NoError(t, err)
	require.Equal(t, outputs, got.Outputs)

	got, err = s.Destroy(t.Context())
	require.NoError(t, err)
	require.Equal(t, Changes{Delete: 3}, got.Changes)
	require.Empty(t, got.Outputs)
	accountIsEmpty(t, filepath.Join(dir, ".sandbox"))
}

// Clusters that were deleted outside of Pulumi are created again only if the command
// refreshes the state.
func TestRefreshBeforeTheCommand(t *testing.T) {
	t.Parallel()
	dir := newProject(t, "")
	_, err := open(t, inSandbox(dir)).Up(t.Context())
	require.NoError(t, err)
	for _, file := range accountFiles(t, filepath.Join(dir, ".sandbox")) {
		require.NoError(t, os.Remove(file))
	}

	refreshing := inSandbox(dir)
	refreshing.Refresh = true
	for _, test := range []struct {
		options Options
		command func(*Stack, context.Context) (Result, error)
		steps   []string
	}{
		{inSandbox(dir), (*Stack).Preview, nil},
		{refreshing, (*Stack).Preview, []string{"create first", "create second"}},
		{refreshing, (*Stack).Up, []string{"create first", "create second"}},
		{refreshing, (*Stack).Preview, nil},
	} {
		got, err := test.command(open(t, test.options), t.Context())
		require.NoError(t, err)
		var steps []string
		for _, step := range got.Steps {
			steps = append(steps, step.Op+" "+step.Name)
		}
		require.Equal(t, test.steps, steps)
		for _, step := range got.Plan {
			require.NotEqual(t, apitype.OpRefresh, step.Op, "the plan says what changes, not what was read")
		}
	}
}

// A changed name replaces a cluster: the new one is created before the old one is deleted.
func TestReplacement(t *testing.T) {
	t.Parallel()
	dir := newProject(t, "")
	_, err := open(t, inSandbox(dir)).Up(t.Context())
	require.NoError(t, err)
	o := inSandbox(dir)
	o.Config = map[string]any{"name": "another"}

	got, err := open(t, o).Up(t.Context())

	require.NoError(t, err)
	require.Equal(t, Changes{Replace: 1, Update: 1, Same: 1}, got.Changes)
	require.Equal(t, "another", got.Outputs["names"].(map[string]any)["first"])
	var firsts []string
	for _, step := range got.Steps {
		if step.Name == "first" {
			firsts = append(firsts, step.Op)
		}
	}
	require.Equal(t, []string{"create-replacement", "replace", "delete-replaced"}, firsts)
}

// The user's own settings, secrets and files are neither used nor changed.
func TestSandboxIsIsolated(t *testing.T) {
	const stackFile = "# Mine.\nencryptionsalt: v1:mine\nconfig:\n  aws:region: eu-west-3\n  clusters:token:\n    secure: v1:sealed\n"
	dir := newProject(t, stackFile)
	home := t.TempDir()
	t.Setenv("PULUMI_HOME", home)
	t.Setenv("PULUMI_BACKEND_URL", "https://backend.invalid")
	t.Setenv("PULUMI_ACCESS_TOKEN", "mine")
	t.Setenv("PULUMI_CONFIG_PASSPHRASE_FILE", "/nowhere")
	t.Setenv("AWS_PROFILE", "no-such-profile")
	t.Setenv("AWS_ENDPOINT_URL", "https://aws.invalid")
	var progress strings.Builder
	o := inSandbox(dir)
	o.Progress = &progress

	got, err := open(t, o).Up(t.Context())

	require.NoError(t, err, progress.String())
	require.Equal(t, "eu-west-3", got.Outputs["region"])
	require.Contains(t, progress.String(), "clusters:token has 1 encrypted value(s)")
	content, err := os.ReadFile(filepath.Join(dir, "Pulumi.test.yaml"))
	require.NoError(t, err)
	require.Equal(t, stackFile, string(content))
	require.NoFileExists(t, filepath.Join(home, "credentials.json"))
	require.NoDirExists(t, filepath.Join(home, "workspaces"))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 3, "the two files and .sandbox")
}

func TestFailureNamesTheResource(t *testing.T) {
	t.Parallel()
	dir := newProject(t, "")
	o := inSandbox(dir)
	o.Faults = []sandbox.Fault{{Operation: "create", Name: "second", Error: "ThrottlingException: slow down"}}

	got, err := open(t, o).Up(t.Context())

	require.ErrorContains(t, err, `up of stack "test" failed: `+clusterType+" second: ")
	require.ErrorContains(t, err, "ThrottlingException: slow down")
	require.Equal(t, Failed, got.Result)
	require.Equal(t, err.Error(), got.Error)
	require.Equal(t, 2, got.Changes.Create, "the stack and the first cluster")
	require.Len(t, heldClusters(t, dir), 1)
	require.Equal(t, recordedClusters(t, dir), heldClusters(t, dir))

	got, err = open(t, inSandbox(dir)).Up(t.Context())
	require.NoError(t, err)
	require.Equal(t, Changes{Create: 1, Same: 2}, got.Changes)
}

func TestProgramFailure(t *testing.T) {
	t.Parallel()
	o := inSandbox(newProject(t, ""))
	o.Config = map[string]any{"name": 12}
	o.Program = func(*pulumi.Context) error { return os.ErrInvalid }

	got, err := open(t, o).Preview(t.Context())

	require.EqualError(t, err, `preview of stack "test" failed: `+os.ErrInvalid.Error())
	require.Equal(t, Failed, got.Result)
}

// In the place AWS, Open uses the user's own backend, passphrase and stack file.
func TestAWSOverridesNothing(t *testing.T) {
	dir := newProject(t, "config:\n  clusters:name: mine\n")
	write(t, filepath.Join(dir, "Pulumi.yaml"), "name: clusters\nruntime: go\n")
	backend := t.TempDir()
	t.Setenv("PULUMI_BACKEND_URL", "file://"+backend)
	t.Setenv("PULUMI_CONFIG_PASSPHRASE", "mine")
	t.Setenv("PULUMI_HOME", t.TempDir())
	s := open(t, Options{Dir: dir, Stack: "test", Place: AWS, Program: func(ctx *pulumi.Context) error {
		ctx.Export("name", pulumi.String(config.Get(ctx, "name")))
		return nil
	}})

	got, err := s.Up(t.Context())

	require.NoError(t, err)
	require.Equal(t, map[string]any{"name": "mine"}, got.Outputs)
	require.Nil(t, s.site.sandbox)
	require.FileExists(t, filepath.Join(backend, ".pulumi", "stacks", "clusters", "test.json"))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 2, "the project's own two files")
}

// With MustExist, Open creates no stack. In AWS the backend may be a wrong one, so the error names it.
func TestMustExist(t *testing.T) {
	dir := newProject(t, "")
	write(t, filepath.Join(dir, "Pulumi.yaml"), "name: clusters\nruntime: go\n")
	backend := t.TempDir()
	t.Setenv("PULUMI_BACKEND_URL", "file://"+backend)
	t.Setenv("PULUMI_CONFIG_PASSPHRASE", "mine")
	t.Setenv("PULUMI_HOME", t.TempDir())
	stackFile := func() string {
		content, err := os.ReadFile(filepath.Join(dir, "Pulumi.test.yaml"))
		require.NoError(t, err)
		return string(content)
	}
	inAWS := Options{Dir: dir, Stack: "test", Place: AWS, Program: nothing}
	inSandbox := Options{Dir: dir, Stack: "test", Place: Sandbox, Program: nothing}
	for place, test := range map[Place]struct {
		options Options
		state   string
		want    string
	}{
		AWS: {
			inAWS, backend,
			`there is no stack "test" in file://` + backend + "; up creates it. Or check the login (`pulumi login`, PULUMI_BACKEND_URL)",
		},
		Sandbox: {inSandbox, filepath.Join(dir, ".sandbox", "state"), `there is no stack "test" in the sandbox; up creates it`},
	} {
		t.Run(place.String(), func(t *testing.T) {
			reading := test.options
			reading.MustExist = true
			before := stackFile()

			_, err := Open(t.Context(), reading)

			require.EqualError(t, err, test.want)
			require.NoFileExists(t, filepath.Join(test.state, ".pulumi", "stacks", "clusters", "test.json"))
			require.Equal(t, before, stackFile(), "a new stack would get a salt")

			_, err = open(t, test.options).Up(t.Context())
			require.NoError(t, err)
			got, err := open(t, reading).Outputs(t.Context())
			require.NoError(t, err)
			require.Equal(t, Succeeded, got.Result)
		})
	}
}

// A new region replaces the resources: they are created in it, and deleted in the old one.
func TestNewRegion(t *testing.T) {
	t.Parallel()
	o := inSandbox(newProject(t, ""))
	o.Config = map[string]any{"aws:region": "eu-central-1"}
	_, err := open(t, o).Up(t.Context())
	require.NoError(t, err)
	before := accountFiles(t, filepath.Join(o.Dir, ".sandbox"))
	o.Config = map[string]any{"aws:region": "eu-west-1"}
	s := open(t, o)

	got, err := s.Up(t.Context())

	require.NoError(t, err)
	require.Equal(t, 2, got.Changes.Replace)
	after := accountFiles(t, filepath.Join(o.Dir, ".sandbox"))
	require.Len(t, after, len(before))
	for _, file := range before {
		require.NotContains(t, after, file)
	}
	requireNoChange(t, s)
	_, err = s.Destroy(t.Context())
	require.NoError(t, err)
	accountIsEmpty(t, filepath.Join(o.Dir, ".sandbox"))
}
