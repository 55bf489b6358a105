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
	// AWS documents no condition for the trust in CodePipeline ("Create the CodePipeline service role", CodePipeline User
	// Guide). Nobody else can use the role: iam:PassRole passes a role only within its account.
	role, err := policy.NewRole(ctx, p.name+"-pipeline", "Runs the pipeline of "+p.name, policy.Trust("codepipeline.amazonaws.com"), p,
		append(p.statements(projects), statements...)...)
	if err != nil {
		return nil, err
	}
	p.PipelineRoleName = role.Name
	mode := "SUPERSEDED" // a newer push replaces a push that waits
	if p.args.BlueGreen != nil {
		// A changed configuration deploys the running image. It must not replace a push that waits for the deployment
		// before it.
		mode = "QUEUED"
	}
	// AWS starts a new pipeline at once ("Create a pipeline, stages, and actions", CodePipeline User Guide), so all
	// resources that its actions use must exist.
	dependencies := slices.Concat(role.Ready(), p.store.settings)
	if p.pushFiles != nil {
		dependencies = append(dependencies, p.pushFiles)
	}
	if p.releases != nil {
		dependencies = append(dependencies, p.releases.settings...)
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
	}, pulumi.Parent(p), pulumi.DependsOn(dependencies))
	if err != nil {
		return nil, fmt.Errorf("creating pipeline: %w", err)
	}
	return pipeline, nil
}
