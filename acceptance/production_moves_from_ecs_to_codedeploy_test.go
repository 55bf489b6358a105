//go:build acceptance

package acceptance

import (
	"testing"

	"fargate-cd/acceptance/internal/lab"
)

// productionMovesToCodeDeploy lets CodeDeploy deploy the service in production from now
// on, which deploys the releases of ECS in test. A person decides about them.
func productionMovesToCodeDeploy(_ *testing.T, p *lab.Promotion) {
	moveProductionToCodeDeploy(p)
	approveRelease(p)
}

// bothStacksUseCodeDeploy lets CodeDeploy deploy the service in production too. The next
// push goes through both stacks.
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
