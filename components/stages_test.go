package components_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/components"
	"fargate-cd/internal/enginetest"
)

// act is an action as CodePipeline gets it.
func act(category, provider, name string, configuration object, inputs, outputs list) object {
	return object{
		"category": category, "owner": "AWS", "provider": provider, "version": "1", "name": name,
		"configuration": configuration, "inputArtifacts": inputs, "outputArtifacts": outputs,
	}
}

func stage(name string, actions ...any) object { return object{"name": name, "actions": list(actions)} }

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
	besideFiles := func(action object) object { // a build that also gets the files of the deployment
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
		args       components.BuildPipelineArgs
		deployment *components.DeploymentSpec
		mode       string
		want       list
	}{
		"GitHub, rolling": {
			args: components.BuildPipelineArgs{Source: fromGitHub}, mode: "SUPERSEDED",
			want: list{
				stage("Source", gitHub), stage("Build", build("Image", "web-image-0abcdef", "Source")), stage("Deploy", rolling),
			},
		},
		"CodeCommit, blue/green": {
			args: components.BuildPipelineArgs{Source: fromCodeCommit}, deployment: allAtOnce, mode: "QUEUED",
			want: list{
				stage("Source", codeCommit, deploymentFiles),
				stage("Build", besideFiles(build("Image", "web-image-0abcdef", "Source"))),
				stage("Deploy", inOrder(besideFiles(build("Select", "web-select-0abcdef", "Image")), 1), inOrder(blueGreen, 2)),
			},
		},
		"with a package": {
			args: components.BuildPipelineArgs{Source: fromGitHub, Build: components.BuildSpec{Package: mavenPackage}}, mode: "SUPERSEDED",
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

// With file patterns the pipeline's own trigger starts it, and the connection must not do so for every push.
func TestPipelineFilePaths(t *testing.T) {
	source := fromGitHub
	source.FilePaths = []string{"api/**", "go.mod"}
	r := &enginetest.Engine{}
	r.MustRun(t, pipelineOf(components.BuildPipelineArgs{Source: source}, nil).program)

	inputs := r.One(t, "codepipeline.Pipeline", "web").Inputs
	require.Equal(t, list{object{
		"providerType": "CodeStarSourceConnection",
		"gitConfiguration": object{
			"sourceActionName": "Source",
			"pushes": list{object{
				"branches": object{"includes": list{"main"}}, "filePaths": object{"includes": list{"api/**", "go.mod"}},
			}},
		},
	}}, inputs["triggers"])
	action := inputs["stages"].(list)[0].(object)["actions"].(list)[0].(object)
	require.Equal(t, "false", action["configuration"].(object)["DetectChanges"])
}

func TestPipelineRole(t *testing.T) {
	build := "Allow codebuild:BatchGetBuilds codebuild:StartBuild on arn:aws:codebuild:eu-central-1:111122223333:project/web-image"
	for name, test := range map[string]struct {
		args       components.BuildPipelineArgs
		deployment *components.DeploymentSpec
		access     []string // to artifacts, which comes first
		want       []string
	}{
		"GitHub, rolling, package": {
			args:   components.BuildPipelineArgs{Source: fromGitHub, Build: components.BuildSpec{Package: mavenPackage}},
			access: []string{pipelineBucket, pipelineObjects, useKey},
			want: []string{
				build + " arn:aws:codebuild:eu-central-1:111122223333:project/web-package",
				passesTwoRoles,
				"Allow codeconnections:UseConnection codestar-connections:UseConnection on " +
					"arn:aws:codeconnections:eu-central-1:111122223333:connection/1 " + connection,
				"Allow ecs:DescribeTaskDefinition ecs:RegisterTaskDefinition on *",
				"Allow ecs:DescribeTasks ecs:ListTasks on * if ArnEquals ecs:cluster arn:aws:ecs:eu-central-1:111122223333:cluster/test-cluster",
				"Allow ecs:TagResource on arn:aws:ecs:eu-central-1:111122223333:task-definition/fargate-cd-test-web:*" +
					" if StringEquals ecs:CreateAction RegisterTaskDefinition",
				"Allow ecs:DescribeServices ecs:UpdateService on arn:aws:ecs:eu-central-1:111122223333:service/fargate-cd-test/web",
			},
		},
		"CodeCommit, blue/green": {
			args: components.BuildPipelineArgs{Source: fromCodeCommit}, deployment: allAtOnce,
			access: []string{
				pipelineBucket, pipelineObjects,
				"Allow s3:GetObjectTagging s3:GetObjectVersionTagging s3:PutObjectTagging on " + artifactBucket + "/*", // deployment.zip has tags
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

func TestPipelineTriggers(t *testing.T) {
	const pipeline = "arn:aws:codepipeline:eu-central-1:111122223333:pipeline/web"
	r := &enginetest.Engine{}
	r.MustRun(t, pipelineOf(components.BuildPipelineArgs{Source: fromCodeCommit}, allAtOnce).program)

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
			want["inputTransformer"] = object{
				"inputPaths": object{"key": "$.detail.object.key", "version": "$.detail.object.version-id"},
				"inputTemplate": `{"sourceRevisions":[{"actionName":"Deployment","revisionType":"S3_OBJECT_KEY","revisionValue":"<key>"},` +
					`{"actionName":"Deployment","revisionType":"S3_OBJECT_VERSION_ID","revisionValue":"<version>"}]}`,
			}
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
