package buildpipeline_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/components/buildpipeline"
	"fargate-cd/internal/buildtest"
	"fargate-cd/internal/enginetest"
)

// Variables of the image build reach Docker by name, so that no value becomes shell code.
func TestImageVariables(t *testing.T) {
	for _, cache := range []string{buildpipeline.CacheNone, buildpipeline.CacheRegistry, buildpipeline.CacheS3} {
		r := &enginetest.Engine{}
		r.MustRun(t, pipelineOf(buildpipeline.Args{Source: fromGitHub, Build: buildpipeline.BuildSpec{
			Cache: cache, Directory: "my app; exit 1", Dockerfile: "$(exit 1)/Dockerfile",
			VariablesSpec: buildpipeline.VariablesSpec{
				Environment: map[string]string{"VERSION": `1"; exit 1; "`, "BASE": "x"}, Secrets: map[string]string{"TOKEN": tokenSecret},
			},
		}}, nil).program)
		run := buildtest.Run(t, projectOf(t, r, "web-image"), "", map[string]string{"CACHE_DIRECTORY": filepath.Join(t.TempDir(), "layers")})
		require.Zero(t, run.Status, run.Output)
		var built []string
		for _, call := range run.Calls {
			if call[1] == "build" || call[1] == "buildx" && call[2] == "build" {
				built = call
			}
		}
		require.Subset(t, built, []string{"--build-arg", "BASE", "VERSION", "--secret", "id=TOKEN,env=TOKEN", "my app; exit 1", "my app; exit 1/$(exit 1)/Dockerfile"}, built)
		require.Contains(t, r.One(t, "iam.RolePolicy", "web-image").Policy(t, "policy"), "Allow secretsmanager:GetSecretValue on "+tokenSecret)
	}
}
