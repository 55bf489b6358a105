//go:build acceptance

package acceptance

import (
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy/types"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	pipelinetypes "github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/stretchr/testify/require"
)

// TestBlueGreenDelivery pushes to the prod stack, whose service CodeDeploy
// deploys: the new version shows itself on the test listener, and waits for a
// person to reroute the traffic.
func TestBlueGreenDelivery(t *testing.T) {
	t.Parallel()
	d := deploy(t, "Pulumi.prod.yaml", nil)
	before := inventory(t, d)
	d.up()
	w := follow(d, "web", "web")
	w.meanwhile = w.reroute
	require.Equal(t, bootstrap, w.running(), "before the first push")
	blue, green := w.traffic(80), w.traffic(8080)
	require.NotEqual(t, blue, green, "the listeners' target groups")

	first := w.arrives()
	require.Equal(t, green, w.traffic(80), "the target groups change places")
	requireStable(t, d)
	w.change()
	second := w.arrives()
	require.NotEqual(t, first, second, "a commit has an image of its own")
	require.Equal(t, blue, w.traffic(80), "the target groups change places again")

	w.breakBuild()
	w.change()
	w.sicken()
	w.fails("Deploy", "Deploy", "timed out while waiting for the replacement task set to become healthy")
	w.change()
	w.fails("Deploy", "Deploy", "traffic was not rerouted within 60 minutes")
	requireUnchanged(t, d)

	// A change of the configuration is a deployment too, of the newest commit.
	w.resize("512", "1024")
	old := w.newest()
	d.up()
	w.reroute()
	w.ends(w.newestAfter(old), pipelinetypes.PipelineExecutionStatusSucceeded)
	require.Equal(t, "512", *w.revision().Cpu, "CPU after the change of the configuration")
	require.NotEqual(t, blue, w.traffic(80), "the deployment moves the traffic")
	requireUnchanged(t, d)

	d.destroy()
	requireNothingLeft(t, d, before, nil, registered)
}

// reroute waits for the newest deployment to be ready, looks at it as a person
// would, and continues it.
func (d *delivery) reroute() {
	d.t.Helper()
	production := d.traffic(80)
	var id string
	eventually(d.t, func() string {
		ids := d.deployments(types.DeploymentStatusReady)
		if len(ids) == 0 {
			return "no deployment of " + d.service + " becomes ready"
		}
		id = ids[0]
		return ""
	})
	require.Equal(d.t, production, d.traffic(80), "production traffic before a person reroutes it")
	require.NotEqual(d.t, production, d.traffic(8080), "the test listener shows the new version")
	require.Contains(d.t, d.traffic(8080), " 100 %", "the test listener shows the new version only")
	ask(d.t, d.codedeploy.ContinueDeployment, &codedeploy.ContinueDeploymentInput{
		DeploymentId: &id, DeploymentWaitType: types.DeploymentWaitTypeReadyWait,
	})
}

// deployments are the service's of a status.
func (d *delivery) deployments(status types.DeploymentStatus) []string {
	d.t.Helper()
	for _, application := range ask(d.t, d.codedeploy.ListApplications, &codedeploy.ListApplicationsInput{}).Applications {
		if strings.HasPrefix(application, d.service) {
			return ask(d.t, d.codedeploy.ListDeployments, &codedeploy.ListDeploymentsInput{
				ApplicationName: &application, DeploymentGroupName: &d.service, IncludeOnlyStatuses: []types.DeploymentStatus{status},
			}).Deployments
		}
	}
	return nil
}

// newest is the pipeline's newest execution.
func (d *delivery) newest() string {
	d.t.Helper()
	name := d.pipeline()
	found := ask(d.t, d.codepipeline.ListPipelineExecutions, &codepipeline.ListPipelineExecutionsInput{PipelineName: &name})
	require.NotEmpty(d.t, found.PipelineExecutionSummaries, "executions of pipeline %s", name)
	return *found.PipelineExecutionSummaries[0].PipelineExecutionId
}

// newestAfter waits for an execution after an earlier one.
func (d *delivery) newestAfter(old string) string {
	d.t.Helper()
	newest := old
	eventually(d.t, func() string {
		if newest = d.newest(); newest == old {
			return "no execution starts after " + old
		}
		return ""
	})
	return newest
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	require.NoError(t, err)
	return n
}
