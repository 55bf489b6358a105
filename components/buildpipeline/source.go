package buildpipeline

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codecommit"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codepipeline"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newCodeCommit creates the source repository if the provider is CodeCommit. The
// repository may hold the only copy of the code, so Pulumi protects it unless
// ForceDestroy is set.
func (p *BuildPipeline) newCodeCommit(ctx *pulumi.Context) error {
	if p.args.Source.Provider != SourceCodeCommit {
		return nil
	}
	repository, err := codecommit.NewRepository(ctx, p.name, &codecommit.RepositoryArgs{
		RepositoryName: pulumi.String(p.args.Source.Repository),
		Description:    pulumi.String("Source of " + p.name),
	}, pulumi.Parent(p), pulumi.Protect(!p.args.ForceDestroy))
	if err != nil {
		return fmt.Errorf("creating CodeCommit repository: %w", err)
	}
	p.codeCommit, p.CloneURLHTTPS, p.CloneURLSSH = repository, repository.CloneUrlHttp, repository.CloneUrlSsh
	return nil
}

// gitSource returns the action that downloads the source. Its namespace is the name of
// the action, so #{Source.CommitId} is the commit.
func (p *BuildPipeline) gitSource() codepipeline.PipelineStageActionArgs {
	source := p.args.Source
	provider := "CodeStarSourceConnection"
	configuration := pulumi.StringMap{
		"ConnectionArn":        p.connection,
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

// triggers returns a trigger that starts the pipeline only for pushes to GitHub that
// change certain files. Without file patterns it returns nil, and every push to the
// branch starts the pipeline.
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

// connectionArns returns the ARN of a connection with both names of its service.
func connectionArns(arn pulumi.StringOutput) pulumi.StringArray {
	const oldName, newName = ":codestar-connections:", ":codeconnections:"
	renamed := func(old, new string) pulumi.StringOutput {
		return arn.ApplyT(func(arn string) string { return strings.Replace(arn, old, new, 1) }).(pulumi.StringOutput)
	}
	return pulumi.StringArray{renamed(oldName, newName), renamed(newName, oldName)}
}
