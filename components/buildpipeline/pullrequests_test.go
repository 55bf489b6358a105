package buildpipeline_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/bluegreen"
	"fargate-cd/components/buildpipeline"
	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/buildtest"
	"fargate-cd/internal/enginetest"
)

const someSecret = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:token-AbCdEf"

// withRequests returns a pipeline with pull requests. The image build has secrets, and so has one of its two tests.
func withRequests(change func(*buildpipeline.Args)) buildpipeline.Args {
	secrets := buildpipeline.VariablesSpec{Environment: map[string]string{"MODE": "ci"}, Secrets: map[string]string{"TOKEN": someSecret}}
	args := buildpipeline.Args{Source: fromGitHub, Build: buildpipeline.BuildSpec{
		VariablesSpec: secrets, DockerHubSecretArn: pulumi.String(hubSecret), Cache: "Registry",
		Tests: []buildpipeline.TestSpec{
			{Name: "e2e", Commands: []string{"make e2e"}, VariablesSpec: secrets}, {Name: "unit", Commands: []string{"make unit"}},
		},
	}}
	args.Source.PullRequests = &buildpipeline.PullRequestSpec{}
	change(&args)
	return args
}

// actionsAndProjects returns the actions of a pipeline as stage/action, and their projects.
func actionsAndProjects(pipeline *enginetest.Resource) []string {
	var out []string
	for _, each := range pipeline.Inputs["stages"].(list) {
		for _, action := range each.(object)["actions"].(list) {
			project, _ := action.(object)["configuration"].(object)["ProjectName"].(string)
			out = append(out, each.(object)["name"].(string)+"/"+action.(object)["name"].(string)+" "+strings.TrimSuffix(project, "-0abcdef"))
		}
	}
	return out
}

func TestPullRequests(t *testing.T) {
	for name, test := range map[string]struct {
		change     func(*buildpipeline.Args)
		deployment *bluegreen.Spec
		stages     []string
		filter     object // without the events
	}{
		"rolling": {func(*buildpipeline.Args) {}, nil, []string{"Source/Source ", "Build/Test-unit web-pr-test-unit", "Build/Image web-pr-image"},
			object{"branches": object{"includes": list{"main"}}}},
		"blue/green with a package": {func(a *buildpipeline.Args) {
			a.Build.Package, a.Source.FilePaths = mavenPackage, []string{"api/**"}
			a.Source.PullRequests.Branches = []string{"release/**"}
		}, allAtOnce, []string{"Source/Source ", "Build/Test-unit web-pr-test-unit", "Build/Package web-pr-package", "DockerBuild/Image web-pr-image"},
			object{"branches": object{"includes": list{"release/**"}}, "filePaths": object{"includes": list{"api/**"}}}},
		"only tests": {func(a *buildpipeline.Args) {
			a.Build.Buildspec, a.Build.DockerHubSecretArn, a.Source.Branches = "build.yaml", nil, []string{"a", "b"}
		}, nil, []string{"Source/Source ", "Build/Test-unit web-pr-test-unit"}, object{"branches": object{"includes": list{"a", "b"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			r.MustRun(t, pipelineOf(withRequests(test.change), test.deployment).program)
			pipeline := r.One(t, "codepipeline.Pipeline", "web-pr")
			require.Equal(t, test.stages, actionsAndProjects(pipeline))
			test.filter["events"] = list{"OPEN", "UPDATED"}
			require.Equal(t, list{object{"providerType": "CodeStarSourceConnection", "gitConfiguration": object{
				"sourceActionName": "Source", "pullRequests": list{test.filter},
			}}}, pipeline.Inputs["triggers"])
			require.Equal(t, "PARALLEL", pipeline.Inputs["executionMode"])
			source := pipeline.Inputs["stages"].(list)[0].(object)["actions"].(list)[0].(object)["configuration"].(object)
			require.Equal(t, "false", source["DetectChanges"], "a push does not start it")
		})
	}
}

// Whatever a pull request contains, it cannot push an image, deploy, read a secret, read or
// replace an artifact of the pipeline that deploys, or write to the reports of its tests.
func TestPullRequestRights(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, pipelineOf(withRequests(func(a *buildpipeline.Args) {
		a.Build.Package, a.Build.Tests[1].Reports = mavenPackage, []buildpipeline.ReportSpec{{Name: "junit", Files: []string{"*.xml"}}}
	}), allAtOnce).program)

	const projects = "arn:aws:codebuild:eu-central-1:111122223333:project/"
	require.Equal(t, []string{
		"Allow s3:GetBucketAcl s3:GetBucketLocation s3:GetBucketVersioning on " + artifactBucket,
		"Allow s3:GetObject s3:GetObjectVersion s3:PutObject s3:PutObjectAcl on " + artifactBucket + "/web-pr-*/*",
		useKey,
		"Allow codebuild:BatchGetBuilds codebuild:StartBuild on " + projects + "web-pr-image " + projects + "web-pr-package " + projects + "web-pr-test-unit",
		"Allow codeconnections:UseConnection codestar-connections:UseConnection on " +
			"arn:aws:codeconnections:eu-central-1:111122223333:connection/1 " + connection,
	}, r.One(t, "iam.RolePolicy", "web-pr-pipeline").Policy(t, "policy"))
	for role, want := range map[string][]string{
		"web-pr-image": {"Allow s3:GetObject s3:GetObjectVersion on " + artifactBucket + "/web-pr-*/Package/*"},
		"web-pr-package": {"Allow s3:GetObject s3:GetObjectVersion on " + artifactBucket + "/web-pr-*/Source/*",
			"Allow s3:PutObject on " + artifactBucket + "/web-pr-*/Package/*"},
		"web-pr-test-unit": {"Allow s3:GetObject s3:GetObjectVersion on " + artifactBucket + "/web-pr-*/Source/*"},
	} {
		require.Equal(t, append(want,
			"Allow logs:CreateLogStream logs:PutLogEvents on arn:aws:cloudwatch:eu-central-1:111122223333:loggroup/"+role+":*",
			"Allow s3:GetBucketAcl s3:GetBucketLocation on "+artifactBucket, useKey,
		), r.One(t, "iam.RolePolicy", role).Policy(t, "policy"))
		project := r.One(t, "codebuild.Project", role).Inputs
		require.Equal(t, object{"type": "NO_CACHE"}, project["cache"], "a pull request must not write what a later build reads")
		require.NotContains(t, project["environment"].(object)["environmentVariables"], "TOKEN")
		require.NotContains(t, project["source"].(object)["buildspec"], "arn:aws:secretsmanager")
		require.NotContains(t, project["source"].(object)["buildspec"], "reports")
	}
}

// With a name of 18 characters, the artifact folders of the two pipelines differ only in their last character.
func TestPullRequestArtifactsOfALongName(t *testing.T) {
	r := &enginetest.Engine{}
	args := withRequests(func(*buildpipeline.Args) {})
	r.MustRun(t, func(ctx *pulumi.Context) error {
		env, err := environment.New(ctx, enginetest.Stack, &environment.Args{ClusterName: clusterName})
		require.NoError(t, err)
		args.Service, err = fargateservice.New(ctx, "abcdefghijklmnopqr", &fargateservice.Args{Environment: env})
		require.NoError(t, err)
		_, err = buildpipeline.New(ctx, "abcdefghijklmnopqr", &args)
		return err
	})
	policy := r.One(t, "iam.RolePolicy", "abcdefghijklmnopqr-pr-pipeline").Policy(t, "policy")
	require.Contains(t, strings.Join(policy, "\n"), "/abcdefghijklmnopqr-p*/*")
}

func TestPullRequestBuildspecs(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, pipelineOf(withRequests(func(a *buildpipeline.Args) {
		a.Build.Package = &buildpipeline.PackageSpec{Commands: []string{"mvn package", "touch Dockerfile"}, Files: []string{"Dockerfile"}}
		a.Build.Tests[1].Commands = []string{"go test ./..."}
	}), nil).program)
	image := buildtest.Run(t, projectOf(t, r, "web-pr-image"), "", nil)
	require.Zero(t, image.Status, image.Output)
	require.Equal(t, [][]string{{"docker", "build", "--build-arg", "COMMIT_HASH", "--build-arg", "MODE", "--tag", "pull-request",
		"--file", "./Dockerfile", "."}}, image.Calls, "nothing is pushed")
	failed := buildtest.Run(t, projectOf(t, r, "web-pr-image"), "", map[string]string{"FAKE_FAILS": "docker build"})
	require.NotZero(t, failed.Status)
	test := buildtest.Run(t, projectOf(t, r, "web-pr-test-unit"), "", nil)
	require.Zero(t, test.Status, test.Output)
	require.Equal(t, [][]string{{"go", "test", "./..."}}, test.Calls)
	untested := buildtest.Run(t, projectOf(t, r, "web-pr-test-unit"), "", map[string]string{"FAKE_FAILS": "go test"})
	require.NotZero(t, untested.Status)
	pkg := buildtest.Run(t, projectOf(t, r, "web-pr-package"), "", nil)
	require.Zero(t, pkg.Status, pkg.Output)
	require.Equal(t, [][]string{{"mvn", "package"}}, pkg.Calls)
}

func TestPullRequestsRefuse(t *testing.T) {
	for want, change := range map[string]func(*buildpipeline.Args){
		"source.pullRequests: is not allowed: build.buildspec pushes the image": func(a *buildpipeline.Args) {
			a.Build.Buildspec, a.Build.DockerHubSecretArn, a.Build.Tests = "build.yaml", nil, a.Build.Tests[:1]
		},
		"source.pullRequests: is not allowed: the provider is CodeCommit": func(a *buildpipeline.Args) {
			a.Source.Provider, a.Source.Repository, a.Source.ConnectionArn = "CodeCommit", "web", nil
		},
		"source.pullRequests.branches[0]: \"\" is not allowed: a pattern": func(a *buildpipeline.Args) {
			a.Source.PullRequests.Branches = []string{""}
		},
	} {
		r := &enginetest.Engine{}
		err := r.Run(pipelineOf(withRequests(change), nil).program, nil)
		require.ErrorContains(t, err, want)
		require.Empty(t, r.All("fargate-cd:components:BuildPipeline"))
	}
}
