package buildpipeline

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codepipeline"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/codeconnection"
	"fargate-cd/internal/policy"
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

// connectionPattern matches the ARN of a connection, with the old or the new name of its service.
var connectionPattern = regexp.MustCompile(`^arn:aws[\w-]*:code(star-)?connections:[\w-]+:\d{12}:connection/[\w-]+$`)

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

// connectionArn returns the ARN of the stack's connection, or the configured ARN.
func (p *BuildPipeline) connectionArn() pulumi.StringOutput {
	if p.args.Connection != nil {
		return p.args.Connection.Arn
	}
	// Validate has checked a known value. An unknown value is checked when it becomes known; an invalid one fails the
	// output.
	return p.args.Source.givenConnection("source.", new(problems.List))
}

// detectChanges returns the value of DetectChanges, which is true if each push to the branch starts the pipeline. It is
// false with filters, because then the trigger starts the pipeline, and false while the stack's connection is pending.
//
// A pipeline that is created with a pending connection gets no webhook, so later pushes do not start it
// (pulumi/pulumi-aws#2167, aws-ia/terraform-aws-control_tower_account_factory#589). With this value, the first update
// after the authorization changes the pipeline, so that CodePipeline creates the webhook.
func (p *BuildPipeline) detectChanges() pulumi.StringInput {
	detects := !p.args.Source.filters()
	if p.args.Connection == nil {
		return pulumi.String(fmt.Sprint(detects))
	}
	return p.args.Connection.Pending.ApplyT(func(waits bool) string { return fmt.Sprint(detects && !waits) }).(pulumi.StringOutput)
}

// triggersWhenAuthorized returns a trigger, or none while the connection of the stack is
// pending.
func (p *BuildPipeline) triggersWhenAuthorized(git codepipeline.PipelineTriggerGitConfigurationArgs) codepipeline.PipelineTriggerArrayInput {
	triggers := codepipeline.PipelineTriggerArray{codepipeline.PipelineTriggerArgs{
		ProviderType: pulumi.String("CodeStarSourceConnection"), GitConfiguration: git,
	}}
	if p.args.Connection == nil {
		return triggers
	}
	return pulumi.All(p.args.Connection.Pending, triggers).ApplyT(func(known []any) []codepipeline.PipelineTrigger {
		if known[0].(bool) {
			return nil
		}
		return known[1].([]codepipeline.PipelineTrigger)
	}).(codepipeline.PipelineTriggerArrayOutput)
}

// useConnection returns the permission to read the repository. AWS renamed the service, and checks the old or the new
// name, depending on the age of the connection.
func (p *BuildPipeline) useConnection() policy.Statement {
	return policy.Statement{Sid: "Source", Resources: connectionArns(p.connection), Actions: []string{
		"codeconnections:UseConnection", "codestar-connections:UseConnection",
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
