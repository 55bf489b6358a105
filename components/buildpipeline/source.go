package buildpipeline

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codepipeline"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// gitSource returns the action that downloads the source. Its namespace is the name of
// the action, so #{Source.CommitId} is the commit.
func (p *BuildPipeline) gitSource() codepipeline.PipelineStageActionArgs {
	return p.sourceFrom(p.detectChanges())
}

// sourceFrom returns the action of gitSource with the given value of DetectChanges, which only a connection uses.
func (p *BuildPipeline) sourceFrom(detectChanges pulumi.StringInput) codepipeline.PipelineStageActionArgs {
	source := p.args.Source
	provider := "CodeStarSourceConnection"
	configuration := pulumi.StringMap{
		"ConnectionArn":        p.connection,
		"FullRepositoryId":     pulumi.String(source.Repository),
		"BranchName":           pulumi.String(source.Branch),
		"DetectChanges":        detectChanges,
		"OutputArtifactFormat": pulumi.String("CODE_ZIP"),
	}
	if p.codeCommit != nil {
		provider = "CodeCommit"
		configuration = pulumi.StringMap{
			"RepositoryName":       p.codeCommit.name,
			"BranchName":           pulumi.String(source.Branch),
			"PollForSourceChanges": pulumi.String("false"), // an event starts the pipeline
			"OutputArtifactFormat": pulumi.String("CODE_ZIP"),
		}
	}
	out := action("Source", provider, sourceAction, configuration, nil, []string{sourceAction})
	out.Namespace = pulumi.String(sourceAction)
	return out
}

// triggers returns a trigger that starts the pipeline only for the pushes that the
// configuration names. Without filters it returns nil, and every push to the branch starts
// the pipeline.
func (p *BuildPipeline) triggers() codepipeline.PipelineTriggerArrayInput {
	source := p.args.Source
	if !source.filters() {
		return nil
	}
	push := codepipeline.PipelineTriggerGitConfigurationPushArgs{}
	if len(source.Tags) > 0 {
		push.Tags = codepipeline.PipelineTriggerGitConfigurationPushTagsArgs{Includes: pulumi.ToStringArray(source.Tags)}
	} else {
		push.Branches = codepipeline.PipelineTriggerGitConfigurationPushBranchesArgs{Includes: pulumi.ToStringArray(source.branches())}
	}
	if len(source.FilePaths) > 0 {
		push.FilePaths = codepipeline.PipelineTriggerGitConfigurationPushFilePathsArgs{Includes: pulumi.ToStringArray(source.FilePaths)}
	}
	return p.triggersWhenAuthorized(codepipeline.PipelineTriggerGitConfigurationArgs{
		SourceActionName: pulumi.String(sourceAction),
		Pushes:           codepipeline.PipelineTriggerGitConfigurationPushArray{push},
	})
}
