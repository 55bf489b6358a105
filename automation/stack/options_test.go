package stack

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/automation/sandbox"
)

func nothing(*pulumi.Context) error { return nil }

func TestOptionsValidate(t *testing.T) {
	valid := Options{Stack: "test", Program: nothing, Place: Sandbox}
	for name, test := range map[string]struct {
		change func(*Options)
		errors []string // nil if the options are valid
	}{
		"valid":           {change: func(*Options) {}},
		"in AWS":          {change: func(o *Options) { o.Place, o.Stack = AWS, "org/proj/prod" }},
		"endpoint":        {change: func(o *Options) { o.Place, o.Endpoint = Endpoint, "http://127.0.0.1:5000" }},
		"no stack":        {change: func(o *Options) { o.Stack = "" }, errors: []string{`stack ""`}},
		"qualified stack": {change: func(o *Options) { o.Stack = "org/p/test" }, errors: []string{`stack "org/p/test"`}},
		"stack outside":   {change: func(o *Options) { o.Place, o.Stack = AWS, "../test" }, errors: []string{`stack "../test"`}},
		"bad stack":       {change: func(o *Options) { o.Stack = "../x/y" }, errors: []string{`stack "../x/y"`, "letters, digits"}},
		"no place, no program": {
			change: func(o *Options) { o.Place, o.Program = 0, nil },
			errors: []string{"no program given", "place 0: allowed are AWS, Sandbox and Endpoint"},
		},
		"endpoint without URL": {
			change: func(o *Options) { o.Place, o.Endpoint = Endpoint, "localhost:5000" },
			errors: []string{`endpoint "localhost:5000": allowed is an http or https URL`},
		},
		"endpoint for the sandbox": {
			change: func(o *Options) { o.Endpoint = "http://127.0.0.1:5000" },
			errors: []string{"it is for place Endpoint"},
		},
		"overrides in AWS": {
			change: func(o *Options) { o.Place, o.Config = AWS, map[string]any{"a": 1} },
			errors: []string{"AWS uses the user's own stack file"},
		},
		"faults in AWS": {
			change: func(o *Options) { o.Place, o.Faults = AWS, []sandbox.Fault{{Operation: "create"}} },
			errors: []string{"faults given for place AWS: only the sandbox"},
		},
		"latency in AWS": {
			change: func(o *Options) { o.Place, o.LatencyScale = AWS, 1 },
			errors: []string{"latency scale 1 given for place AWS: it is for the sandbox"},
		},
		"a provider in the sandbox": {
			change: func(o *Options) { o.Place, o.ProviderPort = Sandbox, 40001 },
			errors: []string{"provider port 40001 given for place Sandbox: it is for place Endpoint"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := valid
			test.change(&o)
			err := o.validate()
			if len(test.errors) == 0 {
				require.NoError(t, err)
			}
			for _, want := range test.errors {
				require.ErrorContains(t, err, want)
			}
		})
	}
}

func TestDefaultPaths(t *testing.T) {
	root := t.TempDir()
	inside := filepath.Join(root, "a", "b")
	require.NoError(t, os.MkdirAll(inside, 0o755))
	for _, name := range []string{"Pulumi.yaml", "Pulumi.test.yaml", "Pulumi.prod.yaml", "other.yaml"} {
		require.NoError(t, os.WriteFile(filepath.Join(root, name), []byte("name: p\n"), 0o644))
	}
	t.Chdir(inside)

	got, err := Options{Stack: "test", Place: Sandbox}.defaultPaths()
	require.NoError(t, err)
	require.Equal(t, root, got.Dir)
	require.Equal(t, filepath.Join(root, ".sandbox"), got.StateDir)
	require.Equal(t, filepath.Join(root, "Pulumi.test.yaml"), got.ConfigFile)

	got, err = Options{Stack: "org/p/prod", Place: Endpoint, ConfigFile: "../../other.yaml"}.defaultPaths()
	require.NoError(t, err)
	require.Equal(t, filepath.Join(root, ".emulator"), got.StateDir)
	require.Equal(t, filepath.Join(root, "other.yaml"), got.ConfigFile)

	_, err = Options{Stack: "stage", Place: Sandbox}.defaultPaths()
	require.ErrorContains(t, err, "Pulumi.stage.yaml")
	require.ErrorContains(t, err, "are: prod, test")
}

func TestFindProjectElsewhere(t *testing.T) {
	t.Chdir(t.TempDir())
	_, err := FindProject()
	require.ErrorContains(t, err, "run this from inside a clone")
}
