package buildpipeline

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codepipeline"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/policy"
)

func (p *BuildPipeline) newPipeline(ctx *pulumi.Context, projects projects) (*codepipeline.Pipeline, error) {
	stages, statements, err := p.stages(ctx, projects)
	if err != nil {
		return nil, err
	}
	// AWS documents no condition for the trust policy of CodePipeline ("Create the CodePipeline service role",
	// CodePipeline User Guide). Other accounts cannot use the role, because iam:PassRole passes a role only within its
	// account.
	role, err := policy.NewRole(ctx, p.name+"-pipeline", "Runs the pipeline of "+p.name, policy.Trust("codepipeline.amazonaws.com"), p,
		append(p.statements(projects), statements...)...)
	if err != nil {
		return nil, err
	}
	p.PipelineRoleName = role.Name
	// AWS starts a new pipeline at once ("Create a pipeline, stages, and actions", CodePipeline User Guide), so all
	// resources that its actions use must exist.
	dependencies := slices.Concat(role.Ready(), p.store.settings)
	if p.pushFiles != nil {
		dependencies = append(dependencies, p.pushFiles)
	}
	for _, source := range []*objectSource{p.releases, p.uploads} {
		if source != nil {
			dependencies = append(dependencies, source.settings...)
		}
	}
	pipeline, err := codepipeline.NewPipeline(ctx, p.name, &codepipeline.PipelineArgs{
		PipelineType:   pulumi.String("V2"),
		ExecutionMode:  pulumi.String(p.args.mode(p.args.BlueGreen != nil)),
		RoleArn:        role.Arn,
		ArtifactStores: p.store.ofPipeline(),
		Stages:         stages,
		Triggers:       p.pushTriggers(),
	}, pulumi.Parent(p), pulumi.DependsOn(dependencies))
	if err != nil {
		return nil, fmt.Errorf("creating pipeline: %w", err)
	}
	return pipeline, nil
}
