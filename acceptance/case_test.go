//go:build acceptance

package acceptance

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"fargate-cd/automation/stack"
	"fargate-cd/program"
)

// root is the project's directory, seen from this package's.
const root = ".."

// deployed is a stack on the emulator, in a region that no other case uses and
// under a name that no other case has: IAM's roles and S3's buckets belong to
// all regions.
type deployed struct {
	*clients
	t      *testing.T
	name   string
	state  string         // the folder of Pulumi's state
	file   string         // the stack file
	given  map[string]any // by the stack file
	config map[string]any // overrides the stack file's
	ownVpc string         // the one that the test has made, if the stack file names one
}

// deploy names a stack for a stack file, relative to the project's directory,
// without doing anything yet. The test's end destroys what there is of it then.
func deploy(t *testing.T, file string, config map[string]any) *deployed {
	t.Helper()
	region := takeRegion(t)
	d := &deployed{
		clients: newClients(region), t: t, file: filepath.Join(root, file), state: t.TempDir(),
		name:   fmt.Sprintf("t%06x", rand.IntN(1<<24)),
		config: map[string]any{"aws:region": region},
	}
	d.read()
	maps.Copy(d.config, config)
	if d.setting("vpcId") != nil {
		makeNetwork(t, d)
	}
	t.Cleanup(d.cleanUp)
	return d
}

// cleanUp lets a failed test leave nothing behind. If it cannot, that is not the test's fault.
func (d *deployed) cleanUp() {
	if !d.t.Failed() {
		return
	}
	commands := []command{(*stack.Stack).Destroy}
	if d.config["deletionProtection"] == true {
		d.config["deletionProtection"] = false
		commands = []command{(*stack.Stack).Up, (*stack.Stack).Destroy}
	}
	for _, run := range commands {
		if _, err := d.run(context.Background(), run); err != nil {
			d.t.Logf("cleaning up stack %s in %s after the failure: %v", d.name, d.region, err)
		}
	}
}

// read reads the stack file.
func (d *deployed) read() {
	d.t.Helper()
	text, err := os.ReadFile(d.file)
	require.NoError(d.t, err)
	var file struct{ Config map[string]any }
	require.NoError(d.t, yaml.Unmarshal(text, &file), "stack file %s", d.file)
	d.given = file.Config
}

// setting is the value of a key of the project's configuration; nil for none.
func (d *deployed) setting(key string) any {
	if value, ok := d.config[key]; ok {
		return value
	}
	return d.given["fargate-cd:"+key]
}

// services are the configured services, to be read or, for the next command, changed.
func (d *deployed) services() []any {
	d.t.Helper()
	text, err := yaml.Marshal(d.setting("services"))
	require.NoError(d.t, err)
	var copied []any
	require.NoError(d.t, yaml.Unmarshal(text, &copied)) // each service its own: a file may use one mapping twice
	d.config["services"] = copied
	return copied
}

// codeCommit are the configured repositories of CodeCommit, which does not list its own everywhere.
func (d *deployed) codeCommit() []string {
	var names []string
	for _, each := range d.services() {
		source, _ := each.(map[string]any)["source"].(map[string]any)
		if source["provider"] == "CodeCommit" {
			names = append(names, fmt.Sprint(source["repository"]))
		}
	}
	return names
}

// command is one of the engine's.
type command func(*stack.Stack, context.Context) (stack.Result, error)

// run opens the stack with the configuration as it is now and runs a command.
func (d *deployed) run(ctx context.Context, run command) (_ stack.Result, err error) {
	var progress bytes.Buffer
	opened, err := stack.Open(ctx, stack.Options{
		Dir: root, Stack: d.name, ConfigFile: d.file, Program: program.Run,
		Place: stack.Endpoint, Endpoint: endpoint, StateDir: d.state, Config: d.config, Progress: &progress,
	})
	if err != nil {
		return stack.Result{}, err
	}
	result, err := run(opened, ctx)
	if err != nil {
		err = fmt.Errorf("%w\nprogress of Pulumi:\n%s", err, progress.String())
	}
	if closing := opened.Close(); err == nil {
		err = closing
	}
	return result, err
}

// must runs a command that has to succeed.
func (d *deployed) must(run command) stack.Result {
	d.t.Helper()
	result, err := d.run(d.t.Context(), run)
	require.NoError(d.t, err)
	return result
}

func (d *deployed) up() stack.Result { d.t.Helper(); return d.must((*stack.Stack).Up) }
func (d *deployed) destroy()         { d.t.Helper(); d.must((*stack.Stack).Destroy) }

// changes are the steps of a result as text, such as "update aws:ecs/service:Service web".
func changes(result stack.Result) []string {
	texts := []string{}
	for _, step := range result.Steps {
		if lostTags(step) {
			continue
		}
		texts = append(texts, step.Op+" "+step.Type+" "+step.Name)
	}
	return texts
}
