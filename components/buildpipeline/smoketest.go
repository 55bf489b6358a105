package buildpipeline

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codebuild"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codepipeline"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/deterministic"
	"fargate-cd/internal/problems"
)

// smokeTestAction is the name of the action that tests a new version.
const smokeTestAction = "SmokeTest"

// serviceURLVariable is the environment variable with the URL of the service.
const serviceURLVariable = "SERVICE_URL"

// Results of a failed smoke test ("FailureConditions", AWS CodePipeline API Reference).
const (
	onFailureRollback = "ROLLBACK"
	onFailureFail     = "FAIL"
)

// SmokeTestSpec holds the settings of a build that tests each new version after its deployment.
type SmokeTestSpec struct {
	// Commands are the commands to run, such as curl --fail "$SERVICE_URL". They run in the root directory of the
	// source code or of the release. SERVICE_URL holds the URL of the service on the production listener or the API; a
	// worker has no URL. The build machine must be able to reach the URL. A changed configuration of a blue/green service
	// deploys the running image, and then the commands and files of the newest commit test that image. Required.
	Commands []string `json:"commands"`
	// OnFailure is the result of a failed test, as CodePipeline names it. ROLLBACK deploys the previous image again,
	// unless there is none, the pipeline has changed since its deployment, or its artifacts have expired after 90 days.
	// FAIL leaves the new version running. By default ROLLBACK, and FAIL for a service that CodeDeploy deploys, which
	// cannot be rolled back.
	OnFailure string `json:"onFailure"`
	MachineSpec
	VariablesSpec
}

// validate reports the values that AWS would refuse, under keys that begin with the prefix.
func (s *SmokeTestSpec) validate(prefix string, build *BuildSpec, found *problems.List) {
	requireCommands(prefix+"commands", s.Commands, `the commands of the test, such as curl --fail "$SERVICE_URL"`, found)
	if s.OnFailure != "" {
		found.OneOf(prefix+"onFailure", s.OnFailure, onFailureRollback, onFailureFail)
	}
	s.MachineSpec.validate(prefix, build, found)
	s.VariablesSpec.validate(prefix, 0, found)
}

// ValidateDeployment reports the value ROLLBACK of a blue/green service, under a key that begins with the prefix.
func (s *SmokeTestSpec) ValidateDeployment(prefix string, blueGreen bool, found *problems.List) {
	if s != nil && blueGreen && s.OnFailure == onFailureRollback {
		found.Add(prefix+"onFailure", s.OnFailure, "only FAIL for a service that CodeDeploy deploys: the newest successful execution "+
			"may be one of a changed configuration, which deploys the image that has failed")
	}
}

// newSmokeTest creates the project of the smoke test; nil without a smoke test.
func (p *BuildPipeline) newSmokeTest(ctx *pulumi.Context) (*codebuild.Project, error) {
	test := p.args.SmokeTest
	if test == nil {
		return nil, nil
	}
	text, err := deterministic.IndentedJSON(buildspec{
		Version: "0.2",
		Env:     &buildspecEnv{Shell: "bash"},
		Phases:  buildspecPhases{Build: &buildspecPhase{OnFailure: "ABORT", Commands: test.Commands}},
	})
	if err != nil {
		return nil, fmt.Errorf("writing buildspec: %w", err)
	}
	variables := map[string]pulumi.StringInput{}
	if p.args.ServiceURL != nil {
		variables[serviceURLVariable] = p.args.ServiceURL
	}
	return p.newProject(ctx, projectArgs{
		name: p.name + "-smoke-test", buildspec: pulumi.String(text), cache: noCache, machine: test.machine(&p.args.Build),
		own: variables, variables: test.VariablesSpec,
		statements: p.readsSource(),
	})
}

// addSmokeTest adds the smoke test to the stage Deploy, after the deployment.
//
// If the smoke test of a rolling service fails, CodePipeline runs the stage again with the artifacts of its newest
// successful execution, which deploys the previous image. AWS rolls back only to an execution of the same version of
// the pipeline ("Configure a stage for automatic rollback", CodePipeline User Guide), so the first execution after a
// change of the pipeline is not rolled back. A rollback uses the artifacts of that execution ("Configuring stage
// rollback"), which expire after artifactDays.
//
// A blue/green service is not rolled back. A change of the configuration may have started the newest successful
// execution. A rollback to it would deploy the running image, which has failed the smoke test, or an old configuration.
func (p *BuildPipeline) addSmokeTest(deploy codepipeline.PipelineStageArgs, project *codebuild.Project) (codepipeline.PipelineStageArgs, error) {
	if project == nil {
		return deploy, nil
	}
	test, err := p.test(smokeTestAction, project)
	if err != nil {
		return deploy, err
	}
	actions := deploy.Actions.(codepipeline.PipelineStageActionArray)
	test.RunOrder = pulumi.Int(len(actions) + 1)
	deploy.Actions = append(actions, test)
	if p.args.BlueGreen == nil && p.args.SmokeTest.OnFailure != onFailureFail {
		deploy.OnFailure = codepipeline.PipelineStageOnFailureArgs{Result: pulumi.String(onFailureRollback)}
	}
	return deploy, nil
}
