//go:build acceptance

package acceptance

import (
	"maps"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/require"

	"fargate-cd/automation/stack"
)

// TestRollingDelivery pushes to the test stack, whose service ECS itself
// deploys, until the service runs what was pushed, or goes on running what it ran.
func TestRollingDelivery(t *testing.T) {
	t.Parallel()
	d := deploy(t, "Pulumi.test.yaml", nil)
	before := inventory(t, d)
	d.up()
	w := follow(d, "welcomer", "welcomer")
	require.Equal(t, bootstrap, w.running(), "before the first push")

	first := w.arrives()
	requireStable(t, d)
	w.change()
	second := w.arrives()
	require.NotEqual(t, first, second, "a commit has an image of its own")

	w.breakBuild()
	w.change()
	w.sicken()
	w.fails("Deploy", "Deploy", "timed out after")
	requireUnchanged(t, d)

	// A change of the configuration keeps the image that runs. One whose tasks are not healthy is a failed up.
	w.resize("512", "1024")
	w.sicken()
	_, err := d.run(t.Context(), (*stack.Stack).Up)
	require.ErrorContains(t, err, "ECS rolled service welcomer back")
	w.runs(second)
	require.Equal(t, "256", *w.revision().Cpu, "CPU after the failed change of the configuration")

	// Without the change nothing is wrong, and the revision that runs can still be started.
	w.resize("256", "512")
	for _, step := range changes(d.up()) { // the end of the update that failed
		require.Equal(t, "delete-replaced aws:ecs/taskDefinition:TaskDefinition welcomer", step)
	}
	requireUnchanged(t, d)
	require.Equal(t, ecstypes.TaskDefinitionStatusActive, w.revision().Status, "the revision in service is not deregistered")
	ask(t, d.ecs.UpdateService, &ecs.UpdateServiceInput{Cluster: d.cluster(), Service: &w.service, ForceNewDeployment: true})
	w.runs(second)

	// The same change again tries again.
	w.resize("512", "1024")
	d.up()
	w.runs(second)
	require.Equal(t, "512", *w.revision().Cpu, "CPU after the change of the configuration")
	requireUnchanged(t, d)
	w.change()
	third := w.arrives()
	require.Equal(t, "512", *w.revision().Cpu, "CPU after the next push")

	// The service that CodeDeploy deploys from now on is another one, with the same image.
	d.services()[0].(map[string]any)["deployment"] = map[string]any{"strategy": "ECSAllAtOnce"}
	d.up()
	w.runs(third)
	requireUnchanged(t, d)
	w.change()
	w.arrives()

	d.destroy()
	requireNothingLeft(t, d, before, nil)
}

// change changes the sources a little.
func (d *delivery) change() {
	d.files = maps.Clone(d.files)
	d.files["CHANGES"] += "one more\n"
}

// breakBuild pushes sources from which no image can be built, and goes back to the others.
func (d *delivery) breakBuild() {
	d.t.Helper()
	good := d.files
	d.files = maps.Clone(good)
	delete(d.files, "Dockerfile")
	d.fails("Build", "Image", "Build terminated with state: FAILED. Phase: BUILD")
	d.files = good
}

// sicken makes the tasks of the next revision fail their health checks.
func (d *delivery) sicken() {
	d.t.Helper()
	emulator.unhealthy(d.t, d.nextRevision())
}

// resize changes the size of the tasks in the configuration.
func (d *delivery) resize(cpu, memory string) {
	d.t.Helper()
	service := d.services()[0].(map[string]any)
	service["cpu"], service["memory"] = number(d.t, cpu), number(d.t, memory)
}
