package buildpipeline_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/components/bluegreen"
	"fargate-cd/components/buildpipeline"
	"fargate-cd/internal/enginetest"
)

// passesTwoRoles is the only permission to pass roles.
const passesTwoRoles = "Allow iam:PassRole on arn:aws:iam:eu-central-1:111122223333:role/web-execution " +
	"arn:aws:iam:eu-central-1:111122223333:role/web-task if StringEquals iam:PassedToService ecs-tasks.amazonaws.com"

func TestPipelineRole(t *testing.T) {
	build := "Allow codebuild:BatchGetBuilds codebuild:StartBuild on arn:aws:codebuild:eu-central-1:111122223333:project/web-image"
	for name, test := range map[string]struct {
		args       buildpipeline.Args
		deployment *bluegreen.Spec
		access     []string // statements for the artifact bucket, which come first
		want       []string
	}{
		"GitHub, rolling, package": {
			args:   buildpipeline.Args{Source: fromGitHub, Build: buildpipeline.BuildSpec{Package: mavenPackage}},
			access: []string{pipelineBucket, pipelineObjects, useKey},
			want: []string{
				build + " arn:aws:codebuild:eu-central-1:111122223333:project/web-package",
				passesTwoRoles,
				"Allow codeconnections:UseConnection codestar-connections:UseConnection on " +
					"arn:aws:codeconnections:eu-central-1:111122223333:connection/1 " + connection,
				"Allow ecs:DescribeTaskDefinition ecs:RegisterTaskDefinition on *",
				"Allow ecs:DescribeTasks on arn:aws:ecs:eu-central-1:111122223333:task/fargate-cd-test/* " +
					"if ArnEquals ecs:cluster arn:aws:ecs:eu-central-1:111122223333:cluster/test-cluster",
				"Allow ecs:ListTasks on * if ArnEquals ecs:cluster arn:aws:ecs:eu-central-1:111122223333:cluster/test-cluster",
				"Allow ecs:TagResource on arn:aws:ecs:eu-central-1:111122223333:task-definition/fargate-cd-test-web:*" +
					" if StringEquals ecs:CreateAction RegisterTaskDefinition",
				"Allow ecs:DescribeServices ecs:UpdateService on arn:aws:ecs:eu-central-1:111122223333:service/fargate-cd-test/web",
			},
		},
		"CodeCommit, blue/green": {
			args: buildpipeline.Args{Source: fromCodeCommit}, deployment: allAtOnce,
			access: []string{
				pipelineBucket, pipelineObjects,
				"Allow s3:GetObjectTagging s3:GetObjectVersionTagging s3:PutObjectTagging on " + artifactBucket + "/*", // the source object has tags
				useKey,
			},
			want: []string{
				build + " arn:aws:codebuild:eu-central-1:111122223333:project/web-select",
				passesTwoRoles,
				"Allow codecommit:CancelUploadArchive codecommit:GetBranch codecommit:GetCommit codecommit:GetRepository " +
					"codecommit:GetUploadArchiveStatus codecommit:UploadArchive on arn:aws:codecommit:eu-central-1:111122223333:repository/web",
				"Allow ecs:RegisterTaskDefinition on *",
				"Allow codedeploy:CreateDeployment codedeploy:GetDeployment on " +
					"arn:aws:codedeploy:eu-central-1:111122223333:deploymentgroup/web",
				"Allow codedeploy:GetApplication codedeploy:GetApplicationRevision codedeploy:RegisterApplicationRevision on " +
					"arn:aws:codedeploy:eu-central-1:111122223333:application/web",
				"Allow codedeploy:GetDeploymentConfig on arn:aws:codedeploy:eu-central-1:111122223333:deploymentconfig:*",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			r.MustRun(t, pipelineOf(test.args, test.deployment).program)
			require.Equal(t, append(test.access, test.want...), r.One(t, "iam.RolePolicy", "web-pipeline").Policy(t, "policy"))
			require.Equal(t, []string{"Allow map[Service:codepipeline.amazonaws.com] sts:AssumeRole"},
				r.One(t, "iam.Role", "web-pipeline").Policy(t, "assumeRolePolicy"))
		})
	}
}
