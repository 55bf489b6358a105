//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"

	"fargate-cd/acceptance/internal/lab"
)

// personDecides adds an approval to production's pipeline. A rejected release does not change
// production, and an approved release is deployed.
func personDecides(_ *testing.T, p *lab.Promotion) {
	before := p.Production.Running()
	p.Production.Services()[0]["approval"] = map[string]any{}
	p.Production.Up()
	rejectRelease(p)
	p.Production.Runs(before)
	p.Production.RequireUnchanged()
	approveRelease(p)
}

// rejectRelease pushes a version, which test releases and a person rejects.
func rejectRelease(p *lab.Promotion) {
	p.Test.Change()
	_, execution := p.Released()
	p.Production.Decide(execution, types.ApprovalStatusRejected)
	p.Production.Fails(execution, "Approval/Approval: ")
}

// approveRelease pushes a version. Test releases it, a person approves the release, and production deploys it.
func approveRelease(p *lab.Promotion) {
	p.Test.Change()
	image, execution := p.Released()
	p.Production.Decide(execution, types.ApprovalStatusApproved)
	p.Production.Succeeds(execution)
	p.Production.Runs(image)
}
