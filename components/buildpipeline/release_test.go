package buildpipeline_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/bluegreen"
	"fargate-cd/components/buildpipeline"
	"fargate-cd/internal/enginetest"
	"fargate-cd/internal/golden"
)

var fromTest = buildpipeline.SourceSpec{Provider: buildpipeline.SourceRelease, Stack: "staging"}

// One stack uploads releases to the bucket from which the other stack deploys, whatever strategies they have. Neither
// stack knows the other's resources.
func TestReleaseReachesTheOtherStack(t *testing.T) {
	for name, test := range map[string]struct {
		sender, receiver *bluegreen.Spec
		wantKey          string
	}{
		"rolling to rolling":       {wantKey: "staging/deployment/push.zip"},
		"rolling to blue/green":    {receiver: allAtOnce, wantKey: "staging/deployment/push.zip"},
		"blue/green to rolling":    {sender: allAtOnce, wantKey: "staging/#{Deployment.ObjectKey}"},
		"blue/green to blue/green": {sender: allAtOnce, receiver: allAtOnce, wantKey: "staging/#{Deployment.ObjectKey}"},
	} {
		t.Run(name, func(t *testing.T) {
			sender := runAs(t, "staging", buildpipeline.Args{Source: fromGitHub, Release: &buildpipeline.ReleaseSpec{Stack: "prod"}}, test.sender)
			receiver := runAs(t, "prod", buildpipeline.Args{Source: fromTest}, test.receiver)

			bucket := receiver.One(t, "s3.BucketV2", "web-releases").Inputs["bucket"]
			require.Regexp(t, `^web-releases-[0-9a-f]{12}$`, bucket)
			require.Equal(t, act("Deploy", "S3", "Release",
				object{"BucketName": bucket, "ObjectKey": test.wantKey, "Extract": "false"}, list{"Image"}, list{}), actionOf(t, sender, "Release"))
			require.Equal(t, []string{"Source", "Build", "Deploy", "Release"}, stageNames(t, sender), "after the deployment")
			require.Contains(t, sender.One(t, "iam.RolePolicy", "web-pipeline").Policy(t, "policy"),
				"Allow s3:GetBucketAcl s3:GetBucketLocation s3:GetBucketVersioning s3:PutObject on arn:aws:s3:::"+bucket.(string)+
					" arn:aws:s3:::"+bucket.(string)+"/staging/* if StringEqualsIfExists aws:ResourceAccount 111122223333")

			source := act("Source", "S3", "Source", object{
				"S3Bucket": bucket, "S3ObjectKey": "staging/deployment/push.zip", "PollForSourceChanges": "false",
			}, list{}, list{"Source"})
			source["namespace"] = "Source"
			require.Equal(t, source, actionOf(t, receiver, "Source"))
			require.Equal(t, []string{"Source", "Deploy"}, stageNames(t, receiver))
			require.JSONEq(t, `{"source": ["aws.s3"], "detail-type": ["Object Created"],
				"detail": {"bucket": {"name": ["`+bucket.(string)+`"]}, "object": {"key": ["staging/deployment/push.zip"]}}}`,
				receiver.One(t, "cloudwatch.EventRule", "web-release").Inputs["eventPattern"].(string))
		})
	}
}

// The pipeline of a release builds nothing. Only a blue/green service has a CodeBuild project. It selects the image,
// and can neither read source code nor push an image.
func TestReleaseIsNotBuilt(t *testing.T) {
	rolling := runAs(t, "prod", buildpipeline.Args{Source: fromTest}, nil)
	require.Empty(t, rolling.All("codebuild.Project"))
	require.Empty(t, rolling.All("ecr.Repository"))
	require.Equal(t, list{"Source"}, actionOf(t, rolling, "Deploy")["inputArtifacts"])

	blueGreen := runAs(t, "prod", buildpipeline.Args{Source: fromTest}, allAtOnce)
	require.Empty(t, blueGreen.All("ecr.Repository"))
	require.Equal(t, []string{"web-select"}, enginetest.Names(blueGreen.All("codebuild.Project")))
	require.Equal(t, list{"Source", "Deployment"}, actionOf(t, blueGreen, "Select")["inputArtifacts"])
	require.NotContains(t, actionOf(t, blueGreen, "Select")["configuration"], "EnvironmentVariables", "S3 has no commit")
	for _, statement := range blueGreen.One(t, "iam.RolePolicy", "web-select").Policy(t, "policy") {
		require.NotContains(t, statement, "ecr:")
		require.NotContains(t, statement, "codecommit:")
	}
}

func TestReleaseRights(t *testing.T) {
	const bucket = "arn:aws:s3:eu-central-1:111122223333:bucketv2/web-releases"
	r := runAs(t, "prod", buildpipeline.Args{Source: fromTest}, nil)
	require.Equal(t, []string{
		"Allow ecr:GetAuthorizationToken on *",
		"Allow ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer on " +
			"arn:aws:ecr:eu-central-1:111122223333:repository/web-???????",
	}, r.One(t, "iam.RolePolicy", "web-pull").Policy(t, "policy"))
	statements := r.One(t, "iam.RolePolicy", "web-pipeline").Policy(t, "policy")
	require.Contains(t, statements, "Allow s3:GetBucketAcl s3:GetBucketLocation s3:GetBucketVersioning s3:ListBucket on "+bucket)
	require.Contains(t, statements, "Allow s3:GetObject s3:GetObjectVersion on "+bucket+"/staging/deployment/push.zip")
	require.Contains(t, statements, "Allow s3:GetObjectTagging s3:GetObjectVersionTagging on "+bucket+"/staging/deployment/push.zip")
	for _, statement := range statements {
		require.NotContains(t, statement, "codebuild:")
	}
	require.Equal(t, []string{
		"Deny * s3:* on " + bucket + " " + bucket + "/* if Bool aws:SecureTransport false",
		"Deny * s3:PutObject on everything but " + bucket + "/staging/*",
	}, r.One(t, "s3.BucketPolicy", "web-releases").Policy(t, "policy"))
	require.Equal(t, object{"sseAlgorithm": "AES256"}, r.One(t, "s3.BucketServerSideEncryptionConfigurationV2", "web-releases").
		Inputs["rules"].(list)[0].(object)["applyServerSideEncryptionByDefault"])
	require.Equal(t, list{object{
		"id": "uploads", "status": "Enabled", "filter": object{"prefix": ""}, "abortIncompleteMultipartUpload": object{"daysAfterInitiation": 7.0},
	}}, r.One(t, "s3.BucketLifecycleConfigurationV2", "web-releases").Inputs["rules"], "every release is kept")
	require.Empty(t, r.All("ecr.RepositoryPolicy"))
}

// Across accounts, the policy of the bucket allows the sender's pipeline to upload, and the policy of the repository
// allows the receiver's tasks to pull. Neither role has to exist first.
func TestReleaseToAnotherAccount(t *testing.T) {
	const sender, receiver = "111122223333", "444455556666"
	from := fromTest
	from.AccountID = sender
	r := runAs(t, "prod", buildpipeline.Args{Source: from}, nil)
	require.Contains(t, r.One(t, "s3.BucketPolicy", "web-releases").Policy(t, "policy"),
		"Allow map[AWS:arn:aws:iam::"+sender+":root] s3:GetBucketAcl s3:GetBucketLocation s3:GetBucketVersioning s3:PutObject on "+
			"arn:aws:s3:eu-central-1:111122223333:bucketv2/web-releases arn:aws:s3:eu-central-1:111122223333:bucketv2/web-releases/staging/*"+
			" if ArnLike aws:PrincipalArn arn:aws:iam::"+sender+":role/web-pipeline-???????")
	require.Contains(t, r.One(t, "iam.RolePolicy", "web-pull").Policy(t, "policy")[1], "arn:aws:ecr:eu-central-1:"+sender+":repository/web-???????")

	s := runAs(t, "staging", buildpipeline.Args{Source: fromGitHub, Release: &buildpipeline.ReleaseSpec{Stack: "prod", AccountID: receiver}}, nil)
	require.Equal(t, []string{
		"Allow map[AWS:arn:aws:iam::" + receiver + ":root] ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer" +
			" if ArnLike aws:PrincipalArn arn:aws:iam::" + receiver + ":role/web-execution-???????",
	}, s.One(t, "ecr.RepositoryPolicy", "web").Policy(t, "policy"))
	require.Contains(t, s.One(t, "iam.RolePolicy", "web-pipeline").Policy(t, "policy")[len(s.One(t, "iam.RolePolicy", "web-pipeline").Policy(t, "policy"))-1],
		"if StringEqualsIfExists aws:ResourceAccount "+receiver)
}

// In one account, a stack can pass a release on to a third stack, whose tasks may pull the image: all repositories of the
// service match the policy of their role. In other accounts they may not, so TestReleaseRefuses refuses such a chain.
func TestReleaseOfARelease(t *testing.T) {
	from := fromTest
	from.Stack = "prod"
	middle := runAs(t, "prod", buildpipeline.Args{Source: fromTest, Release: &buildpipeline.ReleaseSpec{Stack: "eu"}}, nil)
	last := runAs(t, "eu", buildpipeline.Args{Source: from}, nil)
	require.Equal(t, act("Deploy", "S3", "Release", object{
		"BucketName": last.One(t, "s3.BucketV2", "web-releases").Inputs["bucket"], "ObjectKey": "prod/deployment/push.zip", "Extract": "false",
	}, list{"Source"}, list{}), actionOf(t, middle, "Release"))
	require.Empty(t, middle.All("ecr.RepositoryPolicy"))
	require.Contains(t, last.One(t, "iam.RolePolicy", "web-pull").Policy(t, "policy")[1], "arn:aws:ecr:eu-central-1:111122223333:repository/web-???????")
}

// A repository is protected while another stack runs its images, unless the configuration lets the stack delete or
// retain it.
func TestReleasedRepositoryIsProtected(t *testing.T) {
	release := &buildpipeline.ReleaseSpec{Stack: "prod"}
	require.True(t, runAs(t, "staging", buildpipeline.Args{Source: fromGitHub, Release: release}, nil).One(t, "ecr.Repository", "web").Protect)
	require.False(t, runAs(t, "staging", buildpipeline.Args{Source: fromGitHub, Release: release, ForceDestroy: true}, nil).
		One(t, "ecr.Repository", "web").Protect)
	require.False(t, runAs(t, "staging", buildpipeline.Args{Source: fromGitHub, Release: release, RetainRepository: true}, nil).
		One(t, "ecr.Repository", "web").Protect, "its images stay anyway")
	require.False(t, runAs(t, "staging", buildpipeline.Args{Source: fromGitHub}, nil).One(t, "ecr.Repository", "web").Protect)
}

func TestReleaseBuildspecs(t *testing.T) {
	for name, deployment := range map[string]*bluegreen.Spec{"release-rolling": nil, "release-bluegreen": allAtOnce} {
		r := runAs(t, "staging", buildpipeline.Args{Source: fromGitHub, Release: &buildpipeline.ReleaseSpec{Stack: "prod"}}, deployment)
		golden.Compare(t, "buildspec-"+name+".json", r.One(t, "codebuild.Project", "web-image").Inputs["source"].(object)["buildspec"].(string))
		require.JSONEq(t, `[{"name": "COMMIT_HASH", "value": "#{Source.CommitId}", "type": "PLAINTEXT"},
			{"name": "PIPELINE_EXECUTION_ID", "value": "#{codepipeline.PipelineExecutionId}", "type": "PLAINTEXT"}]`,
			actionOf(t, r, "Image")["configuration"].(object)["EnvironmentVariables"].(string))
	}
}

func TestReleaseRefuses(t *testing.T) {
	for want, given := range map[string]buildpipeline.Args{
		`source.stack: is missing: the name of the other stack`:                    {Source: buildpipeline.SourceSpec{Provider: buildpipeline.SourceRelease}},
		`source.stack: "test" is not allowed: a stack other than`:                  {Source: buildpipeline.SourceSpec{Provider: buildpipeline.SourceRelease, Stack: "test"}},
		`source.stack: "a_b" is not allowed: 1 to 20 letters`:                      {Source: buildpipeline.SourceSpec{Provider: buildpipeline.SourceRelease, Stack: "a_b"}},
		`source.repository: "web" is not allowed: none with the`:                   {Source: buildpipeline.SourceSpec{Provider: buildpipeline.SourceRelease, Stack: "staging", Repository: "web"}},
		`source.accountId: "1" is not allowed: an AWS account id`:                  {Source: buildpipeline.SourceSpec{Provider: buildpipeline.SourceRelease, Stack: "staging", AccountID: "1"}},
		`source.connectionArn: "c" is not allowed: none with the`:                  {Source: buildpipeline.SourceSpec{Provider: buildpipeline.SourceRelease, Stack: "staging", ConnectionArn: pulumi.String("c")}},
		`source.filePaths: ["a"] is not allowed: none with the`:                    {Source: buildpipeline.SourceSpec{Provider: buildpipeline.SourceRelease, Stack: "staging", FilePaths: []string{"a"}}},
		`source.stack: "staging" is not allowed: none with the`:                    {Source: buildpipeline.SourceSpec{Provider: buildpipeline.SourceCodeCommit, Repository: "web", Stack: "staging"}},
		"build: is not allowed: the image of a release is built already":           {Source: fromTest, Build: buildpipeline.BuildSpec{Dockerfile: "x"}},
		`release.stack: "test" is not allowed: a stack other than`:                 {Source: fromGitHub, Release: &buildpipeline.ReleaseSpec{Stack: "test"}},
		`release.stack: is missing`:                                                {Source: fromGitHub, Release: &buildpipeline.ReleaseSpec{}},
		`release.stack: "staging" is not allowed: a stack other than source.stack`: {Source: fromTest, Release: &buildpipeline.ReleaseSpec{Stack: "staging"}},
		`source.accountId: "444455556666" is not allowed: none with a release of`: {
			Source:  buildpipeline.SourceSpec{Provider: buildpipeline.SourceRelease, Stack: "staging", AccountID: "444455556666"},
			Release: &buildpipeline.ReleaseSpec{Stack: "prod"},
		},
		`release.accountId: "444455556666" is not allowed: none with a release of`: {
			Source: fromTest, Release: &buildpipeline.ReleaseSpec{Stack: "prod", AccountID: "444455556666"},
		},
		`approval.url: "x" is not allowed: an http or https URL`:           {Source: fromGitHub, Approval: &buildpipeline.ApprovalSpec{URL: "x"}},
		`approval.topicArn: "x" is not allowed: the ARN of an SNS topic`:   {Source: fromGitHub, Approval: &buildpipeline.ApprovalSpec{TopicArn: pulumi.String("x")}},
		`approval.timeoutMinutes: 4 is not allowed: a whole number from 5`: {Source: fromGitHub, Approval: &buildpipeline.ApprovalSpec{TimeoutMinutes: 4}},
	} {
		t.Run(want, func(t *testing.T) {
			r := &enginetest.Engine{}
			err := r.Run(pipelineOf(given, nil).program, nil)
			require.ErrorContains(t, err, want)
			require.Empty(t, r.All("fargate-cd:components:BuildPipeline"))
		})
	}
}
