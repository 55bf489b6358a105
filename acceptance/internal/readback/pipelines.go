//go:build acceptance

package readback

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"

	"fargate-cd/acceptance/internal/lab"
)

// Pipelines returns the pipelines. A pipeline takes a commit from its source through the
// builds to the service. If configured, it also releases the image to another stack, whose
// pipeline deploys the same image. The output artifact of an action has the action's name.
func (s System) Pipelines() []string {
	var lines []string
	for _, each := range s.Services {
		begin := each.Name + ": "
		mode := "SUPERSEDED"
		if each.BlueGreen != nil {
			mode = "QUEUED" // a changed configuration must not overtake a push
		}
		lines = append(lines, fmt.Sprintf("%sV2 %s as arn:aws:iam::ACCOUNT:role/%s-pipeline, artifacts in S3 %s-artifacts with KMS key for artifacts",
			begin, mode, each.Name, each.Name))
		for _, action := range each.actions() {
			lines = append(lines, begin+action)
		}
		if len(each.Source.FilePaths) > 0 {
			lines = append(lines, fmt.Sprintf("%strigger CodeStarSourceConnection of Source: pushes to main that change %s",
				begin, strings.Join(each.Source.FilePaths, " ")))
		}
	}
	return lines
}

// actions returns the actions of a service's pipeline, with their stages.
func (s Service) actions() []string {
	lines := []string{s.sourceAction()}
	if s.BlueGreen != nil {
		line := fmt.Sprintf("Source/Deployment 1: Source AWS S3 1 {AllowOverrideForS3ObjectKey=true "+
			"PollForSourceChanges=false S3Bucket=%s-artifacts S3ObjectKey=deployment/push.zip}, [] to [Deployment]", s.Name)
		if s.Release != "" {
			line += " as #{Deployment.…}"
		}
		lines = append(lines, line)
	}
	for _, test := range s.Build.Tests {
		line := s.buildAction("Build", "Test-"+test.Name, "test-"+test.Name, "Source")
		line = strings.Replace(line, " 1: Build AWS", " 1: Test AWS", 1)
		lines = append(lines, strings.Replace(line, "[Test-"+test.Name+"]", "[]", 1))
	}
	stage, from := "Build", "Source"
	if s.Build.Packages {
		lines = append(lines, s.buildAction("Build", "Package", "package", "Source"))
		stage, from = "DockerBuild", "Package"
	}
	if s.Source.Stack == "" {
		lines = append(lines, s.buildAction(stage, "Image", "image", from))
	}
	if s.Approval {
		lines = append(lines, fmt.Sprintf("Approval/Approval 1: Approval AWS Manual 1 {CustomData=Deploy the release of stack %s to %s? "+
			"It is version #{Source.VersionId} of s3://#{Source.BucketName}/#{Source.ObjectKey}.}, [] to [] within 10080 minutes", s.Source.Stack, s.Name))
	}
	lines = append(lines, s.deployActions()...)
	if s.Release != "" {
		key := "deployment/push.zip"
		if s.BlueGreen != nil {
			key = "#{Deployment.ObjectKey}" // a change of the configuration is no release
		}
		lines = append(lines, fmt.Sprintf("Release/Release 1: Deploy AWS S3 1 {BucketName=%s Extract=false ObjectKey=STACK/%s}, [Image] to []",
			s.releases(s.Release), key))
	}
	return lines
}

// image returns the name of the artifact that contains the image to deploy.
func (s Service) image() string {
	if s.Source.Stack != "" {
		return "Source"
	}
	return "Image"
}

// buildAction returns an action that runs a project. The project gets the id of the commit,
// unless the source is a release, which has no commit. The image build of a service that
// releases its images also gets the id of the execution.
func (s Service) buildAction(stage, action, project, from string) string {
	variables, primary, inputs := "", "", from
	if s.Source.Stack == "" {
		variables = `EnvironmentVariables=[{"name":"COMMIT_HASH","value":"#{Source.CommitId}","type":"PLAINTEXT"}`
		if s.Release != "" && action == "Image" {
			variables += `,{"name":"PIPELINE_EXECUTION_ID","value":"#{codepipeline.PipelineExecutionId}","type":"PLAINTEXT"}`
		}
		variables += "] "
	}
	if s.BlueGreen != nil {
		primary, inputs = "PrimarySource="+from+" ", from+" Deployment"
	}
	return fmt.Sprintf("%s/%s 1: Build AWS CodeBuild 1 {%s%sProjectName=%s-%s}, [%s] to [%s]",
		stage, action, variables, primary, s.Name, project, inputs, action)
}

// deployActions returns the actions of the stage Deploy.
func (s Service) deployActions() []string {
	if s.BlueGreen == nil {
		return []string{fmt.Sprintf("Deploy/Deploy 1: Deploy AWS ECS 1 "+
			"{ClusterName=fargate-cd-STACK DeploymentTimeout=%d FileName=imagedefinitions.json ServiceName=%s}, [%s] to []",
			s.DeployMinutes, s.Name, s.image())}
	}
	return []string{s.buildAction("Deploy", "Select", "select", s.image()), fmt.Sprintf("Deploy/Deploy 2: Deploy AWS CodeDeployToECS 1 "+
		"{AppSpecTemplateArtifact=Deployment AppSpecTemplatePath=appspec.yaml ApplicationName=%s DeploymentGroupName=%s "+
		"Image1ArtifactName=Select Image1ContainerName=IMAGE1_NAME TaskDefinitionTemplateArtifact=Deployment "+
		"TaskDefinitionTemplatePath=taskdef.json}, [Select Deployment] to []", s.Name, s.Name)}
}

func (s Service) sourceAction() string {
	if s.Source.Stack != "" {
		return fmt.Sprintf("Source/Source 1: Source AWS S3 1 {PollForSourceChanges=false S3Bucket=%s "+
			"S3ObjectKey=%s/deployment/push.zip}, [] to [Source] as #{Source.…}", s.releases(ownStack), s.Source.Stack)
	}
	if s.Source.CodeCommit != "" {
		return fmt.Sprintf("Source/Source 1: Source AWS CodeCommit 1 {BranchName=main OutputArtifactFormat=CODE_ZIP "+
			"PollForSourceChanges=false RepositoryName=%s}, [] to [Source] as #{Source.…}", s.Source.CodeCommit)
	}
	return fmt.Sprintf("Source/Source 1: Source AWS CodeStarSourceConnection 1 {BranchName=main ConnectionArn=%s DetectChanges=%t "+
		"FullRepositoryId=%s OutputArtifactFormat=CODE_ZIP}, [] to [Source] as #{Source.…}",
		strings.ReplaceAll(s.Source.Connection, lab.Account, "ACCOUNT"), len(s.Source.FilePaths) == 0, s.Source.GitHub)
}

func seenPipelines(t *testing.T, d *lab.Stack, _ *lab.Book) []string {
	var lines []string
	for _, each := range lab.Ask(t, d.CodePipeline.ListPipelines, &codepipeline.ListPipelinesInput{}).Pipelines {
		p := lab.Ask(t, d.CodePipeline.GetPipeline, &codepipeline.GetPipelineInput{Name: each.Name}).Pipeline
		begin := aws.ToString(p.Name) + ": "
		line := fmt.Sprintf("%s%s %s as %s", begin, p.PipelineType, p.ExecutionMode, aws.ToString(p.RoleArn))
		if store := p.ArtifactStore; store != nil {
			line += fmt.Sprintf(", artifacts in %s %s", store.Type, aws.ToString(store.Location))
			if key := store.EncryptionKey; key != nil {
				line += fmt.Sprintf(" with %s %s", key.Type, aws.ToString(key.Id))
			}
		}
		lines = append(lines, line)
		for _, stage := range p.Stages {
			for _, action := range stage.Actions {
				lines = append(lines, begin+aws.ToString(stage.Name)+"/"+seenAction(action))
			}
		}
		for _, trigger := range p.Triggers {
			for _, filter := range trigger.GitConfiguration.Push {
				lines = append(lines, fmt.Sprintf("%strigger %s of %s: pushes to %s that change %s", begin, trigger.ProviderType,
					aws.ToString(trigger.GitConfiguration.SourceActionName), strings.Join(filter.Branches.Includes, " "),
					strings.Join(filter.FilePaths.Includes, " ")))
			}
		}
	}
	return lines
}

func seenAction(action types.ActionDeclaration) string {
	var settings, inputs, outputs []string
	for _, key := range slices.Sorted(maps.Keys(action.Configuration)) {
		settings = append(settings, key+"="+action.Configuration[key])
	}
	for _, artifact := range action.InputArtifacts {
		inputs = append(inputs, aws.ToString(artifact.Name))
	}
	for _, artifact := range action.OutputArtifacts {
		outputs = append(outputs, aws.ToString(artifact.Name))
	}
	kind := action.ActionTypeId
	line := fmt.Sprintf("%s %d: %s %s %s %s {%s}, %v to %v", aws.ToString(action.Name), aws.ToInt32(action.RunOrder), kind.Category,
		kind.Owner, aws.ToString(kind.Provider), aws.ToString(kind.Version), strings.Join(settings, " "), inputs, outputs)
	if action.Namespace != nil {
		line += fmt.Sprintf(" as #{%s.…}", *action.Namespace)
	}
	if action.TimeoutInMinutes != nil {
		line += fmt.Sprintf(" within %d minutes", *action.TimeoutInMinutes)
	}
	return line
}
