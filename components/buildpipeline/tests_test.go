package buildpipeline_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/bluegreen"
	"fargate-cd/components/buildpipeline"
	"fargate-cd/internal/buildtest"
	"fargate-cd/internal/enginetest"
	"fargate-cd/internal/golden"
)

const (
	tokenSecret = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:ci-AbCdEf"
	parameter   = "arn:aws:ssm:eu-central-1:111122223333:parameter/ci/url"
	secretsKey  = "arn:aws:kms:eu-central-1:111122223333:key/1"
	testReports = "arn:aws:codebuild:eu-central-1:111122223333:reportgroup/web-test-unit-"
)

// unitTest is a test with every setting.
func unitTest() buildpipeline.TestSpec {
	return buildpipeline.TestSpec{
		Name: "unit", Commands: []string{`printf '%s' "$COMMIT_HASH" > ran`, "go test ./..."}, PrivilegedMode: true,
		Reports: []buildpipeline.ReportSpec{
			{Name: "junit", Files: []string{"**/*.xml"}},
			{Name: "coverage", Files: []string{"cover.xml"}, BaseDirectory: "out", Format: "COBERTURAXML"},
		},
		MachineSpec: buildpipeline.MachineSpec{
			Architecture: "ARM64", ComputeType: "BUILD_GENERAL1_MEDIUM", Image: "public.ecr.aws/docker/library/golang:1", TimeoutMinutes: 10,
		},
		VariablesSpec: buildpipeline.VariablesSpec{
			Environment:       map[string]string{"STAGE": "ci"},
			Secrets:           map[string]string{"TOKEN": tokenSecret + ":token::", "URL": parameter},
			SecretsKmsKeyArns: pulumi.StringArray{pulumi.String(secretsKey)},
		},
	}
}

// lint is a test with the fewest settings.
var lint = buildpipeline.TestSpec{Name: "lint", Commands: []string{"go vet ./..."}}

func tested(tests ...buildpipeline.TestSpec) buildpipeline.Args {
	return buildpipeline.Args{Source: fromGitHub, Build: buildpipeline.BuildSpec{Tests: tests}}
}

func TestTestProjects(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, pipelineOf(tested(unitTest(), lint), nil).program)

	require.Equal(t, object{
		"type": "ARM_CONTAINER", "computeType": "BUILD_GENERAL1_MEDIUM", "image": "public.ecr.aws/docker/library/golang:1",
		"privilegedMode": true,
		"environmentVariables": list{
			object{"name": "STAGE", "value": "ci"},
			object{"name": "TOKEN", "value": tokenSecret + ":token::", "type": "SECRETS_MANAGER"},
			object{"name": "URL", "value": "/ci/url", "type": "PARAMETER_STORE"},
		},
	}, r.One(t, "codebuild.Project", "web-test-unit").Inputs["environment"])
	require.Equal(t, 10.0, r.One(t, "codebuild.Project", "web-test-unit").Inputs["buildTimeout"])
	require.Equal(t, object{
		"type": "LINUX_CONTAINER", "computeType": "BUILD_GENERAL1_SMALL", "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
		"privilegedMode": false, "environmentVariables": list{},
	}, r.One(t, "codebuild.Project", "web-test-lint").Inputs["environment"], "the machine of the image build, without privileges")
	require.Equal(t, 30.0, r.One(t, "codebuild.Project", "web-test-lint").Inputs["buildTimeout"])

	for name, kind := range map[string]string{"web-test-unit-junit": "TEST", "web-test-unit-coverage": "CODE_COVERAGE"} {
		require.Equal(t, object{"type": kind, "exportConfig": object{"type": "NO_EXPORT"}, "deleteReports": true},
			r.One(t, "codebuild.ReportGroup", name).Inputs)
	}
}

// A test reads the source. It can write no artifact and no image.
func TestTestRoles(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, pipelineOf(tested(unitTest(), lint), allAtOnce).program)
	logs := func(project string) string {
		return "Allow logs:CreateLogStream logs:PutLogEvents on arn:aws:cloudwatch:eu-central-1:111122223333:loggroup/" + project + ":*"
	}
	require.Equal(t, append([]string{
		reads("Source"), reads("Deployment"),
		"Allow codebuild:BatchPutTestCases codebuild:CreateReport codebuild:UpdateReport on " + testReports + "junit",
		"Allow codebuild:BatchPutCodeCoverages codebuild:CreateReport codebuild:UpdateReport on " + testReports + "coverage",
		"Allow secretsmanager:GetSecretValue on " + tokenSecret,
		"Allow ssm:GetParameters on " + parameter,
		"Allow kms:Decrypt on " + secretsKey + " if StringLike kms:ViaService [secretsmanager.* ssm.*]",
		logs("web-test-unit"),
	}, buildAccess...), r.One(t, "iam.RolePolicy", "web-test-unit").Policy(t, "policy"))
	require.Equal(t, append([]string{reads("Source"), reads("Deployment"), logs("web-test-lint")}, buildAccess...),
		r.One(t, "iam.RolePolicy", "web-test-lint").Policy(t, "policy"))
	require.Contains(t, r.One(t, "iam.RolePolicy", "web-pipeline").Policy(t, "policy"),
		"Allow codebuild:BatchGetBuilds codebuild:StartBuild on arn:aws:codebuild:eu-central-1:111122223333:project/web-image "+
			"arn:aws:codebuild:eu-central-1:111122223333:project/web-select arn:aws:codebuild:eu-central-1:111122223333:project/web-test-unit "+
			"arn:aws:codebuild:eu-central-1:111122223333:project/web-test-lint")
}

// actions returns the names of a pipeline's actions by their stage.
func actions(t *testing.T, r *enginetest.Engine) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, each := range r.One(t, "codepipeline.Pipeline", "web").Inputs["stages"].(list) {
		for _, action := range each.(object)["actions"].(list) {
			require.NotContains(t, action, "runOrder", "the actions of a stage run in parallel")
			name := each.(object)["name"].(string)
			out[name] = append(out[name], action.(object)["name"].(string))
		}
	}
	return out
}

// The tests run in parallel with the first build.
func TestTestActions(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, pipelineOf(tested(unitTest(), lint), nil).program)
	require.Equal(t, map[string][]string{
		"Source": {"Source"}, "Build": {"Image", "Test-unit", "Test-lint"}, "Deploy": {"Deploy"},
	}, actions(t, r))
	stages := r.One(t, "codepipeline.Pipeline", "web").Inputs["stages"].(list)
	require.Equal(t, act("Test", "CodeBuild", "Test-unit", object{
		"ProjectName": "web-test-unit-0abcdef", "EnvironmentVariables": `[{"name":"COMMIT_HASH","value":"#{Source.CommitId}","type":"PLAINTEXT"}]`,
	}, list{"Source"}, list{}), stages[1].(object)["actions"].(list)[1])

	args := tested(lint)
	args.Build.Package = justMake
	r = &enginetest.Engine{}
	r.MustRun(t, pipelineOf(args, nil).program)
	require.Equal(t, map[string][]string{
		"Source": {"Source"}, "Build": {"Package", "Test-lint"}, "DockerBuild": {"Image"}, "Deploy": {"Deploy"},
	}, actions(t, r))
}

func TestTestBuildspecs(t *testing.T) {
	for name, deployment := range map[string]*bluegreen.Spec{"test": nil, "test-bluegreen": allAtOnce} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			r.MustRun(t, pipelineOf(tested(unitTest()), deployment).program)
			project := projectOf(t, r, "web-test-unit")
			golden.Compare(t, "buildspec-"+name+".json", project.Buildspec)

			run := buildtest.Run(t, project, "", map[string]string{"COMMIT_HASH": `"; touch broken #`})
			require.Zero(t, run.Status, run.Output)
			require.Equal(t, [][]string{{"go", "test", "./..."}}, run.Calls, "no command describes an image: the test runs whether or not there is one")

			failed := buildtest.Run(t, project, "", map[string]string{"FAKE_FAILS": "go test"})
			require.NotZero(t, failed.Status, "a failed test fails the build")

			if deployment != nil {
				change := buildtest.Run(t, project, "", buildtest.AfterConfigurationChange(t))
				require.Zero(t, change.Status, change.Output)
				require.Empty(t, change.Calls, "a change of the configuration tests nothing")
			}
		})
	}
}
