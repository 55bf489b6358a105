package buildpipeline

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codebuild"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/policy"
)

// projects are the CodeBuild projects of a pipeline. pkg is nil without a separate
// package build. selection is nil for a rolling service. Nothing builds a release, so its
// pipeline has selection at most, which can neither read a source nor push an image.
type projects struct {
	pkg, image, selection *codebuild.Project
}

func (p projects) arns() pulumi.StringArray {
	var arns pulumi.StringArray
	for _, project := range []*codebuild.Project{p.image, p.pkg, p.selection} {
		if project != nil {
			arns = append(arns, project.Arn)
		}
	}
	return arns
}

func (p *BuildPipeline) newProjects(ctx *pulumi.Context) (out projects, err error) {
	if !p.receivesReleases() {
		if out.pkg, out.image, err = p.newBuilds(ctx); err != nil {
			return out, err
		}
	}
	if p.args.BlueGreen != nil {
		out.selection, err = p.newSelection(ctx)
	}
	return out, err
}

// newBuilds creates the projects that build the package, if there is one, and the image.
func (p *BuildPipeline) newBuilds(ctx *pulumi.Context) (pkg, image *codebuild.Project, err error) {
	if p.args.Build.Package != nil {
		text, err := packageBuildspec(p.args.Build.Package, p.args.BlueGreen != nil)
		if err != nil {
			return nil, nil, fmt.Errorf("writing buildspec: %w", err)
		}
		cache := codebuild.ProjectCacheArgs{Type: pulumi.String("S3"), Location: pulumi.Sprintf("%s/%s", p.store.bucket.Bucket, cacheFolder)}
		statements := append(p.artifacts(sourceAction, packageAction), p.store.caches(), policy.Statement{
			Sid: "Images", Actions: []string{"ecr:DescribeImages"}, Resources: pulumi.StringArray{p.repository.Arn},
		})
		variables := map[string]pulumi.StringInput{"REPOSITORY_NAME": p.repository.Name}
		if pkg, err = p.newProject(ctx, p.name+"-package", pulumi.String(text), false, cache, variables, statements); err != nil {
			return nil, nil, err
		}
	}
	buildspec, err := p.imageBuildspec()
	if err != nil {
		return nil, nil, fmt.Errorf("writing buildspec: %w", err)
	}
	variables := map[string]pulumi.StringInput{
		"BUILD_DIRECTORY": pulumi.String(p.args.Build.Directory),
		"CONTAINER_NAME":  pulumi.String(p.args.Service.Name()),
		"DOCKERFILE":      pulumi.String(p.args.Build.Dockerfile),
		"REPOSITORY_NAME": p.repository.Name,
		"REPOSITORY_URI":  p.repository.RepositoryUrl,
	}
	from := sourceAction
	if pkg != nil {
		from = packageAction
	}
	statements := append(p.artifacts(from, imageAction),
		policy.Statement{Sid: "Login", Actions: []string{"ecr:GetAuthorizationToken"}, Resources: pulumi.StringArray{pulumi.String("*")}},
		policy.Statement{Sid: "Images", Actions: imageActions, Resources: pulumi.StringArray{p.repository.Arn}},
	)
	if p.dockerHub != nil {
		statements = append(statements, policy.Statement{
			Sid: "DockerHub", Actions: []string{"secretsmanager:GetSecretValue"}, Resources: pulumi.StringArray{*p.dockerHub},
		})
	}
	cache := codebuild.ProjectCacheArgs{Type: pulumi.String("NO_CACHE")}
	switch p.args.Build.Cache {
	case CacheLocal:
		cache = codebuild.ProjectCacheArgs{Type: pulumi.String("LOCAL"), Modes: pulumi.ToStringArray([]string{"LOCAL_DOCKER_LAYER_CACHE"})}
	case CacheRegistry:
		layers, err := p.newCacheRepository(ctx)
		if err != nil {
			return nil, nil, err
		}
		variables["CACHE_URI"] = layers.RepositoryUrl
		statements = append(statements, policy.Statement{
			Sid: "Layers", Actions: imageActions, Resources: pulumi.StringArray{layers.Arn},
		})
	}
	// Only a privileged container can run the Docker daemon that builds an image.
	image, err = p.newProject(ctx, p.name+"-image", buildspec, true, cache, variables, statements)
	return pkg, image, err
}

// imageBuildspec returns the buildspec of the image, which contains the ARN of the secret for Docker Hub.
func (p *BuildPipeline) imageBuildspec() (pulumi.StringInput, error) {
	blueGreen := p.args.BlueGreen != nil
	registryCache, files := p.args.Build.Cache == CacheRegistry, imageFiles(blueGreen, p.args.Release != nil)
	if p.dockerHub == nil {
		text, err := imageBuildspec(blueGreen, registryCache, files, "")
		return pulumi.String(text), err
	}
	return p.dockerHub.ApplyT(func(arn string) (string, error) {
		return imageBuildspec(blueGreen, registryCache, files, arn)
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
	return p.newProject(ctx, p.name+"-select", pulumi.String(text), false, codebuild.ProjectCacheArgs{Type: pulumi.String("NO_CACHE")}, variables,
		append(p.artifacts(p.imageArtifact(), selectAction),
			policy.Statement{Sid: "Service", Actions: []string{"ecs:DescribeServices"}, Resources: pulumi.StringArray{p.args.Service.Arn()}},
			// ecs:DescribeTaskDefinition does not support resource-level permissions (Actions defined by Amazon ECS, Service
			// Authorization Reference).
			policy.Statement{Sid: "Revision", Actions: []string{"ecs:DescribeTaskDefinition"}, Resources: pulumi.StringArray{pulumi.String("*")}},
		))
}

// artifacts returns the permissions of a build to read its input artifacts and write its output artifact.
func (p *BuildPipeline) artifacts(from, to string) []policy.Statement {
	statements := []policy.Statement{p.store.reads(from), p.store.writes(to)}
	if p.args.BlueGreen != nil {
		statements = append(statements, p.store.reads(deploymentAction))
	}
	return statements
}

// newProject creates a CodeBuild project with its log group and its role.
func (p *BuildPipeline) newProject(
	ctx *pulumi.Context, name string, buildspec pulumi.StringInput, privileged bool, cache codebuild.ProjectCacheArgs,
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
		Source:        codebuild.ProjectSourceArgs{Type: pulumi.String("CODEPIPELINE"), Buildspec: buildspec},
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
