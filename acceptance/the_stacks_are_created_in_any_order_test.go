//go:build acceptance

package acceptance

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
	"fargate-cd/acceptance/internal/readback"
)

// noRelease is a part of the error of production's pipeline before the first release.
const noRelease = "/deployment/push.zip' does not exist in the bucket 'welcomer-releases-"

// firstReleaseWaitsForProduction creates test, which deploys a version but cannot release
// it. Then it creates production, and retries the release of the version.
func firstReleaseWaitsForProduction(t *testing.T, p *lab.Promotion) {
	p.Test.Up()
	commit, execution := p.Test.Push()
	p.Test.Fails(execution, "Release/Release: ", "bucket does not exist")
	image := p.Test.Image(commit)
	p.Test.Runs(image)

	p.Production.Up()
	first := p.Production.NewestExecution()
	p.Production.Fails(first, "Source/Source: ", noRelease)
	p.Production.Runs(readback.Bootstrap)
	p.RequireUnchanged()

	p.Test.Retry(execution, "Release")
	p.Test.Succeeds(execution)
	p.Production.Succeeds(p.Production.NextExecution(first))
	p.Production.Runs(image)
}

// productionWaitsForTheFirstRelease creates production and then test. The first push to test
// is deployed in both. The build in test writes the files for the deployment strategies of
// both.
func productionWaitsForTheFirstRelease(t *testing.T, p *lab.Promotion) {
	p.Production.Up()
	p.Production.Fails(p.Production.NewestExecution(), "Source/Source: ", noRelease)
	p.Test.Up()
	require.Empty(t, p.Releases(), "releases before the first push")

	s := readback.Systems["examples/s1-test-then-production/Pulumi.s1.yaml"]
	s.Services = slices.Clone(s.Services)
	s.Services[0].BlueGreen = &readback.BlueGreen{Configuration: "CodeDeployDefault.ECSAllAtOnce"}
	readback.CheckBuildspecs(t, p.Test.Stack, s)

	p.Arrives()
	p.RequireUnchanged()
}
