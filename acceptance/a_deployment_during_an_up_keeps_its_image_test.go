//go:build acceptance

package acceptance

import (
	"strings"
	"testing"

	"fargate-cd/acceptance/internal/lab"
)

// TestDeploymentDuringAnUpKeepsItsImage starts two deployments while up runs. The first one begins after
// up has read the running revision and before up updates the service. The service keeps
// the image of this deployment. The second one begins while up waits for its own
// deployment. Up does not report it as a rollback.
func TestDeploymentDuringAnUpKeepsItsImage(t *testing.T) {
	t.Parallel()
	const early, late = "public.ecr.aws/docker/library/httpd:early", "public.ecr.aws/docker/library/httpd:late"
	d := lab.NewStack(t, "Pulumi.test.yaml", nil).Alone()
	d.Up()
	w := lab.Follow(d, "welcomer", "welcomer")
	w.Arrives()

	// The new rule of the security group is slow, and the new revision comes after it.
	// The target group changes at once, which shows that up has begun.
	const slow = "ec2:AuthorizeSecurityGroupEgress"
	d.Resize(512, 1024)
	configured := d.Services()[0]
	configured["egressPorts"], configured["healthCheck"] = []any{443, 5432}, map[string]any{"path": "/welcomer/hello", "intervalSeconds": 20}
	lab.Delay(t, slow, 6)
	up := d.StartUp()
	lab.Eventually(t, func() string {
		if *lab.TargetGroups(t, d)[0].HealthCheckIntervalSeconds == 20 {
			return ""
		}
		return "up does not change the target group"
	})
	w.Deploy(early)
	up.Wait()
	lab.Delay(t, slow, 0)
	w.Runs(early)
	w.RequireSize("512", "1024", "after the update")
	d.RequireUnchanged()

	// The tasks of this revision are never healthy, so up waits until another deployment replaces the revision.
	d.Resize(512, 2048)
	mine := w.NextRevision()
	lab.MakeUnhealthy(t, mine)
	up = d.StartUp()
	lab.Eventually(t, func() string {
		if strings.HasSuffix(*w.Now().TaskDefinition, mine) {
			return ""
		}
		return "up does not update the service to " + mine
	})
	w.Deploy(late)
	up.Wait()
	w.Runs(late)
	w.RequireSize("512", "2048", "after the update")
	d.RequireUnchanged()
	d.End()
}
