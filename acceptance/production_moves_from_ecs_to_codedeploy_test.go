//go:build acceptance

package acceptance

import (
	"testing"

	"fargate-cd/acceptance/internal/lab"
)

// productionMovesToCodeDeploy lets CodeDeploy deploy the service in production from now
// on, which deploys the releases of ECS in test.
func productionMovesToCodeDeploy(_ *testing.T, p *lab.Promotion) {
	image := p.Production.Running()
	p.Production.Services()[0]["deployment"] = map[string]any{"strategy": "ECSAllAtOnce"}
	p.Production.Up()
	p.Production.Runs(image)
	p.Production.RequireUnchanged()
	approveRelease(p)
}
