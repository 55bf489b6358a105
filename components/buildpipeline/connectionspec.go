package buildpipeline

import (
	"regexp"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/codeconnection"
	"fargate-cd/internal/problems"
)

// Providers of repositories that a pipeline reads through a connection of AWS CodeConnections.
const (
	SourceGitHub                 = "GitHub"
	SourceGitHubEnterpriseServer = "GitHubEnterpriseServer"
	SourceGitLab                 = "GitLab"
	SourceGitLabSelfManaged      = "GitLabSelfManaged"
	SourceBitbucket              = "Bitbucket"
)

// gitProvider describes the repositories of a provider.
type gitProvider struct {
	pattern *regexp.Regexp
	form    string // the pattern in words
	name    string // the provider's name in messages
}

// The name of a GitLab repository includes all its groups ("CodeStarSourceConnection for Bitbucket Cloud, GitHub,
// GitHub Enterprise Server, GitLab.com, and GitLab self-managed actions", AWS CodePipeline User Guide).
var (
	ownerName = regexp.MustCompile(`^[\w.-]+/[\w.-]+$`)
	groupPath = regexp.MustCompile(`^\w[\w.-]*(/\w[\w.-]*)+$`)

	gitProviders = map[string]gitProvider{
		SourceGitHub:                 {ownerName, "owner/name", "GitHub"},
		SourceGitHubEnterpriseServer: {ownerName, "owner/name", "GitHub Enterprise Server"},
		SourceGitLab:                 {groupPath, "group/project or group/subgroup/project", "GitLab"},
		SourceGitLabSelfManaged:      {groupPath, "group/project or group/subgroup/project", "GitLab self-managed"},
		SourceBitbucket:              {ownerName, "workspace/name", "Bitbucket"},
	}
)

// ThroughConnection reports whether the pipeline reads the repository through a connection. AWS lists the Regions without
// connections ("CodeStarSourceConnection for Bitbucket Cloud, GitHub, GitHub Enterprise Server, GitLab.com, and GitLab
// self-managed actions", AWS CodePipeline User Guide).
func (s *SourceSpec) ThroughConnection() bool {
	_, ok := gitProviders[s.Provider]
	return ok
}

// NeedsConnection reports whether the stack must create the connection.
func (s *SourceSpec) NeedsConnection() bool {
	return s.ThroughConnection() && !problems.Given(s.ConnectionArn)
}

// validateConnected checks a repository that the pipeline reads through a connection.
func (s *SourceSpec) validateConnected(prefix string, found *problems.List) {
	provider := gitProviders[s.Provider]
	found.Matches(prefix+"repository", s.Repository, provider.pattern, provider.form+" of a repository on "+provider.name)
	s.validateTriggers(prefix, found)
	switch {
	case problems.Given(s.ConnectionArn):
		s.givenConnection(prefix, found)
	case !slices.Contains(codeconnection.Providers, s.Provider):
		found.Missing(prefix+"connectionArn", "the ARN of a connection to "+provider.name+", whose host a person creates in the console")
	}
}

// givenConnection checks the ARN of the connection that the configuration names, and returns it.
func (s *SourceSpec) givenConnection(prefix string, found *problems.List) pulumi.StringOutput {
	return found.Input(prefix+"connectionArn", s.ConnectionArn, connectionPattern,
		"the ARN of a connection to "+gitProviders[s.Provider].name+", which a person has authorized in the console under Developer Tools, Connections")
}
