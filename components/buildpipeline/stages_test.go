package buildpipeline_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/components/bluegreen"
	"fargate-cd/components/buildpipeline"
	"fargate-cd/internal/enginetest"
)

func TestPipelineStages(t *testing.T) {
	const commit = `[{"name":"COMMIT_HASH","value":"#{Source.CommitId}","type":"PLAINTEXT"}]`
	gitHub := act("Source", "CodeStarSourceConnection", "Source", object{
		"ConnectionArn": connection, "FullRepositoryId": "acme/web", "BranchName": "main",
		"DetectChanges": "true", "OutputArtifactFormat": "CODE_ZIP",
	}, list{}, list{"Source"})
	gitHub["namespace"] = "Source"
	codeCommit := act("Source", "CodeCommit", "Source", object{
		"RepositoryName": "web-source", "BranchName": "release", "PollForSourceChanges": "false", "OutputArtifactFormat": "CODE_ZIP",
	}, list{}, list{"Source"})
	codeCommit["namespace"] = "Source"
	build := func(name, project, from string) object {
		return act("Build", "CodeBuild", name, object{"ProjectName": project, "EnvironmentVariables": commit}, list{from}, list{name})
	}
	withFiles := func(action object) object { // adds the files of the deployment as a second input
		from := action["inputArtifacts"].(list)[0]
		action["configuration"].(object)["PrimarySource"] = from
		action["inputArtifacts"] = list{from, "Deployment"}
		return action
	}
	inOrder := func(action object, order float64) object {
		action["runOrder"] = order
		return action
	}
	rolling := act("Deploy", "ECS", "Deploy", object{
		"ClusterName": clusterName, "ServiceName": "web", "FileName": "imagedefinitions.json", "DeploymentTimeout": "20",
	}, list{"Image"}, list{})
	blueGreen := act("Deploy", "CodeDeployToECS", "Deploy", object{
		"ApplicationName": "web-0abcdef", "DeploymentGroupName": "web",
		"TaskDefinitionTemplateArtifact": "Deployment", "TaskDefinitionTemplatePath": "taskdef.json",
		"AppSpecTemplateArtifact": "Deployment", "AppSpecTemplatePath": "appspec.yaml",
		"Image1ArtifactName": "Select", "Image1ContainerName": "IMAGE1_NAME",
	}, list{"Select", "Deployment"}, list{})
	deploymentFiles := act("Source", "S3", "Deployment", object{
		"S3Bucket": "web-artifacts-0abcdef", "S3ObjectKey": "deployment/push.zip", "PollForSourceChanges": "false",
		"AllowOverrideForS3ObjectKey": "true",
	}, list{}, list{"Deployment"})

	for name, test := range map[string]struct {
		args       buildpipeline.Args
		deployment *bluegreen.Spec
		mode       string
		want       list
	}{
		"GitHub, rolling": {
			args: buildpipeline.Args{Source: fromGitHub}, mode: "SUPERSEDED",
			want: list{
				stage("Source", gitHub), stage("Build", build("Image", "web-image-0abcdef", "Source")), stage("Deploy", rolling),
			},
		},
		"CodeCommit, blue/green": {
			args: buildpipeline.Args{Source: fromCodeCommit}, deployment: allAtOnce, mode: "QUEUED",
			want: list{
				stage("Source", codeCommit, deploymentFiles),
				stage("Build", withFiles(build("Image", "web-image-0abcdef", "Source"))),
				stage("Deploy", inOrder(withFiles(build("Select", "web-select-0abcdef", "Image")), 1), inOrder(blueGreen, 2)),
			},
		},
		"with a package": {
			args: buildpipeline.Args{Source: fromGitHub, Build: buildpipeline.BuildSpec{Package: mavenPackage}}, mode: "SUPERSEDED",
			want: list{
				stage("Source", gitHub), stage("Build", build("Package", "web-package-0abcdef", "Source")),
				stage("DockerBuild", build("Image", "web-image-0abcdef", "Package")), stage("Deploy", rolling),
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			r.MustRun(t, pipelineOf(test.args, test.deployment).program)
			pipeline := r.One(t, "codepipeline.Pipeline", "web")
			require.Equal(t, object{
				"pipelineType": "V2", "executionMode": test.mode,
				"roleArn": "arn:aws:iam:eu-central-1:111122223333:role/web-pipeline",
				"artifactStores": list{object{
					"type": "S3", "location": "web-artifacts-0abcdef", "encryptionKey": object{"type": "KMS", "id": artifactKey},
				}},
				"stages": test.want,
			}, pipeline.Inputs)
			require.True(t, pipeline.Needs(r.One(t, "iam.RolePolicy", "web-pipeline")))
			for _, kind := range []string{"s3.BucketPolicy", "s3.BucketLifecycleConfigurationV2"} {
				require.True(t, pipeline.Needs(r.One(t, kind, "web-artifacts")), "creating a pipeline starts it")
			}
			if test.deployment != nil { // a new pipeline runs at once
				require.True(t, pipeline.Needs(r.One(t, "s3.BucketObjectv2", "web-deployment")))
			}
		})
	}
}
