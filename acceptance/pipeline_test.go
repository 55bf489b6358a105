//go:build acceptance

package acceptance

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
)

// pipelines take a commit from its source through the builds to the service.
// What an action gives out, and the next one takes in, has the action's name.
func (s system) pipelines() []string {
	var lines []string
	for _, each := range s.services {
		begin := each.name + ": "
		mode := "SUPERSEDED"
		if each.blueGreen != nil {
			mode = "QUEUED" // a changed configuration must not overtake a push
		}
		lines = append(lines, fmt.Sprintf("%sV2 %s as arn:aws:iam::ACCOUNT:role/%s-pipeline, artifacts in S3 %s-artifacts with KMS key for %s",
			begin, mode, each.name, each.name, each.name))
		for _, action := range each.actions() {
			lines = append(lines, begin+action)
		}
		if len(each.source.filePaths) > 0 {
			lines = append(lines, fmt.Sprintf("%strigger CodeStarSourceConnection of Source: pushes to main that change %s",
				begin, strings.Join(each.source.filePaths, " ")))
		}
	}
	return lines
}

// actions are the stages of a service's pipeline, action by action.
func (s service) actions() []string {
	build := func(stage, action, project, from string) string {
		primary, inputs := "", from
		if s.blueGreen != nil {
			primary, inputs = "PrimarySource="+from+" ", from+" Deployment"
		}
		return fmt.Sprintf(`%s/%s 1: Build AWS CodeBuild 1 {EnvironmentVariables=[{"name":"COMMIT_HASH","value":"#{Source.CommitId}",`+
			`"type":"PLAINTEXT"}] %sProjectName=%s-%s}, [%s] to [%s]`, stage, action, primary, s.name, project, inputs, action)
	}
	lines := []string{s.sourceAction()}
	if s.blueGreen != nil {
		lines = append(lines, fmt.Sprintf("Source/Deployment 1: Source AWS S3 1 {AllowOverrideForS3ObjectKey=true "+
			"PollForSourceChanges=false S3Bucket=%s-artifacts S3ObjectKey=deployment/push.zip}, [] to [Deployment]", s.name))
	}
	stage, from := "Build", "Source"
	if s.build.packages {
		lines = append(lines, build("Build", "Package", "package", "Source"))
		stage, from = "DockerBuild", "Package"
	}
	lines = append(lines, build(stage, "Image", "image", from))
	if s.blueGreen == nil {
		return append(lines, fmt.Sprintf("Deploy/Deploy 1: Deploy AWS ECS 1 "+
			"{ClusterName=fargate-cd-STACK DeploymentTimeout=%d FileName=imagedefinitions.json ServiceName=%s}, [Image] to []",
			s.deployMinutes, s.name))
	}
	lines = append(lines, build("Deploy", "Select", "select", "Image"))
	return append(lines, fmt.Sprintf("Deploy/Deploy 2: Deploy AWS CodeDeployToECS 1 {AppSpecTemplateArtifact=Deployment "+
		"AppSpecTemplatePath=appspec.yaml ApplicationName=%s DeploymentGroupName=%s Image1ArtifactName=Select Image1ContainerName=IMAGE1_NAME "+
		"TaskDefinitionTemplateArtifact=Deployment TaskDefinitionTemplatePath=taskdef.json}, [Select Deployment] to []", s.name, s.name))
}

func (s service) sourceAction() string {
	if s.source.codeCommit != "" {
		return fmt.Sprintf("Source/Source 1: Source AWS CodeCommit 1 {BranchName=main OutputArtifactFormat=CODE_ZIP "+
			"PollForSourceChanges=false RepositoryName=%s}, [] to [Source] as #{Source.…}", s.source.codeCommit)
	}
	return fmt.Sprintf("Source/Source 1: Source AWS CodeStarSourceConnection 1 {BranchName=main ConnectionArn=%s DetectChanges=%t "+
		"FullRepositoryId=%s OutputArtifactFormat=CODE_ZIP}, [] to [Source] as #{Source.…}",
		strings.ReplaceAll(s.source.connection, account, "ACCOUNT"), len(s.source.filePaths) == 0, s.source.gitHub)
}

func seenPipelines(t *testing.T, d *deployed, _ *book) []string {
	var lines []string
	for _, each := range ask(t, d.codepipeline.ListPipelines, &codepipeline.ListPipelinesInput{}).Pipelines {
		p := ask(t, d.codepipeline.GetPipeline, &codepipeline.GetPipelineInput{Name: each.Name}).Pipeline
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
	return line
}
