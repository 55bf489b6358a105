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

// smoked returns a pipeline with a smoke test.
func smoked(source buildpipeline.SourceSpec) buildpipeline.Args {
	return buildpipeline.Args{Source: source, ServiceURL: pulumi.String(`http://example/a b;"$(exit 1)"`), SmokeTest: &buildpipeline.SmokeTestSpec{
		Commands:    []string{`go run ./smoke "$SERVICE_URL"`, "go version"},
		MachineSpec: buildpipeline.MachineSpec{TimeoutMinutes: 5},
		VariablesSpec: buildpipeline.VariablesSpec{
			Environment: map[string]string{"STAGE": "smoke"}, Secrets: map[string]string{"TOKEN": tokenSecret},
		},
	}}
}

func TestSmokeTest(t *testing.T) {
	for name, test := range map[string]struct {
		source     buildpipeline.SourceSpec
		deployment *bluegreen.Spec
		order      []any // of the actions of the stage Deploy
		onFailure  any
		inputs     list
		reads      []string
	}{
		"rolling": {fromGitHub, nil, []any{nil, 2.0}, object{"result": "ROLLBACK"}, list{"Source"}, []string{reads("Source")}},
		"blue/green": {fromGitHub, allAtOnce, []any{1.0, 2.0, 3.0}, nil, list{"Source", "Deployment"},
			[]string{reads("Source"), reads("Deployment")}},
		"a release": {buildpipeline.SourceSpec{Provider: buildpipeline.SourceRelease, Stack: "other"}, nil, []any{nil, 2.0},
			object{"result": "ROLLBACK"}, list{"Source"}, []string{reads("Source")}},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			args := smoked(test.source)
			args.Release = &buildpipeline.ReleaseSpec{Stack: "next"}
			r.MustRun(t, pipelineOf(args, test.deployment).program)

			stages := r.One(t, "codepipeline.Pipeline", "web").Inputs["stages"].(list)
			require.Equal(t, "Release", stages[len(stages)-1].(object)["name"], "an image is released after its smoke test")
			deploy := stages[len(stages)-2].(object)
			require.Equal(t, "Deploy", deploy["name"])
			require.Equal(t, test.onFailure, deploy["onFailure"])
			var order []any
			for _, action := range deploy["actions"].(list) {
				order = append(order, action.(object)["runOrder"])
			}
			require.Equal(t, test.order, order)
			action := deploy["actions"].(list)[len(test.order)-1].(object)
			require.Equal(t, []any{"SmokeTest", "Test", "CodeBuild", test.inputs, list{}},
				[]any{action["name"], action["category"], action["provider"], action["inputArtifacts"], action["outputArtifacts"]})

			project := r.One(t, "codebuild.Project", "web-smoke-test")
			require.Equal(t, 5.0, project.Inputs["buildTimeout"])
			require.Equal(t, list{
				object{"name": "SERVICE_URL", "value": `http://example/a b;"$(exit 1)"`}, object{"name": "STAGE", "value": "smoke"},
				object{"name": "TOKEN", "value": tokenSecret, "type": "SECRETS_MANAGER"},
			}, project.Inputs["environment"].(object)["environmentVariables"])
			require.Equal(t, append(append(test.reads,
				"Allow secretsmanager:GetSecretValue on "+tokenSecret,
				"Allow logs:CreateLogStream logs:PutLogEvents on arn:aws:cloudwatch:eu-central-1:111122223333:loggroup/web-smoke-test:*",
			), buildAccess...), r.One(t, "iam.RolePolicy", "web-smoke-test").Policy(t, "policy"))
			require.Contains(t, r.One(t, "iam.RolePolicy", "web-pipeline").Inputs["policy"], ":project/web-smoke-test\"")

			run := buildtest.Run(t, projectOf(t, r, "web-smoke-test"), "", nil)
			require.Zero(t, run.Status, run.Output)
			require.Equal(t, [][]string{{"go", "run", "./smoke", `http://example/a b;"$(exit 1)"`}, {"go", "version"}}, run.Calls)
			failed := buildtest.Run(t, projectOf(t, r, "web-smoke-test"), "", map[string]string{"FAKE_FAILS": "go run"})
			require.NotZero(t, failed.Status)
			require.Len(t, failed.Calls, 1, "nothing runs after a failure")
			golden.Compare(t, "buildspec-smoke-test.json", projectOf(t, r, "web-smoke-test").Buildspec)
		})
	}
}

func TestSmokeTestRefuses(t *testing.T) {
	for want, change := range map[string]func(*buildpipeline.Args){
		`smokeTest.commands: is missing: the commands of the test`:                     func(a *buildpipeline.Args) { a.SmokeTest.Commands = nil },
		`smokeTest.commands[0]: " " is not allowed`:                                    func(a *buildpipeline.Args) { a.SmokeTest.Commands = []string{" "} },
		`smokeTest.onFailure: "RETRY" is not allowed: one of ROLLBACK, FAIL`:           func(a *buildpipeline.Args) { a.SmokeTest.OnFailure = "RETRY" },
		`smokeTest.timeoutMinutes: 1 is not allowed`:                                   func(a *buildpipeline.Args) { a.SmokeTest.TimeoutMinutes = 1 },
		`smokeTest.environment: "SERVICE_URL" is not allowed: a name that neither`:     func(a *buildpipeline.Args) { a.SmokeTest.Environment["SERVICE_URL"] = "x" },
		`smokeTest.secrets.TOKEN: "x" is not allowed: the complete ARN of a Secrets M`: func(a *buildpipeline.Args) { a.SmokeTest.Secrets["TOKEN"] = "x" },
	} {
		args := smoked(fromGitHub)
		change(&args)
		r := &enginetest.Engine{}
		require.ErrorContains(t, r.Run(pipelineOf(args, nil).program, nil), want)
		require.Empty(t, r.All("codebuild.Project"), want)
	}
}

// CodePipeline never rolls back a blue/green service. It rolls back a rolling service unless onFailure is FAIL.
func TestSmokeTestOnFailure(t *testing.T) {
	args := smoked(fromGitHub)
	args.SmokeTest.OnFailure = "FAIL"
	r := &enginetest.Engine{}
	r.MustRun(t, pipelineOf(args, nil).program)
	require.NotContains(t, r.One(t, "codepipeline.Pipeline", "web").Inputs["stages"].(list)[2], "onFailure")

	args.SmokeTest.OnFailure = "ROLLBACK"
	err := (&enginetest.Engine{}).Run(pipelineOf(args, allAtOnce).program, nil)
	require.ErrorContains(t, err, `smokeTest.onFailure: "ROLLBACK" is not allowed: only FAIL for a service that CodeDeploy deploys`)
}
