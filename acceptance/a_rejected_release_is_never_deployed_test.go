//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"

	"fargate-cd/acceptance/internal/lab"
)

// newShapeDeploysNoRejectedRelease changes the size of the tasks in production after a
// person has rejected the newest release. The person approves the new size, which is
// deployed with the running image.
func newShapeDeploysNoRejectedRelease(_ *testing.T, p *lab.Promotion) {
	image := p.Production.Running()
	rejectRelease(p)
	old := p.Production.NewestExecution()
	p.Production.Resize(512, 1024)
	p.Production.Up()
	execution := p.Production.NextExecution(old)
	p.Production.Decide(execution, types.ApprovalStatusApproved)
	p.Production.Succeeds(execution)
	p.Production.Runs(image)
	p.Production.RequireSize("512", "1024", "after the deployment")
	p.RequireUnchanged()
}
