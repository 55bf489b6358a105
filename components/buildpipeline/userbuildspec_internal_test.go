package buildpipeline

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/internal/problems"
)

// Only generated buildspecs skip an execution that a change of the configuration has started.
func TestOwnBuildspecsOfBlueGreen(t *testing.T) {
	spec := BuildSpec{Buildspec: "a", Package: &PackageSpec{Buildspec: "b"}, Tests: []TestSpec{{Name: "unit"}, {Buildspec: "c"}}}
	var found problems.List
	spec.ValidateDeployment("p.", false, &found)
	require.NoError(t, found.Err())
	spec.ValidateDeployment("p.", true, &found)
	for _, want := range []string{`p.buildspec: "a"`, `p.package.buildspec: "b"`, `p.tests[1].buildspec: "c"`} {
		require.ErrorContains(t, found.Err(), want+" is not allowed: none for a service that CodeDeploy deploys")
	}
}
