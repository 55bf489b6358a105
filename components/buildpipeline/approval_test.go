package buildpipeline_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/buildpipeline"
)

const topic = "arn:aws:sns:eu-central-1:111122223333:approvals"

func TestApproval(t *testing.T) {
	r := runAs(t, "prod", buildpipeline.Args{Source: fromTest, Approval: &buildpipeline.ApprovalSpec{
		URL: "https://example.com/changes", TopicArn: pulumi.String(topic),
	}}, nil)
	require.Equal(t, []string{"Source", "Approval", "Deploy"}, stageNames(t, r))
	want := act("Approval", "Manual", "Approval", object{
		"CustomData":         "Deploy the release of stack staging to web? It is version #{Source.VersionId} of s3://#{Source.BucketName}/#{Source.ObjectKey}.",
		"ExternalEntityLink": "https://example.com/changes", "NotificationArn": topic,
	}, list{}, list{})
	want["timeoutInMinutes"] = 10080.0
	require.Equal(t, want, actionOf(t, r, "Approval"))
	require.Contains(t, r.One(t, "iam.RolePolicy", "web-pipeline").Policy(t, "policy"), "Allow sns:Publish on "+topic)

	r = runAs(t, "staging", buildpipeline.Args{Source: fromGitHub, Approval: &buildpipeline.ApprovalSpec{}}, nil)
	require.Equal(t, []string{"Source", "Build", "Approval", "Deploy"}, stageNames(t, r))
	require.Equal(t, object{"CustomData": "Deploy commit #{Source.CommitId} of acme/web to web?"}, actionOf(t, r, "Approval")["configuration"])
}
