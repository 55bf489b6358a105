package buildpipeline_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/components/buildpipeline"
	"fargate-cd/internal/enginetest"
)

// An upload of the zip file starts the pipeline, which tags the image with the version of the object.
func TestUploadSource(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, pipelineOf(buildpipeline.Args{Source: buildpipeline.SourceSpec{Provider: buildpipeline.SourceS3},
		Approval: &buildpipeline.ApprovalSpec{}}, nil).program)

	pipeline := r.One(t, "codepipeline.Pipeline", "web")
	stages := pipeline.Inputs["stages"].(list)
	source := act("Source", "S3", "Source", object{
		"S3Bucket": "web-source-0abcdef", "S3ObjectKey": "source.zip", "PollForSourceChanges": "false",
	}, list{}, list{"Source"})
	source["namespace"] = "Source"
	require.Equal(t, stage("Source", source), stages[0])
	build := stages[1].(object)["actions"].(list)[0].(object)["configuration"].(object)
	require.Equal(t, `[{"name":"COMMIT_HASH","value":"v#{Source.VersionId}","type":"PLAINTEXT"}]`, build["EnvironmentVariables"])
	approval := stages[2].(object)["actions"].(list)[0].(object)["configuration"].(object)
	require.Equal(t, "Deploy v#{Source.VersionId} of s3://#{Source.BucketName}/#{Source.ObjectKey} to web?", approval["CustomData"])
	require.True(t, pipeline.Needs(r.One(t, "s3.BucketVersioningV2", "web-source")), "a new pipeline runs at once")

	require.JSONEq(t, `{
		"source": ["aws.s3"], "detail-type": ["Object Created"],
		"detail": {"bucket": {"name": ["web-source-0abcdef"]}, "object": {"key": ["source.zip"]}}
	}`, r.One(t, "cloudwatch.EventRule", "web-upload").Inputs["eventPattern"].(string))
	require.Equal(t, "An upload of the source of web", r.One(t, "cloudwatch.EventRule", "web-upload").Inputs["description"],
		"not the key, which can be longer than a description")
	require.Equal(t, true, r.One(t, "s3.BucketNotification", "web-source").Inputs["eventbridge"])
	require.Equal(t, false, r.One(t, "s3.BucketV2", "web-source").Inputs["forceDestroy"])
	const bucket = "arn:aws:s3:eu-central-1:111122223333:bucketv2/web-source"
	require.Subset(t, r.One(t, "iam.RolePolicy", "web-pipeline").Policy(t, "policy"), []string{
		"Allow s3:GetBucketAcl s3:GetBucketLocation s3:GetBucketVersioning s3:ListBucket on " + bucket,
		"Allow s3:GetObject s3:GetObjectVersion on " + bucket + "/source.zip",
		// An upload may have tags, which the source action copies.
		"Allow s3:GetObjectTagging s3:GetObjectVersionTagging on " + bucket + "/source.zip",
		"Allow s3:GetObjectTagging s3:GetObjectVersionTagging s3:PutObjectTagging on " + artifactBucket + "/*",
	})
}
