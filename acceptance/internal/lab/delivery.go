//go:build acceptance

package lab

import (
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Delivery follows the pushes to the repository of one service.
type Delivery struct {
	*Stack
	Files     map[string]string // the files of the next push, by path
	Meanwhile func()            // the actions of a person during a deployment; nil for none

	service, repository string
}

// Follow returns a delivery of a service. Its first push has the files of the sample application.
func Follow(d *Stack, service, repository string) *Delivery {
	return &Delivery{Stack: d, service: service, repository: repository, Files: sample(d.t)}
}

// Chapter runs a part of a test as a subtest on the same stack. Each chapter starts with
// the state that the previous one leaves, so a failed chapter ends the whole test.
func (d *Delivery) Chapter(name string, tell func(*testing.T, *Delivery)) {
	chapter(name, func(t *testing.T) { tell(t, d) }, d.Stack)
}

// chapter runs a part of a test as a subtest, on stacks that the test has created.
func chapter(name string, tell func(*testing.T), stacks ...*Stack) {
	outer := stacks[0].t
	passed := outer.Run(name, func(t *testing.T) {
		for _, each := range stacks {
			each.t = t
			defer func() { each.t = outer }()
		}
		tell(t)
	})
	if !passed {
		outer.FailNow()
	}
}

// sample returns the files of the sample application.
func sample(t *testing.T) map[string]string {
	t.Helper()
	folder := filepath.Join(Root, "examples", "app")
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	files := map[string]string{}
	for _, entry := range entries {
		if entry.Type().IsRegular() {
			text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
			require.NoError(t, err)
			files[entry.Name()] = string(text)
		}
	}
	return files
}

// Change makes a small change to the files.
func (d *Delivery) Change() {
	d.Files = maps.Clone(d.Files)
	d.Files["CHANGES"] += "one more\n"
}

// Push pushes the files, which must start the pipeline. It returns the commit and the execution.
func (d *Delivery) Push() (commit, execution string) {
	d.t.Helper()
	return d.starts(d.push(nil))
}

// starts requires that a push has started the pipeline. It returns the commit and the execution.
func (d *Delivery) starts(answer Pushed) (commit, execution string) {
	d.t.Helper()
	require.Len(d.t, answer.Pipelines, 1, "the push must reach the pipeline")
	require.NotEmpty(d.t, answer.Pipelines[0].PipelineExecutionID, "the pipeline does not start: %s", answer.Pipelines[0].Why)
	return answer.Commit, answer.Pipelines[0].PipelineExecutionID
}

// IsIgnored pushes the files, which must not start the pipeline. The emulator's reason must contain why.
func (d *Delivery) IsIgnored(why string) {
	d.t.Helper()
	answer := d.push(nil)
	require.Len(d.t, answer.Pipelines, 1, "the push must reach the pipeline")
	require.Empty(d.t, answer.Pipelines[0].PipelineExecutionID, "the push must not start the pipeline")
	require.Contains(d.t, answer.Pipelines[0].Why, why, "why the pipeline does not start")
}

// Arrives pushes the files. It requires that the service then runs the image of that
// commit with all its tasks, and that these tasks get all the traffic. It returns the image.
func (d *Delivery) Arrives() string {
	d.t.Helper()
	commit, execution := d.Push()
	if d.Meanwhile != nil {
		d.Meanwhile()
	}
	d.Succeeds(execution)
	image := d.Image(commit)
	d.Runs(image)
	return image
}

// FailsAt pushes a version that must fail at an action, such as Build/Image, with a
// message that contains reason. It requires that the service runs the same image as
// before, and that the traffic goes to the same target groups.
func (d *Delivery) FailsAt(action, reason string) {
	d.t.Helper()
	image, traffic := d.Running(), d.Traffic(d.ProductionPort())
	_, execution := d.Push()
	d.Fails(execution, action+": ", reason)
	d.Runs(image)
	require.Equal(d.t, traffic, d.Traffic(d.ProductionPort()), "traffic after the failure")
}

// patience is the maximum duration of each wait for the emulator.
const patience = 3 * time.Minute

// Eventually waits until missing returns "". Before that, missing returns a description
// of what is missing. Unlike the condition of require.Eventually, missing may fail the
// test with require.
func Eventually(t *testing.T, missing func() string) {
	t.Helper()
	end := time.Now().Add(patience)
	for text := missing(); text != ""; text = missing() {
		require.True(t, time.Now().Before(end), "after %s: %s", patience, text)
		time.Sleep(100 * time.Millisecond)
	}
}

// UpDeploys runs up after a change of a blue/green service's configuration. It waits
// until the deployment that up has started succeeds.
func (d *Delivery) UpDeploys() {
	d.t.Helper()
	old := d.NewestExecution()
	d.Up()
	if d.Meanwhile != nil {
		d.Meanwhile()
	}
	d.Succeeds(d.NextExecution(old))
}
