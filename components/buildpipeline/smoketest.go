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

// What a failed smoke test does ("FailureConditions", AWS CodePipeline API Reference).
const (
	onFailureRollback = "ROLLBACK"
	onFailureFail     = "FAIL"
)

// SmokeTestSpec holds the settings of a build that tests each new version after its deployment.
type SmokeTestSpec struct {
	// Commands are the commands to run, such as curl --fail "$SERVICE_URL". SERVICE_URL holds the URL of the service on
	// the production listener or the API, which the build machine must reach; a worker has none. They run in the root of the source code, or
	// of the release. Required.
	Commands []string `json:"commands"`
	// OnFailure is what a failed test does, as CodePipeline names it: ROLLBACK also deploys the image from before, unless
	// the pipeline has changed since, there is none, or it is more than 90 days old and its artifacts have expired; FAIL
	// leaves the new version running. By default ROLLBACK, and FAIL for a service that CodeDeploy deploys, which cannot be
	// rolled back.
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

// ValidateDeployment reports a rollback that the deployment of the service excludes, under
// a key that begins with the prefix.
func (s *SmokeTestSpec) ValidateDeployment(prefix string, blueGreen bool, found *problems.List) {
	if s != nil && blueGreen && s.OnFailure == onFailureRollback {
		found.Add(prefix+"onFailure", s.OnFailure, "only FAIL for a service that CodeDeploy deploys: the newest successful execution "+
			"may be one of a changed configuration, which deploys the image that has failed")
	}
}

// newSmokeTest creates the project of the smoke test; nil without one.
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
		name: p.name + "-smoke-test", buildspec: pulumi.String(text), cache: noCache, machine: test.or(&p.args.Build),
		own: variables, variables: test.VariablesSpec,
		statements: p.readsSource(),
	})
}

// addSmokeTest adds the smoke test to the stage Deploy, after the deployment.
//
// If a rolling service fails it, CodePipeline runs the stage again with the artifacts of
// its newest successful execution, which deploys the image from before. AWS does that only
// for an execution of the same version of the pipeline ("Configure a stage for automatic
// rollback", CodePipeline User Guide), so not for the first one after a change of it. It
// uses the artifacts of that execution ("Configuring stage rollback"), which expire after
// artifactDays.
//
// A blue/green service stays as it is. The newest successful execution may be one that a
// change of the configuration has started. It deploys the running image, which is the one
// that has failed, or it would deploy an old configuration.
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
