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

// commitReference returns the pipeline variable that identifies the commit in the configuration of an action. Its value is also
// the tag of the image.
//
// The version ID of the object, with the prefix v, identifies an upload. A version ID may begin with a dot, but a tag
// must not (aws-ia/terraform-aws-serverless-streamlit-app#7).
func (p *BuildPipeline) commitReference() string {
	if p.uploads != nil {
		return "v#{" + sourceAction + ".VersionId}"
	}
	return "#{" + sourceAction + ".CommitId}"
}
