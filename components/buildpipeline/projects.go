package buildpipeline

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codebuild"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/policy"
)

// projects holds the CodeBuild projects of a pipeline. pkg is nil without a separate package build, selection is nil
// for a rolling service, and smoke is nil without a smoke test. tests has the order of the configuration. A pipeline
// that deploys releases builds nothing. It has at most selection and smoke, which can neither read source code nor push
// an image.
type projects struct {
	pkg, image, selection, smoke *codebuild.Project
	tests                        []*codebuild.Project
}

// arns returns the ARNs of the projects.
func (p projects) arns() pulumi.StringArray {
	var arns pulumi.StringArray
	for _, project := range append([]*codebuild.Project{p.image, p.pkg, p.selection, p.smoke}, p.tests...) {
		if project != nil {
			arns = append(arns, project.Arn)
		}
	}
	return arns
}

// newProjects creates the projects of the pipeline that deploys.
func (p *BuildPipeline) newProjects(ctx *pulumi.Context) (out projects, err error) {
	if !p.receivesReleases() {
		if out.pkg, err = p.newPackageBuild(ctx); err != nil {
			return out, err
		}
		if out.image, err = p.newImageBuild(ctx); err != nil {
			return out, err
		}
		if out.tests, err = p.newTests(ctx); err != nil {
			return out, err
		}
	}
	if p.args.BlueGreen != nil {
		if out.selection, err = p.newSelection(ctx); err != nil {
			return out, err
		}
	}
	out.smoke, err = p.newSmokeTest(ctx)
	return out, err
}

// newPackageBuild creates the project that builds the package; nil without a package.
func (p *BuildPipeline) newPackageBuild(ctx *pulumi.Context) (*codebuild.Project, error) {
	spec := p.args.Build.Package
	if spec == nil {
		return nil, nil
	}
	text, err := packageBuildspec(spec, p.args.BlueGreen != nil)
	if err != nil {
		return nil, fmt.Errorf("writing buildspec: %w", err)
	}
	statements := append(p.artifacts(sourceAction, packageAction), p.store.caches(cacheFolder), policy.Statement{
		Sid: "Images", Actions: []string{"ecr:DescribeImages"}, Resources: pulumi.StringArray{p.repository.Arn},
	})
	return p.newProject(ctx, projectArgs{
		name: p.name + "-package", buildspec: pulumi.String(text), cache: p.store.cacheIn(cacheFolder), machine: spec.machine(&p.args.Build),
		own:       map[string]pulumi.StringInput{"REPOSITORY_NAME": p.repository.Name},
		variables: spec.VariablesSpec, statements: statements,
	})
}

// newImageBuild creates the project that builds the image from the package or, without one, from the source.
func (p *BuildPipeline) newImageBuild(ctx *pulumi.Context) (*codebuild.Project, error) {
	buildspec, err := p.imageProjectBuildspec()
	if err != nil {
		return nil, fmt.Errorf("writing buildspec: %w", err)
	}
	variables := map[string]pulumi.StringInput{
		"BUILD_DIRECTORY": pulumi.String(p.args.Build.Directory),
		"CONTAINER_NAME":  pulumi.String(p.args.Service.Name()),
		"DOCKERFILE":      pulumi.String(p.args.Build.Dockerfile),
		"REPOSITORY_NAME": p.repository.Name,
		"REPOSITORY_URI":  p.repository.RepositoryUrl,
	}
	from := sourceAction
	if p.args.Build.Package != nil {
		from = packageAction
	}
	statements := append(p.artifacts(from, imageAction),
		registryLogin,
		policy.Statement{Sid: "Images", Actions: imageActions, Resources: pulumi.StringArray{p.repository.Arn}},
	)
	statements = append(statements, p.scanAccess()...)
	statements = append(statements, p.dockerHubAccess()...)
	// Only a privileged container can run the Docker daemon that builds an image.
	project := projectArgs{
		name: p.name + "-image", buildspec: buildspec, privileged: true, machine: p.args.Build.machine(),
		own: variables, variables: p.args.Build.VariablesSpec, statements: statements,
	}
	p.addPullThrough(&project, importActions...)
	if err := p.addLayerCache(ctx, &project); err != nil {
		return nil, err
	}
	return p.newProject(ctx, project)
}

// imageProjectBuildspec returns the buildspec of the project that builds the image: the configured one, or one that
// contains the ARN of the secret for Docker Hub.
func (p *BuildPipeline) imageProjectBuildspec() (pulumi.StringInput, error) {
	blueGreen := p.args.BlueGreen != nil
	build := imageBuild{
		spec: &p.args.Build, blueGreen: blueGreen, files: imageFiles(blueGreen, p.args.Release != nil),
		pullsThrough: p.args.Service.Environment().PullThroughPrefix() != nil,
	}
	if build.spec.Buildspec != "" {
		return pulumi.String(build.spec.Buildspec), nil
	}
	if p.dockerHub == nil {
		text, err := imageBuildspec(build, "")
		return pulumi.String(text), err
	}
	return p.dockerHub.ToStringOutput().ApplyT(func(arn string) (string, error) {
		return imageBuildspec(build, arn)
	}).(pulumi.StringOutput), nil
}

// newSelection creates the project that selects the image to deploy.
func (p *BuildPipeline) newSelection(ctx *pulumi.Context) (*codebuild.Project, error) {
	text, err := selectBuildspec()
	if err != nil {
		return nil, fmt.Errorf("writing buildspec: %w", err)
	}
	variables := map[string]pulumi.StringInput{
		"CLUSTER": p.args.Service.Environment().ClusterName, "CONTAINER_NAME": pulumi.String(p.args.Service.Name()),
	}
	return p.newProject(ctx, projectArgs{
		name: p.name + "-select", buildspec: pulumi.String(text), cache: noCache, machine: p.args.Build.machine(), own: variables,
		statements: append(p.artifacts(p.imageArtifact(), selectAction),
			policy.Statement{Sid: "Service", Actions: []string{"ecs:DescribeServices"}, Resources: pulumi.StringArray{p.args.Service.Arn()}},
			// ecs:DescribeTaskDefinition does not support resource-level permissions (Actions defined by Amazon ECS, Service
			// Authorization Reference).
			policy.Statement{Sid: "Revision", Actions: []string{"ecs:DescribeTaskDefinition"}, Resources: pulumi.StringArray{pulumi.String("*")}},
		),
	})
}

// artifacts returns the permissions of a build to read its input artifacts and write its output artifact.
func (p *BuildPipeline) artifacts(from, to string) []policy.Statement {
	return append([]policy.Statement{p.store.reads(from), p.store.writes(to)}, p.readsDeployment()...)
}

// readsSource returns the permissions of a test or a smoke test, which reads the source artifact and writes no
// artifact.
func (p *BuildPipeline) readsSource() []policy.Statement {
	return append([]policy.Statement{p.store.reads(sourceAction)}, p.readsDeployment()...)
}

// readsDeployment returns the permission of a build to read its second input artifact, the files of a blue/green
// deployment.
func (p *BuildPipeline) readsDeployment() []policy.Statement {
	if p.args.BlueGreen == nil {
		return nil
	}
	return []policy.Statement{p.store.reads(deploymentAction)}
}

// registryLogin is the permission to log in to the registry of Amazon ECR.
var registryLogin = policy.Statement{Sid: "Login", Actions: []string{"ecr:GetAuthorizationToken"}, Resources: pulumi.StringArray{pulumi.String("*")}}

// noCache is the cache setting of a build without a cache.
var noCache = codebuild.ProjectCacheArgs{Type: pulumi.String("NO_CACHE")}

// projectArgs are the arguments of newProject.
type projectArgs struct {
	name       string
	buildspec  pulumi.StringInput
	privileged bool
	cache      codebuild.ProjectCacheArgs
	machine    machine
	own        map[string]pulumi.StringInput // the environment variables of the program
	variables  VariablesSpec                 // the environment variables of the configuration
	statements []policy.Statement            // permissions of the role, in addition to those of every build
}

// newProject creates a CodeBuild project with its log group and its role.
func (p *BuildPipeline) newProject(ctx *pulumi.Context, args projectArgs) (*codebuild.Project, error) {
	name := args.name
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
	credentials, pull := p.pullMachine(args.machine.image)
	statements := slices.Concat(args.statements, pull, args.variables.statements(), []policy.Statement{{
		Sid: "Logs", Actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"},
		Resources: pulumi.StringArray{pulumi.Sprintf("%s:*", logs.Arn)},
	}}, p.store.buildAccess())
	role, err := policy.NewRole(ctx, name, "Builds "+p.name, assume, p, statements...)
	if err != nil {
		return nil, err
	}
	build := strings.TrimPrefix(name, p.name+"-")
	p.roleArns[build], p.roleNames[build] = role.Arn, role.Name
	project, err := codebuild.NewProject(ctx, name, &codebuild.ProjectArgs{
		Description:   pulumi.String("Builds " + p.name),
		ServiceRole:   role.Arn,
		BuildTimeout:  pulumi.Int(args.machine.minutes),
		EncryptionKey: p.store.keyArn,
		Source:        codebuild.ProjectSourceArgs{Type: pulumi.String("CODEPIPELINE"), Buildspec: args.buildspec.ToStringOutput().ToStringPtrOutput()},
		Artifacts:     codebuild.ProjectArtifactsArgs{Type: pulumi.String("CODEPIPELINE")},
		Cache:         args.cache,
		Environment: codebuild.ProjectEnvironmentArgs{
			Type:                     pulumi.String(args.machine.containerType()),
			ComputeType:              pulumi.String(args.machine.computeType),
			Image:                    pulumi.String(args.machine.image),
			ImagePullCredentialsType: credentials,
			PrivilegedMode:           pulumi.Bool(args.privileged),
			EnvironmentVariables:     args.variables.list(args.own),
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
