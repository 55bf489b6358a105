package buildpipeline_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/components/buildpipeline"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

// CodeBuild pulls an image of a private repository with the role of the project.
func TestPrivateMachineImage(t *testing.T) {
	const login = "Allow ecr:GetAuthorizationToken on *"
	pull := func(repository string) string {
		return "Allow ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer on " + repository
	}
	for image, repository := range map[string]string{
		"444455556666.dkr.ecr.us-east-1.amazonaws.com/team/builder:1":                     "arn:aws:ecr:us-east-1:444455556666:repository/team/builder",
		"111122223333.dkr.ecr.eu-central-1.amazonaws.com/builder":                         "arn:aws:ecr:eu-central-1:111122223333:repository/builder",
		"111122223333.dkr.ecr.eu-central-1.amazonaws.com/builder@sha256:0123456789abcdef": "arn:aws:ecr:eu-central-1:111122223333:repository/builder",
		"111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/builder:1":                      "arn:aws:ecr:cn-north-1:111122223333:repository/builder",
		"public.ecr.aws/docker/library/golang:1.24":                                       "",
		"aws/codebuild/amazonlinux-x86_64-standard:5.0":                                   "",
		"example.com/111122223333.dkr.ecr.eu-central-1.amazonaws.com/builder":             "",
	} {
		t.Run(image, func(t *testing.T) {
			args := withRequests(func(a *buildpipeline.Args) {
				a.Build.Image, a.Build.Package, a.SmokeTest = image, justMake, &buildpipeline.SmokeTestSpec{Commands: []string{"true"}}
			})
			r := &enginetest.Engine{}
			r.MustRun(t, pipelineOf(args, allAtOnce).program)
			projects := r.All("codebuild.Project")
			require.Subset(t, enginetest.Names(projects), []string{
				"web-image", "web-package", "web-pr-image", "web-pr-package", "web-pr-test-unit", "web-select", "web-smoke-test", "web-test-e2e", "web-test-unit",
			})
			for _, project := range projects {
				environment := project.Inputs["environment"].(object)
				statements := r.One(t, "iam.RolePolicy", project.Name).Policy(t, "policy")
				if repository == "" {
					require.NotContains(t, environment, "imagePullCredentialsType", project.Name)
					continue
				}
				require.Equal(t, "SERVICE_ROLE", environment["imagePullCredentialsType"], project.Name)
				require.Subset(t, statements, []string{login, pull(repository)}, project.Name)
			}
		})
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
