package buildpipeline

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codebuild"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codepipeline"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/deterministic"
	"fargate-cd/internal/policy"
)

// Names of actions and of their output artifacts. An artifact has the name of its
// action.
const (
	sourceAction     = "Source"
	deploymentAction = "Deployment" // downloads taskdef.json and appspec.yaml
	packageAction    = "Package"
	imageAction      = "Image"
	selectAction     = "Select" // selects the image to deploy: the new one or the running one
	deployAction     = "Deploy"
)

// action returns a pipeline action with AWS as the owner of the provider.
func action(category, provider, name string, configuration pulumi.StringMap, inputs, outputs []string) codepipeline.PipelineStageActionArgs {
	return codepipeline.PipelineStageActionArgs{
		Category: pulumi.String(category), Owner: pulumi.String("AWS"), Provider: pulumi.String(provider),
		Version: pulumi.String("1"), Name: pulumi.String(name), Configuration: configuration,
		InputArtifacts: pulumi.ToStringArray(inputs), OutputArtifacts: pulumi.ToStringArray(outputs),
	}
}

func stage(name string, actions ...codepipeline.PipelineStageActionInput) codepipeline.PipelineStageArgs {
	return codepipeline.PipelineStageArgs{Name: pulumi.String(name), Actions: codepipeline.PipelineStageActionArray(actions)}
}

// imageArtifact returns the name of the artifact with the image to deploy.
func (p *BuildPipeline) imageArtifact() string {
	if p.receivesReleases() {
		return sourceAction
	}
	return imageAction
}

// sourceStage returns the stage that fetches the source or the release, and for a
// blue/green service the files of the deployment.
func (p *BuildPipeline) sourceStage() codepipeline.PipelineStageArgs {
	source := p.gitSource
	if p.receivesReleases() {
		source = p.releases.action
	}
	if p.uploads != nil {
		source = p.uploads.action
	}
	actions := []codepipeline.PipelineStageActionInput{source()}
	if p.args.BlueGreen != nil {
		files := action("Source", "S3", deploymentAction, pulumi.StringMap{
			"S3Bucket":             p.store.bucket.Bucket,
			"S3ObjectKey":          pulumi.String(pushKey),
			"PollForSourceChanges": pulumi.String("false"),
			// A changed configuration starts the pipeline with the object changeKey instead.
			"AllowOverrideForS3ObjectKey": pulumi.String("true"),
		}, nil, []string{deploymentAction})
		if p.args.Release != nil || p.args.Approval != nil {
			files.Namespace = pulumi.String(deploymentAction) // for releaseStage and approvalStage
		}
		actions = append(actions, files)
	}
	return stage("Source", actions...)
}

// buildStages returns the stage Build, which builds the image. With a package, Build builds the package and the stage
// DockerBuild builds the image. A release is already built, so it has no such stages. The tests run in parallel in the
// stage Build.
func (p *BuildPipeline) buildStages(projects projects) (codepipeline.PipelineStageArray, error) {
	var out codepipeline.PipelineStageArray
	if p.receivesReleases() {
		return out, nil
	}
	tests, err := p.testActions(projects)
	if err != nil {
		return nil, err
	}
	imageStage, input := "Build", sourceAction
	if projects.pkg != nil {
		build, err := p.build(packageAction, projects.pkg.Name, input)
		if err != nil {
			return nil, err
		}
		out = append(out, stage("Build", append([]codepipeline.PipelineStageActionInput{build}, tests...)...))
		imageStage, input, tests = "DockerBuild", packageAction, nil
	}
	build, err := p.build(imageAction, projects.image.Name, input)
	if err != nil {
		return nil, err
	}
	return append(out, stage(imageStage, append([]codepipeline.PipelineStageActionInput{build}, tests...)...)), nil
}

// deployStage returns the stage that deploys the image. For a blue/green service it
// selects the image first.
func (p *BuildPipeline) deployStage(projects projects) (codepipeline.PipelineStageArgs, error) {
	if p.args.BlueGreen == nil {
		return stage("Deploy", p.deploy()), nil
	}
	selection, err := p.build(selectAction, projects.selection.Name, p.imageArtifact())
	if err != nil {
		return codepipeline.PipelineStageArgs{}, err
	}
	deploy := p.deploy()
	selection.RunOrder, deploy.RunOrder = pulumi.Int(1), pulumi.Int(2)
	return stage("Deploy", selection, deploy), nil
}

// stages returns the stages of the pipeline, and the permissions that the stages Approval
// and Release add to its role.
func (p *BuildPipeline) stages(ctx *pulumi.Context, projects projects) (codepipeline.PipelineStageArray, []policy.Statement, error) {
	builds, err := p.buildStages(projects)
	if err != nil {
		return nil, nil, err
	}
	deploy, err := p.deployStage(projects)
	if err != nil {
		return nil, nil, err
	}
	if deploy, err = p.addSmokeTest(deploy, projects.smoke); err != nil {
		return nil, nil, err
	}
	var statements []policy.Statement
	out := append(codepipeline.PipelineStageArray{p.sourceStage()}, builds...)
	if p.args.Approval != nil {
		approval, needed := p.approvalStage()
		out, statements = append(out, approval), append(statements, needed...)
	}
	out = append(out, deploy)
	if p.args.Release != nil {
		release, needed := p.releaseStage(ctx)
		out, statements = append(out, release), append(statements, needed)
	}
	return out, statements, nil
}

// variable is an environment variable in a CodeBuild action's configuration.
type variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Type  string `json:"type"`
}

// variablesText returns the variables as JSON for the configuration of an action.
func variablesText(action string, variables []variable) (pulumi.String, error) {
	text, err := deterministic.JSON(variables)
	if err != nil {
		return "", fmt.Errorf("writing variables of action %s: %w", action, err)
	}
	return pulumi.String(text), nil
}

// build returns an action that runs a CodeBuild project with the artifact of an earlier
// action as input. For a blue/green service, the files of the deployment are a second
// input.
func (p *BuildPipeline) build(name string, project pulumi.StringInput, input string) (codepipeline.PipelineStageActionArgs, error) {
	configuration := pulumi.StringMap{"ProjectName": project}
	if !p.receivesReleases() {
		variables := []variable{{commitVariable, p.commitReference(), "PLAINTEXT"}}
		if name == imageAction && p.args.Release != nil {
			variables = append(variables, variable{executionVariable, "#{codepipeline.PipelineExecutionId}", "PLAINTEXT"})
		}
		text, err := variablesText(name, variables)
		if err != nil {
			return codepipeline.PipelineStageActionArgs{}, err
		}
		configuration["EnvironmentVariables"] = text
	}
	inputs := []string{input}
	if p.args.BlueGreen != nil {
		configuration["PrimarySource"] = pulumi.String(input)
		inputs = append(inputs, deploymentAction)
	}
	return action("Build", "CodeBuild", name, configuration, inputs, []string{name}), nil
}

// test returns an action that runs a CodeBuild project on the source code and has no artifact.
func (p *BuildPipeline) test(name string, project *codebuild.Project) (codepipeline.PipelineStageActionArgs, error) {
	test, err := p.build(name, project.Name, sourceAction)
	test.Category, test.OutputArtifacts = pulumi.String("Test"), pulumi.StringArray{}
	return test, err
}

// deploy returns the action that deploys the image to the service.
func (p *BuildPipeline) deploy() codepipeline.PipelineStageActionArgs {
	if p.args.BlueGreen == nil {
		return action("Deploy", "ECS", deployAction, pulumi.StringMap{
			"ClusterName": p.args.Service.Environment().ClusterName,
			"ServiceName": p.args.Service.ServiceName,
			"FileName":    pulumi.String(imageDefinitionsFile),
			// After a rollback by ECS the action waits until this timeout (aws/containers-roadmap#1399).
			"DeploymentTimeout": pulumi.String(strconv.Itoa(p.args.Service.DeploymentTimeoutMinutes())),
		}, []string{p.imageArtifact()}, nil)
	}
	return action("Deploy", "CodeDeployToECS", deployAction, pulumi.StringMap{
		"ApplicationName":                p.args.BlueGreen.ApplicationName,
		"DeploymentGroupName":            p.args.BlueGreen.DeploymentGroupName,
		"TaskDefinitionTemplateArtifact": pulumi.String(deploymentAction),
		"TaskDefinitionTemplatePath":     pulumi.String(taskDefinitionFile),
		"AppSpecTemplateArtifact":        pulumi.String(deploymentAction),
		"AppSpecTemplatePath":            pulumi.String(appSpecFile),
		"Image1ArtifactName":             pulumi.String(selectAction),
		"Image1ContainerName":            pulumi.String(fargateservice.ImagePlaceholder),
	}, []string{selectAction, deploymentAction}, nil)
}
