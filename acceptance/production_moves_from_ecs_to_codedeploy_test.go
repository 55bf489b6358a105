//go:build acceptance

package acceptance

import (
	"testing"

	"fargate-cd/acceptance/internal/lab"
)

// productionMovesToCodeDeploy changes production to deployments by CodeDeploy. Test still
// deploys with ECS. CodeDeploy deploys a release after a person has approved it.
func productionMovesToCodeDeploy(_ *testing.T, p *lab.Promotion) {
	moveProductionToCodeDeploy(p)
	approveRelease(p)
}

// bothStacksUseCodeDeploy changes production to deployments by CodeDeploy, which test
// already uses. The next push is deployed in both stacks.
func bothStacksUseCodeDeploy(_ *testing.T, p *lab.Promotion) {
	moveProductionToCodeDeploy(p)
	p.Test.Change()
	p.Arrives()
	p.RequireUnchanged()
}

func moveProductionToCodeDeploy(p *lab.Promotion) {
	image := p.Production.Running()
	p.Production.Services()[0]["deployment"] = map[string]any{"strategy": "ECSAllAtOnce"}
	p.Production.Up()
	p.Production.Runs(image)
	p.Production.RequireUnchanged()
}
