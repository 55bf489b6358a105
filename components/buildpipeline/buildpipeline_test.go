package buildpipeline_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/bluegreen"
	"fargate-cd/components/buildpipeline"
	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/buildtest"
	"fargate-cd/internal/enginetest"
	"fargate-cd/internal/golden"
)

const (
	connection = "arn:aws:codestar-connections:eu-central-1:111122223333:connection/1"
	hubSecret  = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:hub-AbCdEf"
)

var (
	fromGitHub     = buildpipeline.SourceSpec{Repository: "acme/web", ConnectionArn: pulumi.String(connection)}
	fromCodeCommit = buildpipeline.SourceSpec{Provider: buildpipeline.SourceCodeCommit, Repository: "web-source", Branch: "release"}
	justMake       = &buildpipeline.PackageSpec{Commands: []string{"make"}, Files: []string{"out"}}
	mavenPackage   = &buildpipeline.PackageSpec{
		Commands: []string{"mvn -B package"}, Files: []string{"Dockerfile", "target/*.jar"}, CachePaths: []string{"/root/.m2/**/*"},
	}
)

// pipelineOf returns the setup of a service with a pipeline. A deployment makes the service blue/green.
func pipelineOf(args buildpipeline.Args, deployment *bluegreen.Spec) setup {
	return setup{service: someService, pipeline: &args, deployment: deployment}
}

func TestChildren(t *testing.T) {
	common := map[string]int{
		"ecr.Repository": 1, "ecr.LifecyclePolicy": 1, "kms.Key": 1, "s3.BucketV2": 1, "s3.BucketPublicAccessBlock": 1,
		"s3.BucketOwnershipControls": 1, "s3.BucketVersioningV2": 1, "s3.BucketServerSideEncryptionConfigurationV2": 1,
		"s3.BucketPolicy": 1, "s3.BucketLifecycleConfigurationV2": 1, "codepipeline.Pipeline": 1,
	}
	for name, test := range map[string]struct {
		args       buildpipeline.Args
		deployment *bluegreen.Spec
		want       map[string]int // in addition to common
	}{
		"minimal: GitHub, rolling": {
			args: buildpipeline.Args{Source: fromGitHub},
			want: map[string]int{"codebuild.Project": 1, "cloudwatch.LogGroup": 1, "iam.Role": 2, "iam.RolePolicy": 3},
		},
		"CodeCommit, rolling": {
			args: buildpipeline.Args{Source: fromCodeCommit},
			want: map[string]int{
				"codebuild.Project": 1, "cloudwatch.LogGroup": 1, "iam.Role": 3, "iam.RolePolicy": 4,
				"codecommit.Repository": 1, "cloudwatch.EventRule": 1, "cloudwatch.EventTarget": 1,
			},
		},
		"GitHub, blue/green": {
			args: buildpipeline.Args{Source: fromGitHub}, deployment: allAtOnce,
			want: map[string]int{
				"codebuild.Project": 2, "cloudwatch.LogGroup": 2, "iam.Role": 4, "iam.RolePolicy": 5,
				"cloudwatch.EventRule": 1, "cloudwatch.EventTarget": 1, "s3.BucketNotification": 1, "s3.BucketObjectv2": 2,
			},
		},
		"full: CodeCommit, blue/green, package": {
			args:       buildpipeline.Args{Source: fromCodeCommit, Build: buildpipeline.BuildSpec{Package: mavenPackage}},
			deployment: allAtOnce,
			want: map[string]int{
				"codebuild.Project": 3, "cloudwatch.LogGroup": 3, "iam.Role": 5, "iam.RolePolicy": 6, "codecommit.Repository": 1,
				"cloudwatch.EventRule": 2, "cloudwatch.EventTarget": 2, "s3.BucketNotification": 1, "s3.BucketObjectv2": 2,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			r.MustRun(t, pipelineOf(test.args, test.deployment).program)
			for kind, count := range common {
				test.want[kind] = count
			}
			require.Equal(t, test.want, r.Children(t, "BuildPipeline", "web"))
		})
	}
}

func TestRepositories(t *testing.T) {
	for name, test := range map[string]struct {
		force, retain bool
	}{"kept": {}, "a demonstration": {force: true}, "images survive the stack": {retain: true}} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			r.MustRun(t, pipelineOf(buildpipeline.Args{
				Source: fromCodeCommit, ForceDestroy: test.force, RetainRepository: test.retain,
			}, nil).program)

			images := r.One(t, "ecr.Repository", "web")
			require.Equal(t, object{
				"imageTagMutability": "IMMUTABLE", "imageScanningConfiguration": object{"scanOnPush": true}, "forceDelete": test.force,
			}, images.Inputs)
			require.Equal(t, test.retain, images.RetainOnDelete)
			require.Equal(t, test.retain, r.One(t, "ecr.LifecyclePolicy", "web").RetainOnDelete)
			source := r.One(t, "codecommit.Repository", "web")
			require.Equal(t, object{"repositoryName": "web-source", "description": "Source of web"}, source.Inputs)
			require.Equal(t, !test.force, source.Protect, "the repository may hold the only copy of the source code")
			require.Equal(t, object{"forceDestroy": test.force}, r.One(t, "s3.BucketV2", "web-artifacts").Inputs)
		})
	}
}

// A pipeline can use a key of another stack. The bucket depends on the key that its objects need, and is deleted first.
func TestArtifactKeyArn(t *testing.T) {
	const arn = "arn:aws:kms:eu-central-1:111122223333:key/12345678-1234-1234-1234-123456789012"
	r := &enginetest.Engine{}
	r.MustRun(t, pipelineOf(buildpipeline.Args{Source: fromGitHub, ArtifactKeyArn: pulumi.String(arn).ToStringOutput()}, nil).program)
	require.Zero(t, r.Children(t, "BuildPipeline", "web")["kms.Key"])
	require.Equal(t, arn, r.One(t, "codepipeline.Pipeline", "web").Inputs["artifactStores"].(list)[0].(object)["encryptionKey"].(object)["id"])

	r = &enginetest.Engine{}
	r.MustRun(t, pipelineOf(buildpipeline.Args{Source: fromGitHub}, nil).program)
	require.True(t, r.One(t, "s3.BucketV2", "web-artifacts").Needs(r.One(t, "kms.Key", "web-artifacts")))

	err := new(enginetest.Engine).Run(pipelineOf(buildpipeline.Args{Source: fromGitHub, ArtifactKeyArn: pulumi.String("alias/mine")}, nil).program, nil)
	require.ErrorContains(t, err, `artifactKeyArn: "alias/mine" is not allowed: the ARN of a KMS key, not of an alias`)
}

// Tagged images are kept, untagged images expire.
func TestImageLifecycle(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, pipelineOf(buildpipeline.Args{Source: fromGitHub}, nil).program)
	policy := r.One(t, "ecr.LifecyclePolicy", "web").Inputs
	require.Equal(t, "web-0abcdef", policy["repository"])
	require.JSONEq(t, `{"rules": [{
		"rulePriority": 1, "description": "Untagged images expire; every tagged version is kept",
		"selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14},
		"action": {"type": "expire"}
	}]}`, policy["policy"].(string))
}

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

// Without the permission to use the key of the secret, the image build cannot log in to Docker Hub.
func TestDockerHubKey(t *testing.T) {
	for name, test := range map[string]struct {
		secrets map[string]string
		want    []string
	}{
		"alone": {nil, nil},
		"with a parameter": {map[string]string{"URL": parameter}, []string{
			"Allow ssm:GetParameters on " + parameter, "Allow kms:Decrypt on " + secretsKey + " if StringLike kms:ViaService [ssm.*]",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			r.MustRun(t, pipelineOf(buildpipeline.Args{Source: fromGitHub, Build: buildpipeline.BuildSpec{
				DockerHubSecretArn: pulumi.String(hubSecret),
				VariablesSpec:      buildpipeline.VariablesSpec{Secrets: test.secrets, SecretsKmsKeyArns: []string{secretsKey}},
			}}, nil).program)
			policy := r.One(t, "iam.RolePolicy", "web-image").Policy(t, "policy")
			require.Equal(t, append([]string{
				"Allow secretsmanager:GetSecretValue on " + hubSecret,
				"Allow kms:Decrypt on " + secretsKey + " if StringLike kms:ViaService [secretsmanager.*]",
			}, test.want...), policy[4:6+len(test.want)])
		})
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

// Images for ARM are built on ARM and run on ARM.
func TestARM(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, setup{
		service:    &fargateservice.Args{Spec: fargateservice.Spec{Architecture: fargateservice.ArchitectureARM}},
		deployment: allAtOnce,
		pipeline: &buildpipeline.Args{
			Source: fromGitHub, Build: buildpipeline.BuildSpec{Architecture: fargateservice.ArchitectureARM, Package: justMake},
		},
	}.program)
	for _, name := range []string{"web-image", "web-package"} {
		machine := r.One(t, "codebuild.Project", name).Inputs["environment"].(object)
		require.Equal(t, "ARM_CONTAINER", machine["type"])
		require.Equal(t, "aws/codebuild/amazonlinux-aarch64-standard:3.0", machine["image"])
	}
	definition := r.One(t, "ecs.TaskDefinition", "web")
	require.Equal(t, object{"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}, definition.Inputs["runtimePlatform"])
	require.Equal(t, "ARM64", definition.Container(t)["dockerLabels"].(object)["fargate-cd.architecture"])
	files := enginetest.Unzip(t, r.One(t, "s3.BucketObjectv2", "web-deployment").Inputs["contentBase64"].(string))
	require.Contains(t, files["taskdef.json"], `"cpuArchitecture": "ARM64"`)
}

// Every build replaces the layers, so they have a separate repository with mutable tags. The tags of the images are
// immutable.
func TestRegistryCache(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, pipelineOf(buildpipeline.Args{
		Source: fromGitHub, Build: buildpipeline.BuildSpec{Cache: buildpipeline.CacheRegistry},
	}, nil).program)
	require.Equal(t, object{"imageTagMutability": "MUTABLE", "forceDelete": true}, r.One(t, "ecr.Repository", "web-layers").Inputs)
	require.Contains(t, r.One(t, "ecr.LifecyclePolicy", "web-layers").Inputs["policy"], `"tagStatus":"untagged","countType":"sinceImagePushed"`)
	image := r.One(t, "codebuild.Project", "web-image").Inputs
	require.Equal(t, object{"type": "NO_CACHE"}, image["cache"])
	require.Contains(t, image["environment"].(object)["environmentVariables"],
		object{"name": "CACHE_URI", "value": "ecr.example/web-layers"})
	require.Contains(t, r.One(t, "iam.RolePolicy", "web-image").Policy(t, "policy"),
		"Allow ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer ecr:CompleteLayerUpload ecr:DescribeImages "+
			"ecr:InitiateLayerUpload ecr:PutImage ecr:UploadLayerPart on arn:aws:ecr:eu-central-1:111122223333:repository/web-layers")
	require.Equal(t, "IMMUTABLE", r.One(t, "ecr.Repository", "web").Inputs["imageTagMutability"])
	requireCacheOnly(t, projectOf(t, r, "web-image"))

	r = &enginetest.Engine{}
	r.MustRun(t, pipelineOf(buildpipeline.Args{Source: fromGitHub, Build: buildpipeline.BuildSpec{Cache: buildpipeline.CacheNone}}, nil).program)
	require.Equal(t, object{"type": "NO_CACHE"}, r.One(t, "codebuild.Project", "web-image").Inputs["cache"])
	require.Len(t, r.All("ecr.Repository"), 1)
}

// CodeBuild keeps the directory of the layers in the artifact bucket. Each build replaces it.
func TestS3Cache(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, pipelineOf(buildpipeline.Args{
		Source: fromGitHub, Build: buildpipeline.BuildSpec{Cache: buildpipeline.CacheS3, Package: mavenPackage},
	}, nil).program)
	image := r.One(t, "codebuild.Project", "web-image").Inputs
	require.Equal(t, object{"type": "S3", "location": "web-artifacts-0abcdef/cache/layers"}, image["cache"])
	require.Equal(t, object{"type": "S3", "location": "web-artifacts-0abcdef/cache"}, r.One(t, "codebuild.Project", "web-package").Inputs["cache"])
	require.Contains(t, r.One(t, "iam.RolePolicy", "web-image").Policy(t, "policy"),
		"Allow s3:GetObject s3:GetObjectVersion s3:PutObject on "+artifactBucket+"/cache/layers/*")
	require.Len(t, r.All("ecr.Repository"), 1)

	project := projectOf(t, r, "web-image")
	require.Equal(t, "/tmp/layers", project.Variables["CACHE_DIRECTORY"])
	project.Variables["CACHE_DIRECTORY"] = filepath.Join(t.TempDir(), "layers")
	requireCacheOnly(t, project)
	for name, test := range map[string]struct {
		environ map[string]string
		want    string
	}{
		"replaced":        {nil, "index.json"},
		"not written":     {map[string]string{"FAKE_CACHE_BROKEN": "true"}, "before"},
		"no new image":    {map[string]string{"FAKE_IMAGE_EXISTS": "true"}, "before"},
		"a failed build":  {map[string]string{"FAKE_FAILS": "docker buildx build"}, "before"},
		"without builder": {map[string]string{"FAKE_FAILS": "docker buildx create"}, "before"},
	} {
		directory := filepath.Join(t.TempDir(), "layers")
		require.NoError(t, os.Mkdir(directory, 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(directory, "before"), nil, 0o600))
		project.Variables["CACHE_DIRECTORY"] = directory
		run := buildtest.Run(t, project, "", test.environ)
		require.Equal(t, []string{"/tmp/layers/**/*"}, run.Cache)
		files, err := os.ReadDir(directory)
		require.NoError(t, err)
		require.Len(t, files, 1, name)
		require.Equal(t, test.want, files[0].Name(), name)
	}
}

// requireCacheOnly checks that a missing or broken layer cache does not fail an image build.
func requireCacheOnly(t *testing.T, project buildtest.Project) {
	t.Helper()
	for _, test := range []struct {
		environ map[string]string
		cached  bool
	}{
		{nil, true},
		{map[string]string{"FAKE_CACHE_BROKEN": "true"}, true},
		{map[string]string{"FAKE_FAILS": "docker buildx create"}, false},
	} {
		run := buildtest.Run(t, project, "", test.environ)
		require.Zero(t, run.Status, run.Output)
		require.Equal(t, test.cached, len(callsOf(run, "docker", "buildx", "build")) == 1, run.Calls)
		require.Equal(t, !test.cached, len(callsOf(run, "docker", "build")) == 1, run.Calls)
		require.Contains(t, run.Artifacts["imagedefinitions.json"], "@"+buildtest.FakeDigest)
	}
	broken := buildtest.Run(t, project, "", map[string]string{"FAKE_FAILS": "docker buildx build"})
	require.NotZero(t, broken.Status, "a build that fails is not repeated without the cache")
	require.Empty(t, callsOf(broken, "docker", "build"))
}

func TestBuildspecs(t *testing.T) {
	for name, test := range map[string]struct {
		build      buildpipeline.BuildSpec
		deployment *bluegreen.Spec
		project    string
	}{
		"rolling":       {project: "web-image"},
		"bluegreen":     {deployment: allAtOnce, project: "web-image"},
		"dockerhub":     {build: buildpipeline.BuildSpec{DockerHubSecretArn: pulumi.String(hubSecret)}, project: "web-image"},
		"package":       {build: buildpipeline.BuildSpec{Package: justMake}, project: "web-package"},
		"package-cache": {build: buildpipeline.BuildSpec{Package: mavenPackage}, project: "web-package"},
		"package-bluegreen": {
			build: buildpipeline.BuildSpec{Package: mavenPackage}, deployment: allAtOnce, project: "web-package",
		},
		"registry-cache": {build: buildpipeline.BuildSpec{Cache: buildpipeline.CacheRegistry}, project: "web-image"},
		"s3-cache":       {build: buildpipeline.BuildSpec{Cache: buildpipeline.CacheS3}, project: "web-image"},
		"attested": {
			build:   buildpipeline.BuildSpec{AttestationsSpec: buildpipeline.AttestationsSpec{Provenance: "max", SBOM: true}},
			project: "web-image",
		},
		"select": {deployment: allAtOnce, project: "web-select"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			r.MustRun(t, pipelineOf(buildpipeline.Args{Source: fromGitHub, Build: test.build}, test.deployment).program)
			source := r.One(t, "codebuild.Project", test.project).Inputs["source"].(object)
			golden.Compare(t, "buildspec-"+name+".json", source["buildspec"].(string))
		})
	}
}

func TestRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		given buildpipeline.Args // without the service
		name  string
		want  string
	}{
		"a bad name": {buildpipeline.Args{Source: fromGitHub}, "Web",
			`name: "Web" is not allowed`},
		"a bad log": {buildpipeline.Args{Source: fromGitHub, LogRetentionDays: 2}, "web",
			"logRetentionDays: 2 is not allowed"},
		"a bad source": {buildpipeline.Args{Source: buildpipeline.SourceSpec{Repository: "web", ConnectionArn: pulumi.String(connection)}}, "web",
			`source.repository: "web" is not allowed`},
		"no connection": {buildpipeline.Args{Source: buildpipeline.SourceSpec{Repository: "acme/web"}}, "web",
			"connection: false is not allowed: set connection if and only if the source needs one"},
		"a bad build": {buildpipeline.Args{Source: fromGitHub, Build: buildpipeline.BuildSpec{TimeoutMinutes: 1}}, "web",
			"build.timeoutMinutes: 1 is not allowed"},
		"another architecture": {buildpipeline.Args{Source: fromGitHub, Build: buildpipeline.BuildSpec{Architecture: "ARM64"}}, "web",
			`build.architecture: "ARM64" is not allowed: X86_64, the architecture of the service's tasks`},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			err := r.Run(func(ctx *pulumi.Context) error {
				env, err := environment.New(ctx, enginetest.Stack, &environment.Args{ClusterName: clusterName})
				require.NoError(t, err)
				args := test.given
				args.Service, err = fargateservice.New(ctx, "web", &fargateservice.Args{Environment: env})
				require.NoError(t, err)
				_, err = buildpipeline.New(ctx, test.name, &args)
				return err
			}, nil)
			require.ErrorContains(t, err, test.want)
			require.Empty(t, r.All("fargate-cd:components:BuildPipeline"), "no part of the pipeline is registered")
		})
	}
	err := (&enginetest.Engine{}).Run(func(ctx *pulumi.Context) error {
		_, err := buildpipeline.New(ctx, "web", &buildpipeline.Args{Source: fromGitHub})
		return err
	}, nil)
	require.ErrorContains(t, err, "the service of BuildPipeline web is missing")
}

// A blue/green service is deployed by its BlueGreen, which has the service.
func TestRefusesAnotherDeployment(t *testing.T) {
	for want, change := range map[string]func(*buildpipeline.Args){
		"blueGreen: is missing: the BlueGreen of the service": func(args *buildpipeline.Args) {
			args.Service, args.BlueGreen = args.BlueGreen.Service(), nil
		},
		`service: "web" is not allowed: none with blueGreen`: func(args *buildpipeline.Args) { args.Service = args.BlueGreen.Service() },
	} {
		r := &enginetest.Engine{}
		err := r.Run(func(ctx *pulumi.Context) error {
			env, err := environment.New(ctx, enginetest.Stack, &environment.Args{ClusterName: clusterName})
			require.NoError(t, err)
			service, err := fargateservice.New(ctx, "web", &fargateservice.Args{Environment: env, BlueGreen: true})
			require.NoError(t, err)
			args := buildpipeline.Args{Source: fromGitHub}
			args.BlueGreen, err = bluegreen.New(ctx, "web", &bluegreen.Args{Spec: *allAtOnce, Service: service})
			require.NoError(t, err)
			change(&args)
			_, err = buildpipeline.New(ctx, "web", &args)
			return err
		}, nil)
		require.ErrorContains(t, err, want)
		require.Empty(t, r.All("fargate-cd:components:BuildPipeline"), "no part of the pipeline is registered")
	}
}

// The ARN of a connection can be an output of this or another stack. Then it is checked during the update, once it is
// known.
func TestRefusesAConnectionLater(t *testing.T) {
	r := &enginetest.Engine{}
	err := r.Run(func(ctx *pulumi.Context) error {
		other, err := sns.NewTopic(ctx, "other", nil) // its ARN is not the ARN of a connection
		require.NoError(t, err)
		source := fromGitHub
		source.ConnectionArn = other.Arn
		return pipelineOf(buildpipeline.Args{Source: source}, nil).program(ctx)
	}, nil)
	require.ErrorContains(t, err, `source.connectionArn: "arn:aws:sns:eu-central-1:111122223333:topic/other" is not allowed: the ARN of a connection to GitHub`)
	require.Empty(t, r.All("codepipeline.Pipeline"))
}
