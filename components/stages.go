package components

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codepipeline"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/deterministic"
	"fargate-cd/internal/policy"
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

// gitSource is the action that gets the source. Its namespace has the name of
// the action: #{Source.CommitId} is the commit.
func (p *BuildPipeline) gitSource() codepipeline.PipelineStageActionArgs {
	source := p.args.Source
	provider := "CodeStarSourceConnection"
	configuration := pulumi.StringMap{
		"ConnectionArn":        pulumi.String(source.ConnectionArn),
		"FullRepositoryId":     pulumi.String(source.Repository),
		"BranchName":           pulumi.String(source.Branch),
		"DetectChanges":        pulumi.String(fmt.Sprint(len(source.FilePaths) == 0)),
		"OutputArtifactFormat": pulumi.String("CODE_ZIP"),
	}
	if p.codeCommit != nil {
		provider = "CodeCommit"
		configuration = pulumi.StringMap{
			"RepositoryName":       p.codeCommit.RepositoryName,
			"BranchName":           pulumi.String(source.Branch),
			"PollForSourceChanges": pulumi.String("false"), // an event starts the pipeline
			"OutputArtifactFormat": pulumi.String("CODE_ZIP"),
		}
	}
	out := action("Source", provider, sourceAction, configuration, nil, []string{sourceAction})
	out.Namespace = pulumi.String(sourceAction)
	return out
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
			"ClusterName": p.args.Environment.ClusterName,
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

// triggers narrow the pushes that start a pipeline from GitHub to those that
// change certain files; without them every push to the branch does.
func (p *BuildPipeline) triggers() codepipeline.PipelineTriggerArray {
	if len(p.args.Source.FilePaths) == 0 {
		return nil
	}
	return codepipeline.PipelineTriggerArray{codepipeline.PipelineTriggerArgs{
		ProviderType: pulumi.String("CodeStarSourceConnection"),
		GitConfiguration: codepipeline.PipelineTriggerGitConfigurationArgs{
			SourceActionName: pulumi.String(sourceAction),
			Pushes: codepipeline.PipelineTriggerGitConfigurationPushArray{codepipeline.PipelineTriggerGitConfigurationPushArgs{
				Branches: codepipeline.PipelineTriggerGitConfigurationPushBranchesArgs{
					Includes: pulumi.ToStringArray([]string{p.args.Source.Branch}),
				},
				FilePaths: codepipeline.PipelineTriggerGitConfigurationPushFilePathsArgs{
					Includes: pulumi.ToStringArray(p.args.Source.FilePaths),
				},
			}},
		},
	}}
}

// statements are what the pipeline's role may do, and no more than its actions
// need ("How AWS CodePipeline works with IAM" and the action structure
// reference, AWS CodePipeline User Guide).
//
// Two ECS actions are on "*". ecs:DescribeTaskDefinition has no resource types
// ("Actions, resources, and condition keys for Amazon Elastic Container
// Service", Service Authorization Reference). Of ecs:RegisterTaskDefinition
// that page says task-definition, and the references of both deploy actions say
// "*": only "*" is right by all of them. The right to pass roles limits what a
// registered revision may do.
func (p *BuildPipeline) statements(projects projects) []policy.Statement {
	all := pulumi.StringArray{pulumi.String("*")}
	out := append(p.store.pipelineAccess(p.args.BlueGreen != nil), policy.Statement{
		Sid: "Build", Resources: projects.arns(), Actions: []string{"codebuild:BatchGetBuilds", "codebuild:StartBuild"},
	}, p.args.Service.PassRoles())
	if p.codeCommit != nil {
		out = append(out, policy.Statement{Sid: "Source", Resources: pulumi.StringArray{p.codeCommit.Arn}, Actions: []string{
			"codecommit:CancelUploadArchive", "codecommit:GetBranch", "codecommit:GetCommit", "codecommit:GetRepository",
			"codecommit:GetUploadArchiveStatus", "codecommit:UploadArchive",
		}})
	} else {
		// The service was renamed, and which of the two names AWS checks depends on the connection's age.
		out = append(out, policy.Statement{Sid: "Source", Resources: connectionArns(p.args.Source.ConnectionArn), Actions: []string{
			"codeconnections:UseConnection", "codestar-connections:UseConnection",
		}})
	}
	if p.args.BlueGreen == nil {
		service := p.args.Service
		return append(out,
			policy.Statement{Sid: "Register", Resources: all, Actions: []string{"ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition"}},
			policy.Statement{Sid: "Tasks", Resources: all, Actions: []string{"ecs:DescribeTasks", "ecs:ListTasks"},
				Conditions: []policy.Condition{policy.If("ArnEquals", "ecs:cluster", service.Environment().ClusterArn)}},
			policy.Statement{Sid: "Tag", Resources: pulumi.StringArray{p.account.Arn("ecs", "task-definition/%s:*", service.Family())},
				Actions:    []string{"ecs:TagResource"},
				Conditions: []policy.Condition{policy.If("StringEquals", "ecs:CreateAction", pulumi.String("RegisterTaskDefinition"))}},
			policy.Statement{Sid: "Deploy", Resources: pulumi.StringArray{p.account.Arn("ecs", "service/%s/%s", service.Environment().Cluster(), p.name)},
				Actions: []string{"ecs:DescribeServices", "ecs:UpdateService"}},
		)
	}
	return append(out,
		policy.Statement{Sid: "Register", Resources: all, Actions: []string{"ecs:RegisterTaskDefinition"}},
		policy.Statement{Sid: "Deploy", Resources: pulumi.StringArray{p.args.BlueGreen.DeploymentGroupArn},
			Actions: []string{"codedeploy:CreateDeployment", "codedeploy:GetDeployment"}},
		policy.Statement{Sid: "Application", Resources: pulumi.StringArray{p.args.BlueGreen.ApplicationArn}, Actions: []string{
			"codedeploy:GetApplication", "codedeploy:GetApplicationRevision", "codedeploy:RegisterApplicationRevision",
		}},
		policy.Statement{Sid: "Strategy", Resources: pulumi.StringArray{p.account.Arn("codedeploy", "deploymentconfig:*")},
			Actions: []string{"codedeploy:GetDeploymentConfig"}},
	)
}
