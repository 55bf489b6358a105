package buildpipeline_test

import (
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

const clusterName = "fargate-cd-test"

var (
	someService = &fargateservice.Args{}
	allAtOnce   = &bluegreen.Spec{}
)

// setup describes the environment, the service web and its pipeline that a test registers.
type setup struct {
	environment environment.Spec
	service     *fargateservice.Args // without its environment
	deployment  *bluegreen.Spec      // makes the service blue/green, with the strategy ECSAllAtOnce
	pipeline    *buildpipeline.Args  // without its service
}

func (s setup) program(ctx *pulumi.Context) error {
	_, err := s.register(ctx)
	return err
}

func (s setup) register(ctx *pulumi.Context) (*buildpipeline.BuildPipeline, error) {
	env, err := environment.New(ctx, enginetest.Stack, &environment.Args{Spec: s.environment, ClusterName: clusterName})
	if err != nil {
		return nil, err
	}
	serviceArgs := *s.service
	serviceArgs.Environment, serviceArgs.BlueGreen = env, s.deployment != nil
	service, err := fargateservice.New(ctx, "web", &serviceArgs)
	if err != nil {
		return nil, err
	}
	args := *s.pipeline
	if s.deployment == nil {
		args.Service = service
	}
	if s.deployment != nil {
		args.BlueGreen, err = bluegreen.New(ctx, "web", &bluegreen.Args{Strategy: "ECSAllAtOnce", Spec: *s.deployment, Service: service})
		if err != nil {
			return nil, err
		}
	}
	return buildpipeline.New(ctx, "web", &args)
}

// object and list abbreviate the types of a registered resource's inputs.
type (
	object = map[string]any
	list   = []any
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

// projectOf returns a registered CodeBuild project, which buildtest can run.
func projectOf(t *testing.T, r *enginetest.Engine, name string) buildtest.Project {
	t.Helper()
	inputs := r.One(t, "codebuild.Project", name).Inputs
	out := buildtest.Project{Name: name, Buildspec: inputs["source"].(object)["buildspec"].(string), Variables: map[string]string{}}
	for _, each := range inputs["environment"].(object)["environmentVariables"].(list) {
		out.Variables[each.(object)["name"].(string)] = each.(object)["value"].(string)
	}
	return out
}

// stageNames returns the names of the stages of the pipeline.
func stageNames(t *testing.T, r *enginetest.Engine) []string {
	t.Helper()
	var names []string
	for _, each := range r.One(t, "codepipeline.Pipeline", "web").Inputs["stages"].(list) {
		names = append(names, each.(object)["name"].(string))
	}
	return names
}

// actionOf returns an action of the pipeline.
func actionOf(t *testing.T, r *enginetest.Engine, name string) object {
	t.Helper()
	for _, each := range r.One(t, "codepipeline.Pipeline", "web").Inputs["stages"].(list) {
		for _, action := range each.(object)["actions"].(list) {
			if action.(object)["name"] == name {
				return action.(object)
			}
		}
	}
	require.Fail(t, "no action "+name)
	return nil
}

// runAs runs a program on a stack of the given name.
func runAs(t *testing.T, stack string, args buildpipeline.Args, deployment *bluegreen.Spec) *enginetest.Engine {
	t.Helper()
	r := &enginetest.Engine{Stack: stack}
	r.MustRun(t, pipelineOf(args, deployment).program)
	return r
}

// act returns the inputs of a pipeline action.
func act(category, provider, name string, configuration object, inputs, outputs list) object {
	return object{
		"category": category, "owner": "AWS", "provider": provider, "version": "1", "name": name,
		"configuration": configuration, "inputArtifacts": inputs, "outputArtifacts": outputs,
	}
}

func stage(name string, actions ...any) object { return object{"name": name, "actions": list(actions)} }
