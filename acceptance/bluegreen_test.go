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
	blue := w.traffic(80)
	require.Equal(t, blue, w.traffic(8080), "the test listener shows what serves")

	first := w.arrives()
	require.NotEqual(t, blue, w.traffic(80), "the target groups change places")
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

	// A change of the configuration deploys the image that runs. The newest commit is one that was rejected.
	w.resize("512", "1024")
	w.changes()
	w.runs(second)
	require.Equal(t, "512", *w.revision().Cpu, "CPU after the change of the configuration")
	requireUnchanged(t, d)

	// A push that is still being deployed arrives first, and the change deploys its image.
	w.change()
	commit, push := w.push()
	w.ready()
	w.resize("512", "2048")
	old := w.newest()
	d.up()
	w.reroute()
	w.ends(push, pipelinetypes.PipelineExecutionStatusSucceeded)
	third := w.image(commit)
	require.Equal(t, third, w.running(), "image after the push")
	require.Equal(t, "1024", *w.revision().Memory, "memory after the push, which began before the change")
	w.reroute()
	w.ends(w.newestAfter(old), pipelinetypes.PipelineExecutionStatusSucceeded)
	w.runs(third)
	require.Equal(t, "2048", *w.revision().Memory, "memory after the change")
	requireUnchanged(t, d)

	// On another port the old tasks serve until the new ones have the traffic.
	w.setPort(8181)
	old = w.newest()
	d.up()
	w.ready()
	require.Subset(t, w.openPorts(), []int32{8080, 8181}, "ports on which the tasks admit the balancer during the deployment")
	w.reroute()
	w.ends(w.newestAfter(old), pipelinetypes.PipelineExecutionStatusSucceeded)
	w.runs(third)
	require.ElementsMatch(t, []string{
		"delete aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule web-internal-to-8080",
		"delete aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule web-from-internal-8080",
	}, changes(d.up()), "the old port closes after the deployment")
	requireUnchanged(t, d)

	d.destroy()
	requireNothingLeft(t, d, before, nil)
}

// changes brings a changed configuration up, and waits until its deployment is over.
func (d *delivery) changes() {
	d.t.Helper()
	old := d.newest()
	d.up()
	if d.meanwhile != nil {
		d.meanwhile()
	}
	d.ends(d.newestAfter(old), pipelinetypes.PipelineExecutionStatusSucceeded)
}

// ready waits for a deployment that waits for a person.
func (d *delivery) ready() (id string) {
	d.t.Helper()
	eventually(d.t, func() string {
		ids := d.deployments(types.DeploymentStatusReady)
		if len(ids) == 0 {
			return "no deployment of " + d.service + " becomes ready: " + d.failures(d.pipeline(), d.newest())
		}
		id = ids[0]
		return ""
	})
	return id
}

// reroute waits for the newest deployment to be ready, looks at it as a person
// would, and continues it.
func (d *delivery) reroute() {
	d.t.Helper()
	production := d.traffic(80)
	id := d.ready()
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
