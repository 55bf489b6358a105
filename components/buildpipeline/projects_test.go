package buildpipeline_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/buildpipeline"
	"fargate-cd/internal/enginetest"
)

// The tasks and the builds have exactly these permissions.
func TestBuildRoles(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, pipelineOf(buildpipeline.Args{
		Source: fromGitHub, Build: buildpipeline.BuildSpec{DockerHubSecretArn: pulumi.String(hubSecret), Package: mavenPackage},
	}, nil).program)
	logs := func(project string) string {
		return "Allow logs:CreateLogStream logs:PutLogEvents on arn:aws:cloudwatch:eu-central-1:111122223333:loggroup/" + project + ":*"
	}
	const login = "Allow ecr:GetAuthorizationToken on *"
	for name, want := range map[string][]string{
		"web-pull": {
			login,
			"Allow ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer on " +
				"arn:aws:ecr:eu-central-1:111122223333:repository/web",
		},
		"web-image": append([]string{
			reads("Package"), writes("Image"),
			login,
			"Allow ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer ecr:CompleteLayerUpload " +
				"ecr:DescribeImages ecr:InitiateLayerUpload ecr:PutImage ecr:UploadLayerPart on " +
				"arn:aws:ecr:eu-central-1:111122223333:repository/web",
			"Allow secretsmanager:GetSecretValue on " + hubSecret,
			logs("web-image"),
		}, buildAccess...),
		"web-package": append([]string{
			reads("Source"), writes("Package"),
			"Allow s3:GetObject s3:GetObjectVersion s3:PutObject on " + artifactBucket + "/cache/*",
			"Allow ecr:DescribeImages on arn:aws:ecr:eu-central-1:111122223333:repository/web",
			logs("web-package"),
		}, buildAccess...),
	} {
		require.Equal(t, want, r.One(t, "iam.RolePolicy", name).Policy(t, "policy"), name)
	}
	require.Equal(t, "web-execution-0abcdef", r.One(t, "iam.RolePolicy", "web-pull").Inputs["role"])
	for _, name := range []string{"web-image", "web-package"} {
		require.Equal(t, []string{
			"Allow map[Service:codebuild.amazonaws.com] sts:AssumeRole" +
				" if ArnLike aws:SourceArn arn:aws:codebuild:eu-central-1:111122223333:project/" + name + "-*" +
				" if StringEquals aws:SourceAccount 111122223333",
		}, r.One(t, "iam.Role", name).Policy(t, "assumeRolePolicy"))
	}
}

// Permissions on artifacts. A source action that uses a connection uploads with an ACL.
// A build runs commands from the repository, so it must not write the files of a
// deployment.
const (
	pipelineBucket  = "Allow s3:GetBucketAcl s3:GetBucketLocation s3:GetBucketVersioning on " + artifactBucket
	pipelineObjects = "Allow s3:GetObject s3:GetObjectVersion s3:PutObject s3:PutObjectAcl on " + artifactBucket + "/*"
	useKey          = "Allow kms:Decrypt kms:DescribeKey kms:Encrypt kms:GenerateDataKey* kms:ReEncrypt* on " + artifactKey
)

var buildAccess = []string{"Allow s3:GetBucketAcl s3:GetBucketLocation on " + artifactBucket, useKey}

func reads(artifact string) string {
	return "Allow s3:GetObject s3:GetObjectVersion on " + artifactBucket + "/web-*/" + artifact + "/*"
}

func writes(artifact string) string {
	return "Allow s3:PutObject on " + artifactBucket + "/web-*/" + artifact + "/*"
}

// Without a package, the image is built from the source.
func TestReadsTheSource(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, pipelineOf(buildpipeline.Args{Source: fromGitHub}, allAtOnce).program)
	require.Equal(t, []string{reads("Source"), writes("Image")}, r.One(t, "iam.RolePolicy", "web-image").Policy(t, "policy")[:2])
}

const (
	artifactBucket = "arn:aws:s3:eu-central-1:111122223333:bucketv2/web-artifacts"
	artifactKey    = "arn:aws:kms:eu-central-1:111122223333:key/web-artifacts"
)

func TestProjects(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, pipelineOf(buildpipeline.Args{
		Source: fromGitHub, LogRetentionDays: 7,
		Build: buildpipeline.BuildSpec{
			Directory: "app", Dockerfile: "docker/Dockerfile", ComputeType: "BUILD_GENERAL1_LARGE", TimeoutMinutes: 60,
			Package: mavenPackage,
		},
	}, nil).program)

	machine := func(privileged bool, variables list) object {
		return object{
			"type": "LINUX_CONTAINER", "computeType": "BUILD_GENERAL1_LARGE",
			"image": "aws/codebuild/amazonlinux-x86_64-standard:5.0", "privilegedMode": privileged,
			"environmentVariables": variables,
		}
	}
	for name, want := range map[string]object{
		"web-image": {
			"environment": machine(true, list{ // the Docker daemon needs a privileged container
				object{"name": "BUILD_DIRECTORY", "value": "app"},
				object{"name": "CONTAINER_NAME", "value": "web"},
				object{"name": "DOCKERFILE", "value": "docker/Dockerfile"},
				object{"name": "REPOSITORY_NAME", "value": "web-0abcdef"},
				object{"name": "REPOSITORY_URI", "value": "ecr.example/web"},
			}),
			"cache": object{"type": "LOCAL", "modes": list{"LOCAL_DOCKER_LAYER_CACHE"}},
		},
		"web-package": {
			"environment": machine(false, list{object{"name": "REPOSITORY_NAME", "value": "web-0abcdef"}}),
			"cache":       object{"type": "S3", "location": "web-artifacts-0abcdef/cache"},
		},
	} {
		project := r.One(t, "codebuild.Project", name)
		source := project.Inputs["source"].(object)
		require.NotEmpty(t, source["buildspec"], "the program's buildspec, which a push cannot change")
		delete(source, "buildspec")
		want["description"], want["buildTimeout"], want["encryptionKey"] = "Builds web", 60.0, artifactKey
		want["source"], want["artifacts"] = object{"type": "CODEPIPELINE"}, object{"type": "CODEPIPELINE"}
		want["serviceRole"] = "arn:aws:iam:eu-central-1:111122223333:role/" + name
		want["logsConfig"] = object{"cloudwatchLogs": object{"groupName": name + "-0abcdef"}}
		require.Equal(t, want, project.Inputs)
		require.True(t, project.Needs(r.One(t, "iam.RolePolicy", name)))
		require.Equal(t, object{"retentionInDays": 7.0}, r.One(t, "cloudwatch.LogGroup", name).Inputs)
	}
}
