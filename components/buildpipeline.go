package components

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codebuild"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codecommit"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codepipeline"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/defaults"
	"fargate-cd/internal/deterministic"
	"fargate-cd/internal/policy"
	"fargate-cd/internal/problems"
)

const buildPipelineType = "fargate-cd:components:BuildPipeline"

// BuildPipelineArgs are the inputs of a BuildPipeline.
type BuildPipelineArgs struct {
	Source SourceSpec
	Build  BuildSpec
	// Environment and Service are what is deployed to. Required.
	Environment *environment.Environment
	Service     *fargateservice.FargateService
	// BlueGreen deploys the service; nil for one that ECS itself deploys.
	BlueGreen *BlueGreen
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

	PipelineName  pulumi.StringOutput `pulumi:"pipelineName"`
	RepositoryURL pulumi.StringOutput `pulumi:"repositoryUrl"`
	// CloneURLHTTPS and CloneURLSSH are where to push to on CodeCommit; the zero Output for another source.
	CloneURLHTTPS pulumi.StringOutput `pulumi:"cloneUrlHttps"`
	CloneURLSSH   pulumi.StringOutput `pulumi:"cloneUrlSsh"`

	name       string
	args       *BuildPipelineArgs
	account    environment.Account
	store      *artifactStore
	repository *ecr.Repository
	codeCommit *codecommit.Repository
	files      []pulumi.Resource // of a blue/green deployment, in the artifact bucket
}

// NewBuildPipeline registers a BuildPipeline. It fails before registering
// anything when the arguments are not valid.
func NewBuildPipeline(
	ctx *pulumi.Context, name string, args *BuildPipelineArgs, opts ...pulumi.ResourceOption,
) (*BuildPipeline, error) {
	if args == nil || args.Environment == nil || args.Service == nil {
		return nil, errors.New("the environment or the service of BuildPipeline " + name + " is missing")
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

	p := &BuildPipeline{name: name, args: &given, account: args.Environment.Account}
	if err := ctx.RegisterComponentResource(buildPipelineType, name, p, opts...); err != nil {
		return nil, fmt.Errorf("registering pipeline of %s: %w", name, err)
	}
	if err := p.announce(ctx); err != nil {
		return nil, err
	}
	if err := p.register(ctx); err != nil {
		return nil, fmt.Errorf("pipeline of %s: %w", name, err)
	}
	outputs := pulumi.Map{"pipelineName": p.PipelineName, "repositoryUrl": p.RepositoryURL}
	if p.codeCommit != nil {
		outputs["cloneUrlHttps"], outputs["cloneUrlSsh"] = p.CloneURLHTTPS, p.CloneURLSSH
	}
	return p, ctx.RegisterResourceOutputs(p, outputs)
}

// announce says what the creation of a pipeline sets off: AWS starts it at once
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

// register makes the children, in the order in which they need one another.
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
	if err := p.newDeploymentFiles(ctx); err != nil {
		return err
	}
	pipeline, err := p.newPipeline(ctx, projects)
	if err != nil {
		return err
	}
	p.PipelineName = pipeline.Name
	return p.newTriggers(ctx, pipeline)
}

// newRepository makes the repository, and lets the service's tasks pull from it.
func (p *BuildPipeline) newRepository(ctx *pulumi.Context) error {
	repository, err := ecr.NewRepository(ctx, p.name, &ecr.RepositoryArgs{
		ImageTagMutability:         pulumi.String("IMMUTABLE"),
		ImageScanningConfiguration: ecr.RepositoryImageScanningConfigurationArgs{ScanOnPush: pulumi.Bool(true)},
		ForceDelete:                pulumi.Bool(p.args.ForceDestroy),
	}, pulumi.Parent(p), pulumi.RetainOnDelete(p.args.RetainRepository))
	if err != nil {
		return fmt.Errorf("creating ECR repository: %w", err)
	}
	p.repository, p.RepositoryURL = repository, repository.RepositoryUrl
	lifecycle, err := deterministic.JSON(untaggedExpire)
	if err != nil {
		return fmt.Errorf("writing lifecycle policy: %w", err)
	}
	_, err = ecr.NewLifecyclePolicy(ctx, p.name, &ecr.LifecyclePolicyArgs{
		Repository: repository.Name, Policy: pulumi.String(lifecycle),
	}, pulumi.Parent(p), pulumi.RetainOnDelete(p.args.RetainRepository))
	if err != nil {
		return fmt.Errorf("creating lifecycle policy of the ECR repository: %w", err)
	}
	_, err = iam.NewRolePolicy(ctx, p.name+"-pull", &iam.RolePolicyArgs{
		Role: p.args.Service.ExecutionRoleName,
		Policy: policy.Document(
			policy.Statement{Sid: "Login", Actions: []string{"ecr:GetAuthorizationToken"}, Resources: pulumi.StringArray{pulumi.String("*")}},
			policy.Statement{Sid: "Pull", Actions: pullActions, Resources: pulumi.StringArray{repository.Arn}},
		),
	}, pulumi.Parent(p))
	if err != nil {
		return fmt.Errorf("letting the tasks pull images: %w", err)
	}
	return nil
}

// lifecyclePolicy is a policy of ECR ("Lifecycle policy properties", Amazon ECR User Guide).
type lifecyclePolicy struct {
	Rules []lifecycleRule `json:"rules"`
}

type lifecycleRule struct {
	RulePriority int                `json:"rulePriority"`
	Description  string             `json:"description"`
	Selection    lifecycleSelection `json:"selection"`
	Action       lifecycleAction    `json:"action"`
}

type lifecycleSelection struct {
	TagStatus   string `json:"tagStatus"`
	CountType   string `json:"countType"`
	CountUnit   string `json:"countUnit"`
	CountNumber int    `json:"countNumber"`
}

type lifecycleAction struct {
	Type string `json:"type"`
}

// untaggedExpire keeps every version, which has its commit as tag, and nothing else.
var untaggedExpire = lifecyclePolicy{Rules: []lifecycleRule{{
	RulePriority: 1,
	Description:  "Untagged images expire; every tagged version is kept",
	Selection:    lifecycleSelection{TagStatus: "untagged", CountType: "sinceImagePushed", CountUnit: "days", CountNumber: 14},
	Action:       lifecycleAction{Type: "expire"},
}}}

var (
	pullActions = []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}
	pushActions = []string{
		"ecr:CompleteLayerUpload", "ecr:DescribeImages", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
	}
)

// newCodeCommit makes the source repository, if that is where the source is.
// Nothing else holds the code that was pushed there: it is protected until the
// configuration says that it may go.
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

// projects are the CodeBuild projects of a pipeline. packages is nil without a
// first build, and selects for a rolling service.
type projects struct {
	packages, image, selects *codebuild.Project
}

func (p projects) arns() pulumi.StringArray {
	arns := pulumi.StringArray{p.image.Arn}
	for _, project := range []*codebuild.Project{p.packages, p.selects} {
		if project != nil {
			arns = append(arns, project.Arn)
		}
	}
	return arns
}

func (p *BuildPipeline) newProjects(ctx *pulumi.Context) (out projects, err error) {
	if p.args.Build.Package != nil {
		text, err := packageBuildspec(p.args.Build.Package, p.args.BlueGreen != nil)
		if err != nil {
			return out, fmt.Errorf("writing buildspec: %w", err)
		}
		cache := codebuild.ProjectCacheArgs{Type: pulumi.String("S3"), Location: pulumi.Sprintf("%s/%s", p.store.bucket.Bucket, cacheFolder)}
		statements := append(p.artifacts(sourceAction, packageAction), p.store.caches())
		if out.packages, err = p.newProject(ctx, p.name+"-package", text, false, cache, nil, statements); err != nil {
			return out, err
		}
	}
	text, err := imageBuildspec(p.args.BlueGreen != nil, p.args.Build.DockerHubSecretArn)
	if err != nil {
		return out, fmt.Errorf("writing buildspec: %w", err)
	}
	variables := map[string]pulumi.StringInput{
		"BUILD_DIRECTORY": pulumi.String(p.args.Build.Directory),
		"CONTAINER_NAME":  p.args.Service.ServiceName,
		"DOCKERFILE":      pulumi.String(p.args.Build.Dockerfile),
		"REPOSITORY_NAME": p.repository.Name,
		"REPOSITORY_URI":  p.repository.RepositoryUrl,
	}
	from := sourceAction
	if out.packages != nil {
		from = packageAction
	}
	statements := append(p.artifacts(from, imageAction),
		policy.Statement{Sid: "Login", Actions: []string{"ecr:GetAuthorizationToken"}, Resources: pulumi.StringArray{pulumi.String("*")}},
		policy.Statement{Sid: "Images", Actions: append(pullActions[:len(pullActions):len(pullActions)], pushActions...),
			Resources: pulumi.StringArray{p.repository.Arn}},
	)
	if arn := p.args.Build.DockerHubSecretArn; arn != "" {
		statements = append(statements, policy.Statement{
			Sid: "DockerHub", Actions: []string{"secretsmanager:GetSecretValue"}, Resources: pulumi.StringArray{pulumi.String(arn)},
		})
	}
	cache := codebuild.ProjectCacheArgs{
		Type: pulumi.String("LOCAL"), Modes: pulumi.ToStringArray([]string{"LOCAL_DOCKER_LAYER_CACHE"}),
	}
	// Only a privileged container can run the Docker daemon that builds an image.
	if out.image, err = p.newProject(ctx, p.name+"-image", text, true, cache, variables, statements); err != nil {
		return out, err
	}
	if p.args.BlueGreen != nil {
		out.selects, err = p.newSelect(ctx)
	}
	return out, err
}

// newSelect makes the project that selects the image to deploy.
func (p *BuildPipeline) newSelect(ctx *pulumi.Context) (*codebuild.Project, error) {
	text, err := selectBuildspec()
	if err != nil {
		return nil, fmt.Errorf("writing buildspec: %w", err)
	}
	variables := map[string]pulumi.StringInput{
		"CLUSTER": p.args.Environment.ClusterName, "CONTAINER_NAME": p.args.Service.ServiceName,
	}
	return p.newProject(ctx, p.name+"-select", text, false, codebuild.ProjectCacheArgs{Type: pulumi.String("NO_CACHE")}, variables,
		append(p.artifacts(imageAction, selectAction),
			policy.Statement{Sid: "Service", Actions: []string{"ecs:DescribeServices"}, Resources: pulumi.StringArray{p.args.Service.Arn()}},
			// ecs:DescribeTaskDefinition takes no resource (Actions defined by Amazon ECS, Service Authorization Reference).
			policy.Statement{Sid: "Revision", Actions: []string{"ecs:DescribeTaskDefinition"}, Resources: pulumi.StringArray{pulumi.String("*")}},
		))
}

// artifacts lets a build read its input artifacts and write its output artifact.
func (p *BuildPipeline) artifacts(from, to string) []policy.Statement {
	statements := []policy.Statement{p.store.reads(from), p.store.writes(to)}
	if p.args.BlueGreen != nil {
		statements = append(statements, p.store.reads(deploymentAction))
	}
	return statements
}

// newProject makes a CodeBuild project with its log group and its role.
func (p *BuildPipeline) newProject(
	ctx *pulumi.Context, name, buildspec string, privileged bool, cache codebuild.ProjectCacheArgs,
	variables map[string]pulumi.StringInput, statements []policy.Statement,
) (*codebuild.Project, error) {
	logs, err := cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{
		RetentionInDays: pulumi.Int(p.args.LogRetentionDays),
	}, pulumi.Parent(p))
	if err != nil {
		return nil, fmt.Errorf("creating log group %s: %w", name, err)
	}
	assume := policy.Trust("codebuild.amazonaws.com",
		policy.SourceAccount(p.account.ID),
		policy.If("ArnLike", "aws:SourceArn", p.account.Arn("codebuild", "project/%s-*", name)),
	)
	statements = append(statements, policy.Statement{
		Sid: "Logs", Actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"},
		Resources: pulumi.StringArray{pulumi.Sprintf("%s:*", logs.Arn)},
	})
	role, err := policy.NewRole(ctx, name, "Builds "+p.name, assume, p, append(statements, p.store.buildAccess()...)...)
	if err != nil {
		return nil, err
	}
	environment := codebuild.ProjectEnvironmentEnvironmentVariableArray{}
	for _, key := range slices.Sorted(maps.Keys(variables)) {
		environment = append(environment, codebuild.ProjectEnvironmentEnvironmentVariableArgs{
			Name: pulumi.String(key), Value: variables[key],
		})
	}
	project, err := codebuild.NewProject(ctx, name, &codebuild.ProjectArgs{
		Description:   pulumi.String("Builds " + p.name),
		ServiceRole:   role.Arn,
		BuildTimeout:  pulumi.Int(p.args.Build.TimeoutMinutes),
		EncryptionKey: p.store.key.Arn,
		Source:        codebuild.ProjectSourceArgs{Type: pulumi.String("CODEPIPELINE"), Buildspec: pulumi.String(buildspec)},
		Artifacts:     codebuild.ProjectArtifactsArgs{Type: pulumi.String("CODEPIPELINE")},
		Cache:         cache,
		Environment: codebuild.ProjectEnvironmentArgs{
			Type:                 pulumi.String(p.args.Build.containerType()),
			ComputeType:          pulumi.String(p.args.Build.ComputeType),
			Image:                pulumi.String(p.args.Build.image()),
			PrivilegedMode:       pulumi.Bool(privileged),
			EnvironmentVariables: environment,
		},
		LogsConfig: codebuild.ProjectLogsConfigArgs{CloudwatchLogs: codebuild.ProjectLogsConfigCloudwatchLogsArgs{
			GroupName: logs.Name,
		}},
	}, pulumi.Parent(p), pulumi.DependsOn(role.Ready()))
	if err != nil {
		return nil, fmt.Errorf("creating CodeBuild project %s: %w", name, err)
	}
	return project, nil
}

func (p *BuildPipeline) newPipeline(ctx *pulumi.Context, projects projects) (*codepipeline.Pipeline, error) {
	role, err := policy.NewRole(ctx, p.name+"-pipeline", "Runs the pipeline of "+p.name, policy.Trust("codepipeline.amazonaws.com"), p,
		p.statements(projects)...)
	if err != nil {
		return nil, err
	}
	stages, err := p.stages(projects)
	if err != nil {
		return nil, err
	}
	mode := "SUPERSEDED" // a newer push overtakes one that still waits
	if p.args.BlueGreen != nil {
		// A changed configuration brings no commit. It must not overtake a push that waits for the deployment before it.
		mode = "QUEUED"
	}
	pipeline, err := codepipeline.NewPipeline(ctx, p.name, &codepipeline.PipelineArgs{
		PipelineType:  pulumi.String("V2"),
		ExecutionMode: pulumi.String(mode),
		RoleArn:       role.Arn,
		ArtifactStores: codepipeline.PipelineArtifactStoreArray{codepipeline.PipelineArtifactStoreArgs{
			Type:          pulumi.String("S3"),
			Location:      p.store.bucket.Bucket,
			EncryptionKey: codepipeline.PipelineArtifactStoreEncryptionKeyArgs{Type: pulumi.String("KMS"), Id: p.store.key.Arn},
		}},
		Stages:   stages,
		Triggers: p.triggers(),
		// A new pipeline runs at once ("Create a pipeline, stages, and actions", CodePipeline User Guide): what it needs
		// is there before it.
	}, pulumi.Parent(p), pulumi.DependsOn(slices.Concat(role.Ready(), p.store.settings, p.files)))
	if err != nil {
		return nil, fmt.Errorf("creating pipeline: %w", err)
	}
	return pipeline, nil
}
