//go:build acceptance

package lab

import (
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy/types"
	"github.com/stretchr/testify/require"
)

// InProgress waits until a CodeDeploy deployment of the service is in progress.
func (d *Delivery) InProgress() { d.t.Helper(); d.deployment(types.DeploymentStatusInProgress) }

// Ready waits until a deployment waits for a person to reroute the traffic, and returns its id.
func (d *Delivery) Ready() (id string) {
	d.t.Helper()
	return d.deployment(types.DeploymentStatusReady)
}

// Reroute waits until a deployment is ready, checks both listeners as a person would, and
// continues the deployment.
func (d *Delivery) Reroute() {
	d.t.Helper()
	production := d.Traffic(d.ProductionPort())
	id := d.Ready()
	require.Equal(d.t, production, d.Traffic(d.ProductionPort()), "production traffic before a person reroutes it")
	require.NotEqual(d.t, production, d.Traffic(8080), "the test listener leads to the new version")
	require.Contains(d.t, d.Traffic(8080), " 100 %", "the test listener leads to the new version only")
	Ask(d.t, d.CodeDeploy.ContinueDeployment, &codedeploy.ContinueDeploymentInput{
		DeploymentId: &id, DeploymentWaitType: types.DeploymentWaitTypeReadyWait,
	})
}

// deployment waits until a deployment of the service has a status, and returns its id.
func (d *Delivery) deployment(status types.DeploymentStatus) (id string) {
	d.t.Helper()
	Eventually(d.t, func() string {
		for _, application := range Ask(d.t, d.CodeDeploy.ListApplications, &codedeploy.ListApplicationsInput{}).Applications {
			if WithoutSuffix(application) != d.service {
				continue
			}
			ids := Ask(d.t, d.CodeDeploy.ListDeployments, &codedeploy.ListDeploymentsInput{
				ApplicationName: &application, DeploymentGroupName: &d.service, IncludeOnlyStatuses: []types.DeploymentStatus{status},
			}).Deployments
			if len(ids) > 0 {
				id = ids[0]
				return ""
			}
		}
		return "no deployment of " + d.service + " is " + string(status) + ": " + d.failures(d.pipeline(), d.NewestExecution())
	})
	return id
}
