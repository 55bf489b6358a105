package buildpipeline

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/deterministic"
	"fargate-cd/internal/policy"
)

// newRepository creates the ECR repository and allows the service's tasks to pull from it. Pulumi protects the
// repository while another stack runs its images, unless ForceDestroy or RetainRepository is set. Every Pulumi command
// then refuses to delete it. The project's own destroy command also names the other stack.
func (p *BuildPipeline) newRepository(ctx *pulumi.Context) error {
	if p.receivesReleases() {
		return nil
	}
	repository, err := ecr.NewRepository(ctx, p.name, &ecr.RepositoryArgs{
		ImageTagMutability:         pulumi.String("IMMUTABLE"),
		ImageScanningConfiguration: ecr.RepositoryImageScanningConfigurationArgs{ScanOnPush: pulumi.Bool(true)},
		ForceDelete:                pulumi.Bool(p.args.ForceDestroy),
	}, pulumi.Parent(p), pulumi.RetainOnDelete(p.args.RetainRepository),
		pulumi.Protect(p.args.Release != nil && !p.args.ForceDestroy && !p.args.RetainRepository))
	if err != nil {
		return fmt.Errorf("creating ECR repository: %w", err)
	}
	p.repository = repository
	p.RepositoryURL, p.RepositoryArn, p.RepositoryName = repository.RepositoryUrl, repository.Arn, repository.Name
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
	return p.allowPull(ctx, repository.Arn)
}

// allowPull lets the service's tasks pull images only from the given repository. After a change of the source from
// Release to a build, running tasks of the released image continue, but no new task can start before the first
// deployment. A permission for both repositories would let every service pull from the repositories of the same service
// in other stacks.
func (p *BuildPipeline) allowPull(ctx *pulumi.Context, repository pulumi.StringInput) error {
	_, err := iam.NewRolePolicy(ctx, p.name+"-pull", &iam.RolePolicyArgs{
		Role:   p.args.Service.ExecutionRoleName,
		Policy: policy.Document(policy.Pull(repository)...),
	}, pulumi.Parent(p))
	if err != nil {
		return fmt.Errorf("allowing the tasks to pull images: %w", err)
	}
	return nil
}

// lifecyclePolicy is a lifecycle policy of ECR ("Lifecycle policy properties", Amazon ECR User Guide).
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

// untaggedExpire is the lifecycle policy that deletes untagged images. It keeps all tagged images; the tag is the
// commit. An image with attestations has no tag, because the tag belongs to its index, but ECR never deletes an image
// before the index that refers to it ("Automate the cleanup of images by using lifecycle policies", Amazon ECR User
// Guide).
var untaggedExpire = lifecyclePolicy{Rules: []lifecycleRule{{
	RulePriority: 1,
	Description:  "Untagged images expire; every tagged version is kept",
	Selection:    lifecycleSelection{TagStatus: "untagged", CountType: "sinceImagePushed", CountUnit: "days", CountNumber: 14},
	Action:       lifecycleAction{Type: "expire"},
}}}

var (
	pushActions = []string{
		"ecr:CompleteLayerUpload", "ecr:DescribeImages", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
	}
	imageActions = slices.Concat(policy.PullActions, pushActions) // of an image build
)
