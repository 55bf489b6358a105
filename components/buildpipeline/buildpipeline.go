// Package buildpipeline builds an image on every push, and deploys it to a service.
package buildpipeline

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/bluegreen"
	"fargate-cd/components/codeconnection"
	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/defaults"
	"fargate-cd/internal/problems"
)

const typeToken = "fargate-cd:components:BuildPipeline"

// Args are the inputs of a BuildPipeline.
type Args struct {
	// Source configures the source repository. Required.
	Source SourceSpec
	// Connection is the stack's connection to the provider of the source. Required if Source.NeedsConnection reports
	// true, and nil otherwise.
	Connection *codeconnection.Connection
	// Approval makes each deployment wait for a person; nil deploys at once.
	Approval *ApprovalSpec
	// Release names the stack that deploys each image next; nil for none.
	Release *ReleaseSpec
	// SmokeTest tests each new version after its deployment; nil for no test.
	SmokeTest *SmokeTestSpec
	// ServiceURL is the URL at which the smoke test reaches the service; nil for a service without a URL.
	ServiceURL pulumi.StringInput
	// ExecutionSpec configures the execution mode of the pipeline.
	ExecutionSpec
	// Build configures how the image is built. By default it is built from the Dockerfile in the repository's root.
	Build BuildSpec
	// Service is the service to which the pipeline deploys, by a rolling deployment of ECS. Required, unless BlueGreen is
	// set.
	Service *fargateservice.FargateService
	// BlueGreen is the CodeDeploy deployment with which the pipeline deploys to its service. It replaces Service if the
	// service was created with BlueGreen: true.
	BlueGreen *bluegreen.BlueGreen
	// ArtifactKeyArn is the ARN of the KMS key that encrypts the artifacts. By default the component creates a key.
	ArtifactKeyArn pulumi.StringInput
	// ForceDestroy lets the stack delete repositories and buckets that are not empty. By default AWS or Pulumi refuses to
	// delete them.
	ForceDestroy bool
	// RetainRepository keeps the ECR repository and its images when the stack is destroyed.
	RetainRepository bool
	// LogRetentionDays is the retention of the build logs, in days. By default 30.
	LogRetentionDays int `default:"30"`
}

// BuildPipeline builds an image on every push and deploys it to a service.
type BuildPipeline struct {
	pulumi.ResourceState

	// PipelineName and PipelineArn identify the CodePipeline pipeline. PipelineRoleName is the name of its role.
	PipelineName     pulumi.StringOutput `pulumi:"pipelineName"`
	PipelineArn      pulumi.StringOutput `pulumi:"pipelineArn"`
	PipelineRoleName pulumi.StringOutput `pulumi:"pipelineRoleName"`
	// PullRequestPipelineName is the name of the pipeline for pull requests; the zero Output without one.
	PullRequestPipelineName pulumi.StringOutput `pulumi:"pullRequestPipelineName"`
	// BuildRoleArns and BuildRoleNames identify the roles of the builds: a repository policy for build.image names the ARN,
	// and a policy attachment the name. The key is image, package, test-NAME, select or smoke-test, and begins with pr- for
	// a build of pull requests, which runs commits that nobody has reviewed yet.
	BuildRoleArns  pulumi.StringMapOutput `pulumi:"buildRoleArns"`
	BuildRoleNames pulumi.StringMapOutput `pulumi:"buildRoleNames"`
	// RepositoryURL, RepositoryArn and RepositoryName identify the ECR repository of the images. They are the zero Output
	// for a pipeline that deploys releases.
	RepositoryURL  pulumi.StringOutput `pulumi:"repositoryUrl"`
	RepositoryArn  pulumi.StringOutput `pulumi:"repositoryArn"`
	RepositoryName pulumi.StringOutput `pulumi:"repositoryName"`
	// ArtifactBucketName is the name of the bucket of the artifacts. ArtifactKeyArn is the ARN of the KMS key that encrypts
	// them. A role that reads artifacts needs permissions on both.
	ArtifactBucketName pulumi.StringOutput `pulumi:"artifactBucketName"`
	ArtifactKeyArn     pulumi.StringOutput `pulumi:"artifactKeyArn"`
	// ReleaseLocation is the S3 URL of the releases that the pipeline deploys; the zero Output for another source.
	ReleaseLocation pulumi.StringOutput `pulumi:"releaseLocation"`
	// SourceLocation is the S3 URL of the zip file with the source code; the zero Output for another source.
	SourceLocation pulumi.StringOutput `pulumi:"sourceLocation"`
	// CloneURLHTTPS and CloneURLSSH are the URLs of the CodeCommit repository. They are the zero Output for other sources
	// and for a repository that the stack has not created.
	CloneURLHTTPS pulumi.StringOutput `pulumi:"cloneUrlHttps"`
	CloneURLSSH   pulumi.StringOutput `pulumi:"cloneUrlSsh"`

	name       string
	args       *Args
	account    environment.Account
	connection pulumi.StringOutput // ARN of the connection; zero for sources without one
	dockerHub  pulumi.StringInput  // ARN of the secret for Docker Hub; nil without one
	store      *artifactStore
	repository *ecr.Repository
	// roleArns and roleNames become BuildRoleArns and BuildRoleNames.
	roleArns, roleNames pulumi.StringMap
	// Only the field of the configured source is set.
	codeCommit        *codeCommitSource
	releases, uploads *objectSource
	// pushFiles and changeFiles are the S3 objects with the files of a blue/green deployment. Executions for pushes use
	// pushFiles. A change of the configuration uploads changeFiles, which starts the pipeline. Both are nil for a
	// rolling service.
	pushFiles, changeFiles *s3.BucketObjectv2
}

// Validate reports invalid settings of a service's pipeline in the given stack, under keys that begin with the prefix:
// of the source, the build, the approval, the smoke test and the release.
func (a *Args) Validate(prefix, stack string, found *problems.List) {
	a.Source.Validate(prefix+"source.", found)
	a.Build.Validate(prefix+"build.", found)
	a.validatePullRequests(prefix, found)
	if a.Approval != nil {
		a.Approval.Validate(prefix+"approval.", found)
	}
	if a.SmokeTest != nil {
		a.SmokeTest.validate(prefix+"smokeTest.", &a.Build, found)
	}
	a.validateRelease(prefix, stack, found)
	a.validateReleaseSource(prefix, stack, found)
}

// New registers a BuildPipeline. It fails before registering anything when the
// arguments are not valid.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*BuildPipeline, error) {
	if args == nil || args.Service == nil && args.BlueGreen == nil {
		return nil, errors.New("the service of BuildPipeline " + name + " is missing")
	}
	given := *args
	defaults.Set(&given)
	var found problems.List
	given.setService(&found)
	if given.ArtifactKeyArn != nil {
		given.ArtifactKeyArn = found.KMSKey("artifactKeyArn", given.ArtifactKeyArn)
	}
	fargateservice.ValidateName("name", name, &found)
	found.Retention("logRetentionDays", given.LogRetentionDays)
	given.Validate("", ctx.Stack(), &found)
	if (given.Connection != nil) != given.Source.NeedsConnection() {
		found.Add("connection", given.Connection != nil, "set connection if and only if the source needs one and names no connectionArn")
	}
	given.ExecutionSpec.ValidateMode("", given.BlueGreen != nil, &found)
	given.SmokeTest.ValidateDeployment("smokeTest.", given.BlueGreen != nil, &found)
	given.Build.ValidateDeployment("build.", given.BlueGreen != nil, &found)
	if architecture := given.Service.Architecture(); given.Build.Architecture != architecture {
		found.Add("build.architecture", given.Build.Architecture, "%s, the architecture of the service's tasks", architecture)
	}
	if err := found.Err(); err != nil {
		return nil, err
	}

	p := &BuildPipeline{
		name: name, args: &given, account: given.Service.Environment().Account,
		roleArns: pulumi.StringMap{}, roleNames: pulumi.StringMap{},
	}
	if given.Source.ThroughConnection() {
		p.connection = p.connectionArn()
	}
	// Validate has checked a known value. An unknown value is checked when it becomes known; an invalid one fails the
	// output.
	p.dockerHub = given.Build.dockerHubSecret("build.", new(problems.List))
	if err := ctx.RegisterComponentResource(typeToken, name, p, opts...); err != nil {
		return nil, fmt.Errorf("registering pipeline of %s: %w", name, err)
	}
	if err := p.announce(ctx); err != nil {
		return nil, err
	}
	if err := p.register(ctx); err != nil {
		return nil, fmt.Errorf("pipeline of %s: %w", name, err)
	}
	return p, ctx.RegisterResourceOutputs(p, p.outputs())
}

// outputs returns the outputs of the component. Outputs that do not apply are absent.
func (p *BuildPipeline) outputs() pulumi.Map {
	outputs := pulumi.Map{
		"pipelineName": p.PipelineName, "pipelineArn": p.PipelineArn, "pipelineRoleName": p.PipelineRoleName,
		"buildRoleArns": p.BuildRoleArns, "buildRoleNames": p.BuildRoleNames,
		"artifactBucketName": p.ArtifactBucketName, "artifactKeyArn": p.ArtifactKeyArn,
	}
	if p.receivesReleases() {
		outputs["releaseLocation"] = p.ReleaseLocation
	} else {
		outputs["repositoryUrl"], outputs["repositoryArn"], outputs["repositoryName"] = p.RepositoryURL, p.RepositoryArn, p.RepositoryName
	}
	if p.args.Source.PullRequests != nil {
		outputs["pullRequestPipelineName"] = p.PullRequestPipelineName
	}
	if p.uploads != nil {
		outputs["sourceLocation"] = p.SourceLocation
	}
	if p.codeCommit != nil && !p.args.Source.ExistingRepository {
		outputs["cloneUrlHttps"], outputs["cloneUrlSsh"] = p.CloneURLHTTPS, p.CloneURLSSH
	}
	return outputs
}

// setService sets the service to that of the BlueGreen, if there is one.
func (a *Args) setService(found *problems.List) {
	switch {
	case a.BlueGreen == nil && a.Service.BlueGreen():
		found.Missing("blueGreen", "the BlueGreen of the service, which was created with BlueGreen: true")
	case a.BlueGreen != nil && a.Service != nil:
		found.Add("service", a.Service.Name(), "none with blueGreen, which has a service")
	}
	if a.BlueGreen != nil {
		a.Service = a.BlueGreen.Service()
	}
}

// announce logs what the first execution of a new pipeline does. AWS starts it when
// the pipeline is created ("Create a pipeline, stages, and actions", CodePipeline User
// Guide).
func (p *BuildPipeline) announce(ctx *pulumi.Context) error {
	if p.args.Service.Exists() {
		return nil
	}
	source := p.args.Source
	text := fmt.Sprintf("The new pipeline of %s starts at once: it builds and deploys the newest commit of %s, branch %s.",
		p.name, source.Repository, source.Branch)
	switch {
	case source.NeedsConnection():
		text = fmt.Sprintf("The new pipeline of %s starts at once. Its first execution fails in the stage Source if the connection to %s "+
			"is not authorized yet. A push starts it again after the first up with the authorized connection.", p.name, source.Provider)
	case source.Provider == SourceRelease:
		text = fmt.Sprintf("The new pipeline of %s starts at once. Its first execution fails in the stage Source if the stack %s has "+
			"not released the service yet. The first release starts it again, about five minutes after this up at the earliest.", p.name, source.Stack)
	case source.Provider == SourceS3:
		text = fmt.Sprintf("The new pipeline of %s starts at once. Its first execution fails in the stage Source, because the "+
			"new bucket has no object. The first upload starts it again, about five minutes after this up at the earliest.", p.name)
	case source.Provider == SourceCodeCommit && !source.ExistingRepository:
		text = fmt.Sprintf("The new pipeline of %s starts at once. Its first execution fails in the stage Source, because the "+
			"new repository %s has no branch %s. The first push starts it again.", p.name, source.Repository, source.Branch)
	}
	return ctx.Log.Info(text, &pulumi.LogArgs{Resource: p})
}

// register creates the children in the order of their dependencies.
func (p *BuildPipeline) register(ctx *pulumi.Context) error {
	for _, create := range []func(*pulumi.Context) error{
		p.newRepository, p.newReleaseSource, p.newRelease, p.newCodeCommit, p.newUploadSource,
	} {
		if err := create(ctx); err != nil {
			return err
		}
	}
	var err error
	key := p.args.ArtifactKeyArn
	if key == nil {
		created, err := NewArtifactKey(ctx, p.name, p.account, pulumi.Parent(p))
		if err != nil {
			return err
		}
		key = created.Arn
	}
	if p.store, err = newArtifactStore(ctx, p.name, key.ToStringOutput(), p.args.ForceDestroy, p); err != nil {
		return err
	}
	p.ArtifactBucketName, p.ArtifactKeyArn = p.store.bucket.Bucket, p.store.keyArn
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
	p.PipelineName, p.PipelineArn = pipeline.Name, pipeline.Arn
	if err := p.newChangeFiles(ctx, pipeline); err != nil {
		return err
	}
	if err := p.newPullRequests(ctx); err != nil {
		return err
	}
	p.BuildRoleArns, p.BuildRoleNames = p.roleArns.ToStringMapOutput(), p.roleNames.ToStringMapOutput()
	return p.newEventRules(ctx, pipeline)
}
