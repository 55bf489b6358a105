package buildpipeline_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/components/buildpipeline"
	"fargate-cd/internal/enginetest"
)

func TestRepositories(t *testing.T) {
	for name, test := range map[string]struct {
		force, retain bool
	}{"kept": {}, "a demonstration": {force: true}, "images survive the stack": {retain: true}} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			r.MustRun(t, pipelineOf(buildpipeline.Args{
				Source: fromCodeCommit, ForceDestroy: test.force, RetainRepository: test.retain,
			}, nil).program)

			images := r.One(t, "ecr.Repository", "web")
			require.Equal(t, object{
				"imageTagMutability": "IMMUTABLE", "imageScanningConfiguration": object{"scanOnPush": true}, "forceDelete": test.force,
			}, images.Inputs)
			require.Equal(t, test.retain, images.RetainOnDelete)
			require.Equal(t, test.retain, r.One(t, "ecr.LifecyclePolicy", "web").RetainOnDelete)
			source := r.One(t, "codecommit.Repository", "web")
			require.Equal(t, object{"repositoryName": "web-source", "description": "Source of web"}, source.Inputs)
			require.Equal(t, !test.force, source.Protect, "the repository may hold the only copy of the source code")
			require.Equal(t, object{"forceDestroy": test.force}, r.One(t, "s3.BucketV2", "web-artifacts").Inputs)
		})
	}
}

// Tagged images are kept, untagged images expire.
func TestImageLifecycle(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, pipelineOf(buildpipeline.Args{Source: fromGitHub}, nil).program)
	policy := r.One(t, "ecr.LifecyclePolicy", "web").Inputs
	require.Equal(t, "web-0abcdef", policy["repository"])
	require.JSONEq(t, `{"rules": [{
		"rulePriority": 1, "description": "Untagged images expire; every tagged version is kept",
		"selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14},
		"action": {"type": "expire"}
	}]}`, policy["policy"].(string))
}
