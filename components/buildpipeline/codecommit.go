package buildpipeline

import (
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codecommit"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// CodeCommitSpec holds the settings of a source in CodeCommit.
type CodeCommitSpec struct {
	// ExistingRepository uses an existing CodeCommit repository of this name, in the stack's account and Region. The
	// stack neither changes nor deletes the repository. By default the stack creates the repository. Set
	// existingRepository only for a repository that the stack has not created, because the stack deletes resources that
	// are no longer a part of it. If a customer managed KMS key encrypts the repository, the policy of the key must
	// allow the pipeline's role to use it.
	ExistingRepository bool `json:"existingRepository"`
}

// codeCommitPattern matches the name of a repository ("CreateRepository", AWS CodeCommit API Reference).
var codeCommitPattern = regexp.MustCompile(`^[\w.-]{1,100}$`)

// codeCommitSource is a CodeCommit repository.
type codeCommitSource struct{ name, arn pulumi.StringOutput }

// newCodeCommit creates the source repository if the provider is CodeCommit, unless it
// exists already. It may hold the only copy of the code, so Pulumi protects it unless
// ForceDestroy is set.
func (p *BuildPipeline) newCodeCommit(ctx *pulumi.Context) error {
	source := p.args.Source
	if source.Provider != SourceCodeCommit {
		return nil
	}
	if source.ExistingRepository {
		p.codeCommit = &codeCommitSource{
			name: pulumi.String(source.Repository).ToStringOutput(), arn: p.account.Arn("codecommit", "%s", source.Repository),
		}
		return nil
	}
	repository, err := codecommit.NewRepository(ctx, p.name, &codecommit.RepositoryArgs{
		RepositoryName: pulumi.String(source.Repository),
		Description:    pulumi.String("Source of " + p.name),
	}, pulumi.Parent(p), pulumi.Protect(!p.args.ForceDestroy))
	if err != nil {
		return fmt.Errorf("creating CodeCommit repository: %w", err)
	}
	p.codeCommit = &codeCommitSource{name: repository.RepositoryName, arn: repository.Arn}
	p.CloneURLHTTPS, p.CloneURLSSH = repository.CloneUrlHttp, repository.CloneUrlSsh
	return nil
}
