package buildpipeline_test

import (
	"fmt"
	"maps"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/bluegreen"
	"fargate-cd/components/buildpipeline"
	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

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

// Each field with a pulumi tag is an output of the pipelines to which it applies.
func TestOutputs(t *testing.T) {
	const arn = "arn:aws:%s:eu-central-1:111122223333:%s"
	pipeline := object{
		"pipelineName": "web-0abcdef", "pipelineArn": fmt.Sprintf(arn, "codepipeline", "pipeline/web"), "pipelineRoleName": "web-pipeline-0abcdef",
		"artifactBucketName": "web-artifacts-0abcdef", "artifactKeyArn": fmt.Sprintf(arn, "kms", "key/web-artifacts"),
	}
	repository := object{
		"repositoryUrl": "ecr.example/web", "repositoryArn": fmt.Sprintf(arn, "ecr", "repository/web"), "repositoryName": "web-0abcdef",
	}
	fromPullRequests := fromGitHub
	fromPullRequests.PullRequests = &buildpipeline.PullRequestSpec{}
	keys := map[string]bool{}
	for name, test := range map[string]struct {
		args       buildpipeline.Args
		deployment *bluegreen.Spec
		want       object
		builds     []string
	}{
		"GitHub, with all builds": {
			args: buildpipeline.Args{
				Source:    fromPullRequests,
				Build:     buildpipeline.BuildSpec{Package: mavenPackage, Tests: []buildpipeline.TestSpec{{Name: "unit", Commands: []string{"make"}}}},
				SmokeTest: &buildpipeline.SmokeTestSpec{Commands: []string{"make"}},
			},
			deployment: allAtOnce,
			want:       object{"pullRequestPipelineName": "web-pr-0abcdef"},
			builds:     []string{"image", "package", "pr-image", "pr-package", "pr-test-unit", "select", "smoke-test", "test-unit"},
		},
		"CodeCommit": {
			args:   buildpipeline.Args{Source: fromCodeCommit},
			want:   object{"cloneUrlHttps": "https://codecommit.example/web", "cloneUrlSsh": "ssh://codecommit.example/web"},
			builds: []string{"image"},
		},
		"uploads": {
			args:   buildpipeline.Args{Source: buildpipeline.SourceSpec{Provider: buildpipeline.SourceS3}},
			want:   object{"sourceLocation": "s3://web-source-0abcdef/source.zip"},
			builds: []string{"image"},
		},
		"releases": {
			args: buildpipeline.Args{Source: buildpipeline.SourceSpec{Provider: buildpipeline.SourceRelease, Stack: "test-1"}},
			want: object{"releaseLocation": "s3://web-releases-00deae9f0692/test-1/deployment/push.zip"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			var values <-chan map[string]any
			r.MustRun(t, func(ctx *pulumi.Context) error {
				p, err := pipelineOf(test.args, test.deployment).register(ctx)
				if err == nil {
					values = enginetest.Values(buildpipeline.Outputs(p))
				}
				return err
			})
			maps.Copy(test.want, pipeline)
			if test.args.Source.Provider != buildpipeline.SourceRelease {
				maps.Copy(test.want, repository)
			}
			arns, names := map[string]string{}, map[string]string{}
			for _, build := range test.builds {
				arns[build], names[build] = fmt.Sprintf(arn, "iam", "role/web-"+build), "web-"+build+"-0abcdef"
			}
			test.want["buildRoleArns"], test.want["buildRoleNames"] = arns, names
			require.Equal(t, test.want, <-values)
		})
		for key := range test.want {
			keys[key] = true
		}
	}
	require.Equal(t, enginetest.OutputKeys[buildpipeline.BuildPipeline](), enginetest.Keys(keys))
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
			args.BlueGreen, err = bluegreen.New(ctx, "web", &bluegreen.Args{Strategy: "ECSAllAtOnce", Service: service})
			require.NoError(t, err)
			change(&args)
			_, err = buildpipeline.New(ctx, "web", &args)
			return err
		}, nil)
		require.ErrorContains(t, err, want)
		require.Empty(t, r.All("fargate-cd:components:BuildPipeline"), "no part of the pipeline is registered")
	}
}
