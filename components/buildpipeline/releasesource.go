package buildpipeline

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codepipeline"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/policy"
	"fargate-cd/internal/s3bucket"
)

// releaseSource is the bucket that receives the releases of another stack, one object for
// each stack, with every version of it.
type releaseSource struct {
	bucket *s3.BucketV2
	key    string
	// settings are the resources that must exist before the pipeline reads the bucket.
	settings []pulumi.Resource
}

// receivesReleases reports whether the pipeline deploys the releases of another stack.
func (p *BuildPipeline) receivesReleases() bool { return p.args.Source.Provider == SourceRelease }

// newReleaseSource creates the bucket, and lets the service's tasks pull the images.
func (p *BuildPipeline) newReleaseSource(ctx *pulumi.Context) error {
	if !p.receivesReleases() {
		return nil
	}
	source, name := p.args.Source, p.name+"-releases"
	bucket, err := s3.NewBucketV2(ctx, name, &s3.BucketV2Args{
		Bucket:       p.releaseBucket(ctx, ctx.Stack(), p.account.ID),
		ForceDestroy: pulumi.Bool(p.args.ForceDestroy),
	}, pulumi.Parent(p))
	if err != nil {
		return fmt.Errorf("creating the bucket of releases: %w", err)
	}
	p.releases = &releaseSource{bucket: bucket, key: releaseKey(source.Stack)}
	p.releases.settings, err = s3bucket.Secure(ctx, name, bucket, nil, p, p.releases.statements(p)...)
	if err != nil {
		return err
	}
	notification, err := s3bucket.SendEvents(ctx, name, bucket, p)
	if err != nil {
		return err
	}
	p.releases.settings = append(p.releases.settings, notification)
	if err := p.releases.endUploads(ctx, name, p); err != nil {
		return err
	}
	p.ReleaseLocation = pulumi.Sprintf("s3://%s/%s", bucket.Bucket, p.releases.key)
	return p.allowPull(ctx, pulumi.Sprintf("arn:%s:ecr:%s:%s:repository/%s%s",
		p.account.Partition, p.account.Region, p.orOwn(source.AccountID), p.name, autonamed))
}

// endUploads deletes the parts of uploads that were never completed. Every release is kept.
func (r *releaseSource) endUploads(ctx *pulumi.Context, name string, parent pulumi.Resource) error {
	_, err := s3.NewBucketLifecycleConfigurationV2(ctx, name, &s3.BucketLifecycleConfigurationV2Args{
		Bucket: r.bucket.Bucket,
		Rules: s3.BucketLifecycleConfigurationV2RuleArray{s3.BucketLifecycleConfigurationV2RuleArgs{
			Id: pulumi.String("uploads"), Status: pulumi.String("Enabled"),
			Filter: s3.BucketLifecycleConfigurationV2RuleFilterArgs{Prefix: pulumi.String("")},
			AbortIncompleteMultipartUpload: s3.BucketLifecycleConfigurationV2RuleAbortIncompleteMultipartUploadArgs{
				DaysAfterInitiation: pulumi.Int(7),
			},
		}},
	}, s3bucket.SettingOptions(r.bucket, parent))
	if err != nil {
		return fmt.Errorf("setting the lifecycle of releases: %w", err)
	}
	return nil
}

// objects returns the ARN of everything that the other stack uploads.
func (r *releaseSource) objects(p *BuildPipeline) pulumi.StringOutput {
	return pulumi.Sprintf("%s/%s/*", r.bucket.Arn, p.args.Source.Stack)
}

// object returns the ARN of the releases.
func (r *releaseSource) object() pulumi.StringOutput {
	return pulumi.Sprintf("%s/%s", r.bucket.Arn, r.key)
}

// statements returns what the policy of the bucket adds to that of s3bucket.Secure: only one stack
// releases into the service, and its pipeline may be in another account.
func (r *releaseSource) statements(p *BuildPipeline) []policy.Statement {
	out := []policy.Statement{{
		Sid: "OneStackReleases", Deny: true, Actions: []string{"s3:PutObject"},
		Principals:   policy.Principals{"AWS": pulumi.String("*")},
		NotResources: pulumi.StringArray{r.objects(p)},
	}}
	if account := p.args.Source.AccountID; account != "" {
		out = append(out, policy.Statement{
			Sid: "Release", Actions: []string{"s3:PutObject"}, Resources: pulumi.StringArray{r.objects(p)},
			Principals: policy.Principals{"AWS": p.root(account)},
			Conditions: []policy.Condition{p.roleOf(account, "pipeline")},
		})
	}
	return out
}

// access returns the permissions of the pipeline's role on the bucket ("Amazon S3 source
// action reference", CodePipeline User Guide).
func (r *releaseSource) access() []policy.Statement {
	return []policy.Statement{
		// s3:ListBucket makes S3 say that there is no release yet, instead of denying access ("GetObject", Amazon S3 API Reference).
		{Sid: "ReleaseBucket", Resources: pulumi.StringArray{r.bucket.Arn},
			Actions: []string{"s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning", "s3:ListBucket"}},
		{Sid: "Releases", Resources: pulumi.StringArray{r.object()}, Actions: []string{"s3:GetObject", "s3:GetObjectVersion"}},
	}
}

// action returns the source action. #{Source.VersionId} is the version of the release.
func (r *releaseSource) action() codepipeline.PipelineStageActionArgs {
	out := action("Source", "S3", sourceAction, pulumi.StringMap{
		"S3Bucket":             r.bucket.Bucket,
		"S3ObjectKey":          pulumi.String(r.key),
		"PollForSourceChanges": pulumi.String("false"), // an event starts the pipeline
	}, nil, []string{sourceAction})
	out.Namespace = pulumi.String(sourceAction)
	return out
}
