package buildpipeline

import "fargate-cd/internal/problems"

// TriggerSpec holds the settings of a source through a connection that say what starts a pipeline. The patterns are those
// of CodePipeline ("Working with glob patterns in syntax", AWS CodePipeline User Guide).
type TriggerSpec struct {
	// Branches are patterns such as release/**, at most eight: a push to a matching branch is deployed, instead of a push to
	// branch. A new pipeline, and a person who starts it, still use the newest commit of branch. Only through a connection.
	Branches []string `json:"branches"`
	// Tags are patterns such as v*, at most eight: a push of a matching tag is deployed, and no push to a branch. Only
	// through a connection, without branches and filePaths.
	Tags []string `json:"tags"`
	// PullRequests builds the image and runs the tests of each pull request that is opened or updated, in a pipeline of its
	// own, which neither pushes the image nor deploys it; {} takes the defaults. Its builds get no secrets, because AWS does
	// not say whether a pull request from a fork starts it: tests with secrets do not run, and images of Docker Hub are
	// pulled without dockerHubSecretArn. CodePipeline shows the result, without reports. Only through a connection. By default pull requests
	// start nothing.
	PullRequests *PullRequestSpec `json:"pullRequests"`
}

// PullRequestSpec holds the settings of the pipeline for pull requests.
type PullRequestSpec struct {
	// Branches are patterns of the branches into which pull requests are to be merged, at most eight. By default branch, or
	// the branches of the source.
	Branches []string `json:"branches"`
}

// mostPatterns is the most patterns in a filter, and mostCharacters the most characters in
// a pattern ("Quotas in AWS CodePipeline", AWS CodePipeline User Guide).
const mostPatterns, mostCharacters = 8, 255

// validatePatterns checks the patterns of a filter.
func validatePatterns(key string, patterns []string, found *problems.List) {
	if len(patterns) > mostPatterns {
		found.Add(key, len(patterns), "%d patterns or fewer", mostPatterns)
	}
	for i, pattern := range patterns {
		if pattern == "" || len(pattern) > mostCharacters {
			found.Add(problems.Indexed(key, i), pattern, "a pattern of 1 to %d characters", mostCharacters)
		}
	}
}

// validateTriggers checks what starts the pipeline of a source through a connection.
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

// filters reports whether only some of the pushes start the pipeline, or pushes to other
// branches.
func (s *SourceSpec) filters() bool { return len(s.FilePaths)+len(s.Branches)+len(s.Tags) > 0 }
