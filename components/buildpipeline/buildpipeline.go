// Package buildpipeline builds an image on every push, and deploys it to a service.
package buildpipeline

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codecommit"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/bluegreen"
	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/defaults"
	"fargate-cd/internal/problems"
)

const typeToken = "fargate-cd:components:BuildPipeline"

// Args are the inputs of a BuildPipeline.
type Args struct {
	// Source is where the source code comes from. Required.
	Source SourceSpec
	// Build is how the image is built. By default from the Dockerfile in the repository's root.
	Build BuildSpec
	// Service is what is deployed to. Required.
	Service *fargateservice.FargateService
	// BlueGreen deploys the service; nil for one that ECS itself deploys.
	BlueGreen *bluegreen.BlueGreen
	// ForceDestroy lets the stack delete images, artifacts and source code that are not empty.
	// By default AWS or Pulumi refuses to.
	ForceDestroy bool
	// RetainRepository keeps the ECR repository and its images when the stack is destroyed.
	RetainRepository bool
	// LogRetentionDays is how long the logs of builds are kept. By default 30.
	LogRetentionDays int `default:"30"`
}

// BuildPipeline builds an image on every push and deploys it to a service.
type BuildPipeline struct {
	pulumi.ResourceState

	// PipelineName is the CodePipeline pipeline, and PipelineRoleName the role with which it works.
	PipelineName     pulumi.StringOutput `pulumi:"pipelineName"`
	PipelineRoleName pulumi.StringOutput `pulumi:"pipelineRoleName"`
	// RepositoryURL is the ECR repository of the images.
	RepositoryURL pulumi.StringOutput `pulumi:"repositoryUrl"`
	// CloneURLHTTPS and CloneURLSSH are where to push to on CodeCommit; the zero Output for another source.
	CloneURLHTTPS pulumi.StringOutput `pulumi:"cloneUrlHttps"`
	CloneURLSSH   pulumi.StringOutput `pulumi:"cloneUrlSsh"`

	name       string
	args       *Args
	account    environment.Account
	connection pulumi.StringOutput  // to GitHub; zero for another source
	dockerHub  *pulumi.StringOutput // the ARN of the secret; nil without one
	store      *artifactStore
	repository *ecr.Repository
	codeCommit *codecommit.Repository
	// The files of a blue/green deployment, in the artifact bucket: for a push, and to start the pipeline.
	pushFiles, changeFiles *s3.BucketObjectv2
}

// New registers a BuildPipeline. It fails before registering anything when the
// arguments are not valid.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*BuildPipeline, error) {
	if args == nil || args.Service == nil {
		return nil, errors.New("the service of BuildPipeline " + name + " is missing")
	}
	given := *args
	defaults.Set(&given)
	var found problems.List
	fargateservice.ValidateName("name", name, &found)
	found.Retention("logRetentionDays", given.LogRetentionDays)
	given.Source.Validate("source.", &found)
	given.Build.Validate("build.", &found)
	if (given.BlueGreen != nil) != given.Service.BlueGreen() {
		found.Add("blueGreen", given.BlueGreen != nil, "a BlueGreen exactly for a service that is made for it")
	}
	if runs := given.Service.Architecture(); given.Build.Architecture != runs {
		found.Add("build.architecture", given.Build.Architecture, "%s, the architecture of the service's tasks", runs)
	}
	if err := found.Err(); err != nil {
		return nil, err
	}

	p := &BuildPipeline{name: name, args: &given, account: args.Service.Environment().Account}
	// What is not known yet is checked when it is.
	if given.Source.Provider == SourceGitHub {
		p.connection = given.Source.connection("source.", new(problems.List))
	}
	if hasText(given.Build.DockerHubSecretArn) {
		secret := given.Build.dockerHubSecret("build.", new(problems.List))
		p.dockerHub = &secret
	}
	if err := ctx.RegisterComponentResource(typeToken, name, p, opts...); err != nil {
		return nil, fmt.Errorf("registering pipeline of %s: %w", name, err)
	}
	if err := p.announce(ctx); err != nil {
		return nil, err
	}
	if err := p.register(ctx); err != nil {
		return nil, fmt.Errorf("pipeline of %s: %w", name, err)
	}
	outputs := pulumi.Map{
		"pipelineName": p.PipelineName, "pipelineRoleName": p.PipelineRoleName, "repositoryUrl": p.RepositoryURL,
	}
	if p.codeCommit != nil {
		outputs["cloneUrlHttps"], outputs["cloneUrlSsh"] = p.CloneURLHTTPS, p.CloneURLSSH
	}
	return p, ctx.RegisterResourceOutputs(p, outputs)
}

// announce logs what the creation of a pipeline starts: AWS runs it at once
// ("Create a pipeline, stages, and actions", CodePipeline User Guide).
func (p *BuildPipeline) announce(ctx *pulumi.Context) error {
	if p.args.Service.Exists() {
		return nil
	}
	source := p.args.Source
	text := fmt.Sprintf("The new pipeline of %s starts at once: it builds and deploys the newest commit of %s, branch %s.",
		p.name, source.Repository, source.Branch)
	if source.Provider == SourceCodeCommit {
		text = fmt.Sprintf("The new pipeline of %s starts at once. Its first execution fails in the stage Source, because the "+
			"new repository %s has no branch %s. The first push starts it again.", p.name, source.Repository, source.Branch)
	}
	return ctx.Log.Info(text, &pulumi.LogArgs{Resource: p})
}

// register creates the children, each after what it needs.
func (p *BuildPipeline) register(ctx *pulumi.Context) error {
	if err := p.newRepository(ctx); err != nil {
		return err
	}
	if err := p.newCodeCommit(ctx); err != nil {
		return err
	}
	var err error
	if p.store, err = newArtifactStore(ctx, p.name, p.account, p.args.ForceDestroy, p); err != nil {
		return err
	}
	projects, err := p.newProjects(ctx)
	if err != nil {
		return err
	}
	if err := p.newPushFiles(ctx); err != nil {
		return err
	}
	pipeline, err := p.newPipeline(ctx, projects)
	if err != nil {
		return err
	}
	p.PipelineName = pipeline.Name
	if err := p.newChangeFiles(ctx, pipeline); err != nil {
		return err
	}
	return p.newTriggers(ctx, pipeline)
}
