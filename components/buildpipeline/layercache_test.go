package buildpipeline_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/components/buildpipeline"
	"fargate-cd/internal/buildtest"
	"fargate-cd/internal/enginetest"
)

// Every build replaces the layers, so they have a separate repository with mutable tags. The tags of the images are
// immutable.
func TestRegistryCache(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, pipelineOf(buildpipeline.Args{
		Source: fromGitHub, Build: buildpipeline.BuildSpec{Cache: buildpipeline.CacheRegistry},
	}, nil).program)
	require.Equal(t, object{"imageTagMutability": "MUTABLE", "forceDelete": true}, r.One(t, "ecr.Repository", "web-layers").Inputs)
	require.Contains(t, r.One(t, "ecr.LifecyclePolicy", "web-layers").Inputs["policy"], `"tagStatus":"untagged","countType":"sinceImagePushed"`)
	image := r.One(t, "codebuild.Project", "web-image").Inputs
	require.Equal(t, object{"type": "NO_CACHE"}, image["cache"])
	require.Contains(t, image["environment"].(object)["environmentVariables"],
		object{"name": "CACHE_URI", "value": "ecr.example/web-layers"})
	require.Contains(t, r.One(t, "iam.RolePolicy", "web-image").Policy(t, "policy"),
		"Allow ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer ecr:CompleteLayerUpload ecr:DescribeImages "+
			"ecr:InitiateLayerUpload ecr:PutImage ecr:UploadLayerPart on arn:aws:ecr:eu-central-1:111122223333:repository/web-layers")
	require.Equal(t, "IMMUTABLE", r.One(t, "ecr.Repository", "web").Inputs["imageTagMutability"])
	requireCacheOnly(t, projectOf(t, r, "web-image"))

	r = &enginetest.Engine{}
	r.MustRun(t, pipelineOf(buildpipeline.Args{Source: fromGitHub, Build: buildpipeline.BuildSpec{Cache: buildpipeline.CacheNone}}, nil).program)
	require.Equal(t, object{"type": "NO_CACHE"}, r.One(t, "codebuild.Project", "web-image").Inputs["cache"])
	require.Len(t, r.All("ecr.Repository"), 1)
}

// CodeBuild keeps the directory of the layers in the artifact bucket. Each build replaces it.
func TestS3Cache(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, pipelineOf(buildpipeline.Args{
		Source: fromGitHub, Build: buildpipeline.BuildSpec{Cache: buildpipeline.CacheS3, Package: mavenPackage},
	}, nil).program)
	image := r.One(t, "codebuild.Project", "web-image").Inputs
	require.Equal(t, object{"type": "S3", "location": "web-artifacts-0abcdef/cache/layers"}, image["cache"])
	require.Equal(t, object{"type": "S3", "location": "web-artifacts-0abcdef/cache"}, r.One(t, "codebuild.Project", "web-package").Inputs["cache"])
	require.Contains(t, r.One(t, "iam.RolePolicy", "web-image").Policy(t, "policy"),
		"Allow s3:GetObject s3:GetObjectVersion s3:PutObject on "+artifactBucket+"/cache/layers/*")
	require.Len(t, r.All("ecr.Repository"), 1)

	project := projectOf(t, r, "web-image")
	require.Equal(t, "/tmp/layers", project.Variables["CACHE_DIRECTORY"])
	project.Variables["CACHE_DIRECTORY"] = filepath.Join(t.TempDir(), "layers")
	requireCacheOnly(t, project)
	for name, test := range map[string]struct {
		environ map[string]string
		want    string
	}{
		"replaced":        {nil, "index.json"},
		"not written":     {map[string]string{"FAKE_CACHE_BROKEN": "true"}, "before"},
		"no new image":    {map[string]string{"FAKE_IMAGE_EXISTS": "true"}, "before"},
		"a failed build":  {map[string]string{"FAKE_FAILS": "docker buildx build"}, "before"},
		"without builder": {map[string]string{"FAKE_FAILS": "docker buildx create"}, "before"},
	} {
		directory := filepath.Join(t.TempDir(), "layers")
		require.NoError(t, os.Mkdir(directory, 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(directory, "before"), nil, 0o600))
		project.Variables["CACHE_DIRECTORY"] = directory
		run := buildtest.Run(t, project, "", test.environ)
		require.Equal(t, []string{"/tmp/layers/**/*"}, run.Cache)
		files, err := os.ReadDir(directory)
		require.NoError(t, err)
		require.Len(t, files, 1, name)
		require.Equal(t, test.want, files[0].Name(), name)
	}
}

// requireCacheOnly checks that a missing or broken layer cache does not fail an image build.
func requireCacheOnly(t *testing.T, project buildtest.Project) {
	t.Helper()
	for _, test := range []struct {
		environ map[string]string
		cached  bool
	}{
		{nil, true},
		{map[string]string{"FAKE_CACHE_BROKEN": "true"}, true},
		{map[string]string{"FAKE_FAILS": "docker buildx create"}, false},
	} {
		run := buildtest.Run(t, project, "", test.environ)
		require.Zero(t, run.Status, run.Output)
		require.Equal(t, test.cached, len(callsOf(run, "docker", "buildx", "build")) == 1, run.Calls)
		require.Equal(t, !test.cached, len(callsOf(run, "docker", "build")) == 1, run.Calls)
		require.Contains(t, run.Artifacts["imagedefinitions.json"], "@"+buildtest.FakeDigest)
	}
	broken := buildtest.Run(t, project, "", map[string]string{"FAKE_FAILS": "docker buildx build"})
	require.NotZero(t, broken.Status, "a build that fails is not repeated without the cache")
	require.Empty(t, callsOf(broken, "docker", "build"))
}
