package buildpipeline

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codepipeline"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/problems"
)

// TriggerSpec holds the settings of the triggers of a source with a connection. The patterns have CodePipeline's syntax
// ("Working with glob patterns in syntax", AWS CodePipeline User Guide).
type TriggerSpec struct {
	// Branches are up to eight patterns such as release/**. A push to a matching branch is deployed, instead of a push
	// to branch. The first execution of a new pipeline, and an execution that a person starts, still use the newest
	// commit of branch. Only with a provider that uses a connection.
	Branches []string `json:"branches"`
	// Tags are up to eight patterns such as v*. A push of a matching tag is deployed; pushes to branches are not. Only
	// with a provider that uses a connection, and without branches and filePaths.
	Tags []string `json:"tags"`
	// PullRequests builds the image and runs the tests of each pull request that is opened or updated; {} uses the
	// defaults. A separate pipeline does this, which neither pushes nor deploys the image. Its builds get no secrets,
	// because AWS does not document whether a pull request from a fork starts it. So tests with secrets do not run, and
	// images of Docker Hub are pulled without dockerHubSecretArn. CodePipeline shows the result, but no reports. Only
	// with a provider that uses a connection. By default pull requests start nothing.
	PullRequests *PullRequestSpec `json:"pullRequests"`
}

// maxPatterns is the maximum number of patterns in a filter. maxPatternCharacters is the maximum length of a pattern
// ("Quotas in AWS CodePipeline", AWS CodePipeline User Guide).
const maxPatterns, maxPatternCharacters = 8, 255

// validatePatterns checks the patterns of a filter.
func validatePatterns(key string, patterns []string, found *problems.List) {
	if len(patterns) > maxPatterns {
		found.Add(key, len(patterns), "%d patterns or fewer", maxPatterns)
	}
	for i, pattern := range patterns {
		if pattern == "" || len(pattern) > maxPatternCharacters {
			found.Add(problems.Indexed(key, i), pattern, "a pattern of 1 to %d characters", maxPatternCharacters)
		}
	}
}

// validateTriggers checks the trigger settings of a source with a connection.
func (s *SourceSpec) validateTriggers(prefix string, found *problems.List) {
	validatePatterns(prefix+"filePaths", s.FilePaths, found)
	validatePatterns(prefix+"branches", s.Branches, found)
	validatePatterns(prefix+"tags", s.Tags, found)
	if s.PullRequests != nil {
		validatePatterns(prefix+"pullRequests.branches", s.PullRequests.Branches, found)
	}
	if len(s.Tags) > 0 && len(s.Branches)+len(s.FilePaths) > 0 {
		// "Add trigger with code push or pull request event types", AWS CodePipeline User Guide.
		found.Add(prefix+"tags", s.Tags, "none with branches or filePaths: CodePipeline does not combine them")
	}
}

// branches returns the patterns of the branches whose pushes are deployed.
func (s *SourceSpec) branches() []string {
	if len(s.Branches) > 0 {
		return s.Branches
	}
	return []string{s.Branch}
}

// filters reports whether the configuration filters pushes by file path, branch or tag.
func (s *SourceSpec) filters() bool { return len(s.FilePaths)+len(s.Branches)+len(s.Tags) > 0 }

// pushTriggers returns a trigger that starts the pipeline only for the pushes that the
// configuration names. Without filters it returns nil, and every push to the branch starts
// the pipeline.
func (p *BuildPipeline) pushTriggers() codepipeline.PipelineTriggerArrayInput {
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
