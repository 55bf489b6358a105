package buildpipeline

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codepipeline"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/deterministic"
)

// Names of actions and of the artifacts that they leave. An artifact has the
// name of its action.
const (
	sourceAction     = "Source"
	deploymentAction = "Deployment" // taskdef.json and appspec.yaml, the program's part of a deployment
	packageAction    = "Package"
	imageAction      = "Image"
	selectAction     = "Select" // which image to deploy: the one that was built, or the one that runs
	deployAction     = "Deploy"
)

// action is an action of AWS's own providers.
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

// stages are Source, Build (with a package: Build, then DockerBuild) and Deploy.
func (p *BuildPipeline) stages(projects projects) (codepipeline.PipelineStageArray, error) {
	source := []codepipeline.PipelineStageActionInput{p.gitSource()}
	if p.args.BlueGreen != nil {
		source = append(source, action("Source", "S3", deploymentAction, pulumi.StringMap{
			"S3Bucket":             p.store.bucket.Bucket,
			"S3ObjectKey":          pulumi.String(pushKey),
			"PollForSourceChanges": pulumi.String("false"),
			// A changed configuration starts the pipeline with another object.
			"AllowOverrideForS3ObjectKey": pulumi.String("true"),
		}, nil, []string{deploymentAction}))
	}
	out := codepipeline.PipelineStageArray{stage("Source", source...)}
	image, from := "Build", sourceAction
	if projects.packages != nil {
		packages, err := p.build(packageAction, projects.packages.Name, from)
		if err != nil {
			return nil, err
		}
		out = append(out, stage("Build", packages))
		image, from = "DockerBuild", packageAction
	}
	build, err := p.build(imageAction, projects.image.Name, from)
	if err != nil {
		return nil, err
	}
	out = append(out, stage(image, build))
	if p.args.BlueGreen == nil {
		return append(out, stage("Deploy", p.deploy())), nil
	}
	selects, err := p.build(selectAction, projects.selects.Name, imageAction)
	if err != nil {
		return nil, err
	}
	deploy := p.deploy()
	selects.RunOrder, deploy.RunOrder = pulumi.Int(1), pulumi.Int(2)
	return append(out, stage("Deploy", selects, deploy)), nil
}

// variable is an environment variable in a CodeBuild action's configuration.
type variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Type  string `json:"type"`
}

// build is an action that runs a project on the artifact of an earlier action,
// and for a blue/green service on the files of the deployment beside it.
func (p *BuildPipeline) build(name string, project pulumi.StringInput, from string) (codepipeline.PipelineStageActionArgs, error) {
	variables, err := deterministic.JSON([]variable{{commitVariable, "#{" + sourceAction + ".CommitId}", "PLAINTEXT"}})
	if err != nil {
		return codepipeline.PipelineStageActionArgs{}, fmt.Errorf("writing variables of action %s: %w", name, err)
	}
	configuration := pulumi.StringMap{"ProjectName": project, "EnvironmentVariables": pulumi.String(variables)}
	inputs := []string{from}
	if p.args.BlueGreen != nil {
		configuration["PrimarySource"] = pulumi.String(from)
		inputs = append(inputs, deploymentAction)
	}
	return action("Build", "CodeBuild", name, configuration, inputs, []string{name}), nil
}

// deploy is the action that moves the service to the image that was built.
func (p *BuildPipeline) deploy() codepipeline.PipelineStageActionArgs {
	if p.args.BlueGreen == nil {
		return action("Deploy", "ECS", deployAction, pulumi.StringMap{
			"ClusterName": p.args.Service.Environment().ClusterName,
			"ServiceName": p.args.Service.ServiceName,
			"FileName":    pulumi.String(imageDefinitionsFile),
			// The action does not notice a rollback and waits for this time (aws/containers-roadmap#1399).
			"DeploymentTimeout": pulumi.String(strconv.Itoa(p.args.Service.DeploymentTimeoutMinutes())),
		}, []string{imageAction}, nil)
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
