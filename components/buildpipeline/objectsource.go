package buildpipeline

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codepipeline"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/policy"
	"fargate-cd/internal/s3bucket"
)

// objectSource is an S3 object whose uploads start the pipeline. The bucket keeps every version of the object.
type objectSource struct {
	bucket *s3.BucketV2
	key    string
	// settings are the resources that must exist before the pipeline reads the bucket.
	settings []pulumi.Resource
}

// newObjectSource creates the bucket. statements returns the statements to add to its policy.
func newObjectSource(
	ctx *pulumi.Context, name string, args *s3.BucketV2Args, key string, parent pulumi.Resource,
	statements func(*objectSource) []policy.Statement,
) (*objectSource, error) {
	bucket, err := s3.NewBucketV2(ctx, name, args, pulumi.Parent(parent))
	if err != nil {
		return nil, fmt.Errorf("creating bucket %s: %w", name, err)
	}
	source := &objectSource{bucket: bucket, key: key}
	if source.settings, err = s3bucket.Secure(ctx, name, bucket, nil, parent, statements(source)...); err != nil {
		return nil, err
	}
	notification, err := s3bucket.SendEvents(ctx, name, bucket, parent)
	if err != nil {
		return nil, err
	}
	source.settings = append(source.settings, notification)
	return source, source.expireIncompleteUploads(ctx, name, parent)
}

// expireIncompleteUploads creates the lifecycle rule that deletes the parts of incomplete uploads. Every version of the object is
// kept.
func (s *objectSource) expireIncompleteUploads(ctx *pulumi.Context, name string, parent pulumi.Resource) error {
	_, err := s3.NewBucketLifecycleConfigurationV2(ctx, name, &s3.BucketLifecycleConfigurationV2Args{
		Bucket: s.bucket.Bucket,
		Rules: s3.BucketLifecycleConfigurationV2RuleArray{s3.BucketLifecycleConfigurationV2RuleArgs{
			Id: pulumi.String("uploads"), Status: pulumi.String("Enabled"),
			Filter: s3.BucketLifecycleConfigurationV2RuleFilterArgs{Prefix: pulumi.String("")},
			AbortIncompleteMultipartUpload: s3.BucketLifecycleConfigurationV2RuleAbortIncompleteMultipartUploadArgs{
				DaysAfterInitiation: pulumi.Int(7),
			},
		}},
	}, s3bucket.SettingOptions(s.bucket, parent))
	if err != nil {
		return fmt.Errorf("setting the lifecycle of bucket %s: %w", name, err)
	}
	return nil
}

// location returns the S3 URL of the object.
func (s *objectSource) location() pulumi.StringOutput {
	return pulumi.Sprintf("s3://%s/%s", s.bucket.Bucket, s.key)
}

// access returns the permissions of the pipeline's role on the bucket ("Amazon S3 source action reference",
// CodePipeline User Guide). what is the prefix of the statement IDs.
func (s *objectSource) access(what string) []policy.Statement {
	return []policy.Statement{
		// With s3:ListBucket, S3 answers that the object does not exist yet, instead of denying access ("GetObject",
		// Amazon S3 API Reference).
		{Sid: what + "Bucket", Resources: pulumi.StringArray{s.bucket.Arn},
			Actions: []string{"s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning", "s3:ListBucket"}},
		{Sid: what + "s", Resources: pulumi.StringArray{pulumi.Sprintf("%s/%s", s.bucket.Arn, s.key)},
			Actions: []string{"s3:GetObject", "s3:GetObjectVersion"}},
		// The action copies the tags of the object to the artifact.
		{Sid: what + "Tags", Resources: pulumi.StringArray{pulumi.Sprintf("%s/%s", s.bucket.Arn, s.key)},
			Actions: []string{"s3:GetObjectTagging", "s3:GetObjectVersionTagging"}},
	}
}

// action returns the source action. #{Source.VersionId} is the version of the object.
func (s *objectSource) action() codepipeline.PipelineStageActionArgs {
	out := action("Source", "S3", sourceAction, pulumi.StringMap{
		"S3Bucket":             s.bucket.Bucket,
		"S3ObjectKey":          pulumi.String(s.key),
		"PollForSourceChanges": pulumi.String("false"), // an event starts the pipeline
	}, nil, []string{sourceAction})
	out.Namespace = pulumi.String(sourceAction)
	return out
}
