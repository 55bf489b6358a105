package buildpipeline_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/buildpipeline"
	"fargate-cd/internal/problems"
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

	// A changed configuration also waits for the approval, and deploys the running image whatever the newest commit is.
	r = runAs(t, "staging", buildpipeline.Args{Source: fromGitHub, Approval: &buildpipeline.ApprovalSpec{}}, allAtOnce)
	require.Equal(t, object{"CustomData": "Deploy commit #{Source.CommitId} of acme/web to web? The files of the deployment are #{Deployment.ObjectKey}: " +
		"with deployment/change.zip, only the configuration has changed, and the running image is deployed."}, actionOf(t, r, "Approval")["configuration"])
	require.Equal(t, "Deployment", actionOf(t, r, "Deployment")["namespace"])
}

func TestApprovalRefuses(t *testing.T) {
	for name, url := range map[string]string{"no URL": "example.com", "long": "https://" + strings.Repeat("a", 993)} {
		t.Run(name, func(t *testing.T) {
			var found problems.List
			(&buildpipeline.ApprovalSpec{URL: url, TimeoutMinutes: 5}).Validate("p.", &found)
			require.ErrorContains(t, found.Err(), "is not allowed: an http or https URL of up to 1000 characters")
		})
	}
}
