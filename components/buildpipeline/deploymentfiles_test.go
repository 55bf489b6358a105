package buildpipeline_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/components/buildpipeline"
	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
	"fargate-cd/internal/golden"
)

// The program uploads taskdef.json and appspec.yaml for CodePipeline's CodeDeployToECS
// action.
func TestDeploymentFiles(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, setup{
		service: &fargateservice.Args{Spec: fargateservice.Spec{
			Cpu: 512, Memory: 1024, ContainerPort: 5000, Environment: map[string]string{"B": "2", "A": "<1>"},
		}},
		deployment: allAtOnce,
		pipeline:   &buildpipeline.Args{Source: fromGitHub},
	}.program)

	upload := r.One(t, "s3.BucketObjectv2", "web-deployment")
	files := enginetest.Unzip(t, upload.Inputs["contentBase64"].(string))
	require.Len(t, files, 2)
	golden.Compare(t, "taskdef.json", files["taskdef.json"])
	golden.Compare(t, "appspec.yaml", files["appspec.yaml"])
	delete(upload.Inputs, "contentBase64")
	require.Equal(t, object{
		"bucket": "web-artifacts-0abcdef", "key": "deployment/push.zip", "contentType": "application/zip", "kmsKeyId": artifactKey,
		"overrideProvider": object{"defaultTags": object{"tags": object{}}}, // an object has at most ten tags
	}, upload.Inputs)
	change := r.One(t, "s3.BucketObjectv2", "web-change")
	require.Equal(t, "deployment/change.zip", change.Inputs["key"])
	marked := enginetest.Unzip(t, change.Inputs["contentBase64"].(string))
	require.NotEmpty(t, marked["configuration-change"], "the file that tells the builds that nothing was pushed")
	delete(marked, "configuration-change")
	require.Equal(t, files, marked)
	require.True(t, change.Needs(upload), "a push after the change must have the new files")
	require.True(t, change.Needs(r.One(t, "s3.BucketNotification", "web-artifacts")), "without a notification the upload does not start the pipeline")
	require.True(t, upload.Needs(r.One(t, "s3.BucketVersioningV2", "web-artifacts")),
		"a source of CodePipeline needs versions from the first upload on")
	require.Equal(t, object{"bucket": "web-artifacts-0abcdef", "eventbridge": true},
		r.One(t, "s3.BucketNotification", "web-artifacts").Inputs)
}

func TestAppSpecWithPublicTasks(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, setup{
		environment: environment.Spec{AssignPublicIP: true},
		service:     someService, deployment: allAtOnce, pipeline: &buildpipeline.Args{Source: fromGitHub},
	}.program)
	files := enginetest.Unzip(t, r.One(t, "s3.BucketObjectv2", "web-deployment").Inputs["contentBase64"].(string))
	golden.Compare(t, "appspec-public.yaml", files["appspec.yaml"])
}
