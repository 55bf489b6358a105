package buildpipeline_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/buildpipeline"
	"fargate-cd/components/environment"
	"fargate-cd/internal/buildtest"
	"fargate-cd/internal/enginetest"
	"fargate-cd/internal/golden"
)

// Builds pull the images of Docker Hub through Amazon ECR, whatever the Dockerfile says.
func TestPullThroughCache(t *testing.T) {
	const buildkit = "moby/buildkit:buildx-stable-1"
	for name, test := range map[string]struct {
		build buildpipeline.BuildSpec
	}{
		"alone":        {},
		"with a cache": {buildpipeline.BuildSpec{Cache: buildpipeline.CacheRegistry}},
		"attested":     {buildpipeline.BuildSpec{AttestationsSpec: buildpipeline.AttestationsSpec{SBOM: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			given := pipelineOf(buildpipeline.Args{Source: fromGitHub, Build: test.build}, nil)
			given.environment.PullThroughCache = environment.PullThroughCacheSpec{
				DockerHubSecretArn: pulumi.String("arn:aws:secretsmanager:eu-central-1:111122223333:secret:ecr-pullthroughcache/hub-AbCdEf"),
			}
			r := &enginetest.Engine{}
			r.MustRun(t, given.program)
			require.Contains(t, r.One(t, "iam.RolePolicy", "web-image").Policy(t, "policy"),
				"Allow ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer ecr:BatchImportUpstreamImage "+
					"ecr:CreateRepository on arn:aws:ecr:eu-central-1:111122223333:repository/test-hub/*")
			project := projectOf(t, r, "web-image")
			require.Equal(t, "test-hub", project.Variables["PULL_THROUGH_PREFIX"])
			if name == "alone" {
				golden.Compare(t, "buildspec-pull-through.json", project.Buildspec)
			}
			for pulled, environ := range map[string]map[string]string{
				"ecr.example/test-hub/" + buildkit: nil,
				buildkit:                           {"FAKE_FAILS": "docker pull"}, // a broken cache
			} {
				run := buildtest.Run(t, project, "", environ)
				require.Zero(t, run.Status, run.Output)
				created := callsOf(run, "docker", "buildx", "create")
				require.Len(t, created, 1)
				require.Contains(t, created[0], "image="+pulled)
				require.Contains(t, run.Output, "[registry.\"docker.io\"]\n  mirrors = [\"ecr.example/test-hub\"]\n")
				require.Len(t, callsOf(run, "docker", "buildx", "build"), 1)
			}
			run := buildtest.Run(t, project, "", map[string]string{"FAKE_FAILS": "docker buildx create"})
			require.Equal(t, name != "attested", run.Status == 0, "only the attestations need the builder: %s", run.Output)
		})
	}
}

// A change of the configuration pulls nothing.
func TestPullThroughCacheInAChange(t *testing.T) {
	given := pipelineOf(buildpipeline.Args{Source: fromGitHub}, allAtOnce)
	given.environment.PullThroughCache = environment.PullThroughCacheSpec{Prefix: "docker-hub"}
	r := &enginetest.Engine{}
	r.MustRun(t, given.program)
	project := projectOf(t, r, "web-image")
	require.Equal(t, "docker-hub", project.Variables["PULL_THROUGH_PREFIX"])
	change := buildtest.Run(t, project, "", buildtest.AfterConfigurationChange(t))
	require.Zero(t, change.Status, change.Output)
	require.Empty(t, change.Calls)
	require.True(t, slices.Contains(callsOf(buildtest.Run(t, project, "", nil), "docker", "pull")[0], "ecr.example/docker-hub/moby/buildkit:buildx-stable-1"))
}

// The build of a pull request can pull images that the cache has. It cannot import images.
func TestPullThroughCacheInAPullRequest(t *testing.T) {
	given := pipelineOf(withRequests(func(*buildpipeline.Args) {}), nil)
	given.environment.PullThroughCache = environment.PullThroughCacheSpec{Prefix: "docker-hub"}
	r := &enginetest.Engine{}
	r.MustRun(t, given.program)
	policy := strings.Join(r.One(t, "iam.RolePolicy", "web-pr-image").Policy(t, "policy"), "\n")
	require.Contains(t, policy, "Allow ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer on "+
		"arn:aws:ecr:eu-central-1:111122223333:repository/docker-hub/*")
	require.NotContains(t, policy, "ecr:BatchImportUpstreamImage")
	project := projectOf(t, r, "web-pr-image")
	build := buildtest.Run(t, project, "", nil)
	require.Zero(t, build.Status, build.Output)
	require.Contains(t, build.Output, "[registry.\"docker.io\"]\n  mirrors = [\"ecr.example/docker-hub\"]\n")
	require.Len(t, callsOf(build, "docker", "buildx", "build"), 1)
	require.NotContains(t, callsOf(build, "docker", "buildx", "build")[0], "--push")
	require.Empty(t, callsOf(build, "docker", "push"))

	without := buildtest.Run(t, project, "", map[string]string{"FAKE_FAILS": "docker buildx create"})
	require.Zero(t, without.Status, "a build without the mirror: %s", without.Output)
	require.Len(t, callsOf(without, "docker", "build"), 1)
	broken := buildtest.Run(t, project, "", map[string]string{"FAKE_FAILS": "docker buildx build"})
	require.NotZero(t, broken.Status)
}
