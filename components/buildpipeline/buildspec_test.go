package buildpipeline_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/bluegreen"
	"fargate-cd/components/buildpipeline"
	"fargate-cd/internal/buildtest"
	"fargate-cd/internal/enginetest"
	"fargate-cd/internal/golden"
)

func TestBuildspecs(t *testing.T) {
	for name, test := range map[string]struct {
		build      buildpipeline.BuildSpec
		deployment *bluegreen.Spec
		project    string
	}{
		"rolling":       {project: "web-image"},
		"bluegreen":     {deployment: allAtOnce, project: "web-image"},
		"dockerhub":     {build: buildpipeline.BuildSpec{DockerHubSecretArn: pulumi.String(hubSecret)}, project: "web-image"},
		"package":       {build: buildpipeline.BuildSpec{Package: justMake}, project: "web-package"},
		"package-cache": {build: buildpipeline.BuildSpec{Package: mavenPackage}, project: "web-package"},
		"package-bluegreen": {
			build: buildpipeline.BuildSpec{Package: mavenPackage}, deployment: allAtOnce, project: "web-package",
		},
		"registry-cache": {build: buildpipeline.BuildSpec{Cache: buildpipeline.CacheRegistry}, project: "web-image"},
		"s3-cache":       {build: buildpipeline.BuildSpec{Cache: buildpipeline.CacheS3}, project: "web-image"},
		"attested": {
			build:   buildpipeline.BuildSpec{AttestationsSpec: buildpipeline.AttestationsSpec{Provenance: "max", SBOM: true}},
			project: "web-image",
		},
		"select": {deployment: allAtOnce, project: "web-select"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			r.MustRun(t, pipelineOf(buildpipeline.Args{Source: fromGitHub, Build: test.build}, test.deployment).program)
			source := r.One(t, "codebuild.Project", test.project).Inputs["source"].(object)
			golden.Compare(t, "buildspec-"+name+".json", source["buildspec"].(string))
		})
	}
}

// A command with only comments is not a syntax error, and the commands after it run.
func TestCommentsAsCommands(t *testing.T) {
	commands := []string{"# unit tests\n  # of the module\n", "go test ./...", "# the end"}
	args := tested(buildpipeline.TestSpec{Name: "unit", Commands: commands})
	args.Build.Package = &buildpipeline.PackageSpec{Commands: append(commands, "touch out"), Files: []string{"out"}}
	for _, deployment := range []*bluegreen.Spec{nil, allAtOnce} {
		r := &enginetest.Engine{}
		r.MustRun(t, pipelineOf(args, deployment).program)
		for _, name := range []string{"web-test-unit", "web-package"} {
			run := buildtest.Run(t, projectOf(t, r, name), "", nil)
			require.Zero(t, run.Status, run.Output)
			require.Contains(t, run.Calls, []string{"go", "test", "./..."}, name)
		}
	}
}
