package buildpipeline_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/components/buildpipeline"
	"fargate-cd/internal/enginetest"
)

func TestPipelineTriggers(t *testing.T) {
	const pipeline = "arn:aws:codepipeline:eu-central-1:111122223333:pipeline/web"
	r := &enginetest.Engine{}
	r.MustRun(t, pipelineOf(buildpipeline.Args{Source: fromCodeCommit}, allAtOnce).program)

	for name, want := range map[string]string{
		"web-push": `{
			"source": ["aws.codecommit"], "detail-type": ["CodeCommit Repository State Change"],
			"resources": ["arn:aws:codecommit:eu-central-1:111122223333:repository/web"],
			"detail": {
				"event": ["referenceCreated", "referenceUpdated"], "referenceType": ["branch"], "referenceName": ["release"]
			}
		}`,
		"web-deployment": `{
			"source": ["aws.s3"], "detail-type": ["Object Created"],
			"detail": {"bucket": {"name": ["web-artifacts-0abcdef"]}, "object": {"key": ["deployment/change.zip"]}}
		}`,
	} {
		require.JSONEq(t, want, r.One(t, "cloudwatch.EventRule", name).Inputs["eventPattern"].(string))
		target := r.One(t, "cloudwatch.EventTarget", name)
		want := object{
			"rule": name + "-0abcdef", "arn": pipeline, "roleArn": "arn:aws:iam:eu-central-1:111122223333:role/web-trigger",
		}
		if name == "web-deployment" {
			want["input"] = `{"sourceRevisions":[{"actionName":"Deployment","revisionType":"S3_OBJECT_KEY",` +
				`"revisionValue":"deployment/change.zip"}]}`
			require.True(t, target.Needs(r.One(t, "s3.BucketObjectv2", "web-change")), "the first files start nothing")
		}
		require.Equal(t, want, target.Inputs)
		require.True(t, target.Needs(r.One(t, "iam.RolePolicy", "web-trigger")))
	}
	require.Equal(t, []string{"Allow codepipeline:StartPipelineExecution on " + pipeline},
		r.One(t, "iam.RolePolicy", "web-trigger").Policy(t, "policy"))
	require.Equal(t, []string{
		"Allow map[Service:events.amazonaws.com] sts:AssumeRole" +
			" if ArnEquals aws:SourceArn [arn:aws:cloudwatch:eu-central-1:111122223333:eventrule/web-push" +
			" arn:aws:cloudwatch:eu-central-1:111122223333:eventrule/web-deployment]" +
			" if StringEquals aws:SourceAccount 111122223333",
	}, r.One(t, "iam.Role", "web-trigger").Policy(t, "assumeRolePolicy"))
}
