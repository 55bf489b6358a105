package buildpipeline

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codebuild"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codepipeline"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/deterministic"
	"fargate-cd/internal/policy"
	"fargate-cd/internal/problems"
)

// Pull requests have a separate pipeline. A trigger for pull requests runs all stages of its pipeline, at the commit of
// the branch that is to be merged ("Add trigger with code push or pull request event types", AWS CodePipeline User
// Guide), so the pipeline that deploys must not have such a trigger. Whatever the commit contains, the roles of this
// pipeline and of its builds can neither push an image, nor deploy, nor read a secret. They can read and write only
// artifacts of this pipeline.

// PullRequestSpec holds the settings of the pipeline for pull requests.
type PullRequestSpec struct {
	// Branches are up to eight patterns of the target branches of pull requests. By default the key branches of the
	// source or, without it, the key branch.
	Branches []string `json:"branches"`
}

// validatePullRequests reports a pipeline for pull requests that would run nothing.
func (a *Args) validatePullRequests(prefix string, found *problems.List) {
	if a.Source.PullRequests != nil && a.Build.Buildspec != "" && len(a.openTests()) == 0 {
		found.Conflict(prefix+"source.pullRequests", "build.buildspec pushes the image, so that a pull request can only run tests, and there is no test without secrets")
	}
}

// openTests returns the indexes of the tests without secrets.
func (a *Args) openTests() []int {
	var out []int
	for i := range a.Build.Tests {
		if len(a.Build.Tests[i].Secrets) == 0 {
			out = append(out, i)
		}
	}
	return out
}

// requestStore returns the artifact store of the pipeline for pull requests: the same bucket with another folder. No
// artifact of the other pipeline is in this folder, because the name of that pipeline has a hexadecimal digit, and not p,
// after the hyphen. See artifact.
func (p *BuildPipeline) requestStore() *artifactStore {
	store := *p.store
	folder := p.name + "-pr-"
	store.folder = folder[:min(len(folder), 20)]
	return &store
}

// newPullRequests creates the pipeline that checks pull requests, if the configuration has pullRequests.
func (p *BuildPipeline) newPullRequests(ctx *pulumi.Context) error {
	if p.args.Source.PullRequests == nil {
		return nil
	}
	var checks projects
	if err := p.newCheckTests(ctx, &checks); err != nil {
		return err
	}
	if err := p.newChecks(ctx, &checks); err != nil {
		return err
	}
	stages, err := p.checkStages(checks)
	if err != nil {
		return err
	}
	name, store := p.name+"-pr", p.requestStore()
	role, err := policy.NewRole(ctx, name+"-pipeline", "Runs the pipeline for pull requests of "+p.name, policy.Trust("codepipeline.amazonaws.com"), p,
		append(store.pipelineAccess(store.artifacts(), false),
			policy.Statement{Sid: "Build", Resources: checks.arns(), Actions: []string{"codebuild:BatchGetBuilds", "codebuild:StartBuild"}},
			p.useConnection(),
		)...)
	if err != nil {
		return err
	}
	pipeline, err := codepipeline.NewPipeline(ctx, name, &codepipeline.PipelineArgs{
		PipelineType:   pulumi.String("V2"),
		ExecutionMode:  pulumi.String(modeParallel), // pull requests are independent of each other
		RoleArn:        role.Arn,
		ArtifactStores: store.ofPipeline(),
		Stages:         stages,
		Triggers:       p.requestTriggers(),
	}, pulumi.Parent(p), pulumi.DependsOn(append(role.Ready(), store.settings...)))
	if err != nil {
		return fmt.Errorf("creating the pipeline for pull requests: %w", err)
	}
	p.PullRequestPipelineName = pipeline.Name
	return nil
}

// requestTriggers returns the trigger that starts the pipeline when a pull request is
// opened or updated.
func (p *BuildPipeline) requestTriggers() codepipeline.PipelineTriggerArrayInput {
	source := p.args.Source
	branches := source.PullRequests.Branches
	if len(branches) == 0 {
		branches = source.branches()
	}
	request := codepipeline.PipelineTriggerGitConfigurationPullRequestArgs{
		Events:   pulumi.ToStringArray([]string{"OPEN", "UPDATED"}),
		Branches: codepipeline.PipelineTriggerGitConfigurationPullRequestBranchesArgs{Includes: pulumi.ToStringArray(branches)},
	}
	if len(source.FilePaths) > 0 {
		request.FilePaths = codepipeline.PipelineTriggerGitConfigurationPullRequestFilePathsArgs{Includes: pulumi.ToStringArray(source.FilePaths)}
	}
	return p.triggersWhenAuthorized(codepipeline.PipelineTriggerGitConfigurationArgs{
		SourceActionName: pulumi.String(sourceAction),
		PullRequests:     codepipeline.PipelineTriggerGitConfigurationPullRequestArray{request},
	})
}

// checkStages returns the stages of the pipeline for pull requests: Source, Build and, with a package, DockerBuild.
func (p *BuildPipeline) checkStages(checks projects) (codepipeline.PipelineStageArray, error) {
	out := codepipeline.PipelineStageArray{stage("Source", p.sourceFrom(pulumi.String("false")))}
	var build []codepipeline.PipelineStageActionInput
	for i, test := range p.args.openTests() {
		check, err := p.check("Test", testAction+p.args.Build.Tests[test].Name, checks.tests[i], sourceAction)
		if err != nil {
			return nil, err
		}
		build = append(build, check)
	}
	if checks.image == nil {
		return append(out, stage("Build", build...)), nil
	}
	if checks.pkg == nil {
		image, err := p.check("Build", imageAction, checks.image, sourceAction)
		return append(out, stage("Build", append(build, image)...)), err
	}
	pkg, err := p.check("Build", packageAction, checks.pkg, sourceAction, packageAction)
	if err != nil {
		return nil, err
	}
	image, err := p.check("Build", imageAction, checks.image, packageAction)
	return append(out, stage("Build", append(build, pkg)...), stage("DockerBuild", image)), err
}

// check returns an action that runs a project on an artifact.
func (p *BuildPipeline) check(
	category, name string, project *codebuild.Project, from string, outputs ...string,
) (codepipeline.PipelineStageActionArgs, error) {
	variables, err := variablesText(name, []variable{{commitVariable, p.commitReference(), "PLAINTEXT"}})
	return action(category, "CodeBuild", name, pulumi.StringMap{
		"ProjectName": project.Name, "EnvironmentVariables": variables,
	}, []string{from}, outputs), err
}

// newCheckTests creates the projects that test a pull request. They have no reports, so that
// the groups show only tests of commits that are deployed.
func (p *BuildPipeline) newCheckTests(ctx *pulumi.Context, checks *projects) error {
	for _, i := range p.args.openTests() {
		test := &p.args.Build.Tests[i]
		text := test.Buildspec
		if text == "" {
			var err error
			if text, err = testBuildspec(test, false, nil); err != nil {
				return fmt.Errorf("writing buildspec: %w", err)
			}
		}
		project, err := p.newProject(ctx, projectArgs{
			name: p.name + "-pr-test-" + test.Name, buildspec: pulumi.String(text), privileged: test.PrivilegedMode, cache: noCache,
			machine: test.machine(&p.args.Build), variables: VariablesSpec{Environment: test.Environment},
			statements: []policy.Statement{p.requestStore().reads(sourceAction)},
		})
		if err != nil {
			return err
		}
		checks.tests = append(checks.tests, project)
	}
	return nil
}

// newChecks creates the projects that build the package and the image of a pull request. A configured buildspec pushes
// the image, so with build.buildspec it creates no projects.
func (p *BuildPipeline) newChecks(ctx *pulumi.Context, checks *projects) error {
	build, store := p.args.Build, p.requestStore()
	if build.Buildspec != "" {
		return nil
	}
	var err error
	from := sourceAction
	if build.Package != nil {
		from = packageAction
		text, buildErr := checkPackageBuildspec(build.Package)
		if buildErr != nil {
			return fmt.Errorf("writing buildspec: %w", buildErr)
		}
		checks.pkg, err = p.newProject(ctx, projectArgs{
			name: p.name + "-pr-package", buildspec: pulumi.String(text), cache: noCache, machine: build.Package.machine(&build),
			variables:  VariablesSpec{Environment: build.Package.Environment},
			statements: []policy.Statement{store.reads(sourceAction), store.writes(packageAction)},
		})
		if err != nil {
			return err
		}
	}
	pullsThrough := p.args.Service.Environment().PullThroughPrefix() != nil
	text, err := checkImageBuildspec(&build, pullsThrough)
	if err != nil {
		return fmt.Errorf("writing buildspec: %w", err)
	}
	// Only a privileged container can run the Docker daemon that builds an image.
	project := projectArgs{
		name: p.name + "-pr-image", buildspec: pulumi.String(text), privileged: true, cache: noCache, machine: build.machine(),
		own: map[string]pulumi.StringInput{
			"BUILD_DIRECTORY": pulumi.String(build.Directory), "DOCKERFILE": pulumi.String(build.Dockerfile), "IMAGE": pulumi.String("pull-request"),
		},
		variables: VariablesSpec{Environment: build.Environment}, statements: []policy.Statement{store.reads(from)},
	}
	if pullsThrough {
		project.own["REPOSITORY_URI"] = p.repository.RepositoryUrl
		project.statements = append(project.statements, registryLogin)
		p.addPullThrough(&project)
	}
	checks.image, err = p.newProject(ctx, project)
	return err
}

// checkImageBuildspec returns the buildspec that builds the image of a pull request without secrets, and pushes
// nothing. With a pull through cache, the build uses the images that the cache already has. It cannot import images,
// because a pull request can name any image. BuildKit pulls the other images from Docker Hub.
func checkImageBuildspec(spec *BuildSpec, pullsThrough bool) (string, error) {
	open := *spec
	open.Secrets = nil
	arguments := buildArguments(&open) + ` "$BUILD_DIRECTORY"`
	phases := buildspecPhases{Build: &buildspecPhase{OnFailure: "ABORT", Commands: []string{`docker build ` + arguments}}}
	if pullsThrough {
		phases.PreBuild = &buildspecPhase{OnFailure: "ABORT", Commands: []string{loginToRegistry, mirrorDockerHub}}
		phases.Build.Commands = []string{
			"if " + createBuilder + builderOfMirror + "; then docker buildx build --builder cached " + arguments + "; else docker build " + arguments + "; fi",
		}
	}
	return deterministic.IndentedJSON(buildspec{Version: "0.2", Env: &buildspecEnv{Shell: "bash"}, Phases: phases})
}

// checkPackageBuildspec returns the buildspec that builds the package of a pull request.
func checkPackageBuildspec(spec *PackageSpec) (string, error) {
	if spec.Buildspec != "" {
		return spec.Buildspec, nil
	}
	return deterministic.IndentedJSON(buildspec{
		Version:   "0.2",
		Env:       &buildspecEnv{Shell: "bash"},
		Phases:    buildspecPhases{Build: &buildspecPhase{OnFailure: "ABORT", Commands: spec.Commands}},
		Artifacts: &buildspecArtifacts{Files: spec.Files},
	})
}
