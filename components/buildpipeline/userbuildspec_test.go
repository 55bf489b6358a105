package buildpipeline_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/components/buildpipeline"
	"fargate-cd/internal/enginetest"
)

// A project can use a buildspec in the repository, or the text of a buildspec.
func TestOwnBuildspecs(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, pipelineOf(buildpipeline.Args{Source: fromGitHub, Build: buildpipeline.BuildSpec{
		Buildspec: "ci/image.yaml",
		Package:   &buildpipeline.PackageSpec{Buildspec: "ci/package.yaml", MachineSpec: buildpipeline.MachineSpec{ComputeType: "BUILD_GENERAL1_LARGE"}},
		Tests:     []buildpipeline.TestSpec{{Name: "unit", Buildspec: "version: 0.2\nphases: {}\n"}},
	}}, nil).program)
	for name, want := range map[string]string{
		"web-image": "ci/image.yaml", "web-package": "ci/package.yaml", "web-test-unit": "version: 0.2\nphases: {}\n",
	} {
		require.Equal(t, want, r.One(t, "codebuild.Project", name).Inputs["source"].(object)["buildspec"])
	}
	machine := func(name string) any {
		return r.One(t, "codebuild.Project", name).Inputs["environment"].(object)["computeType"]
	}
	require.Equal(t, []any{"BUILD_GENERAL1_LARGE", "BUILD_GENERAL1_SMALL"}, []any{machine("web-package"), machine("web-image")})
}
