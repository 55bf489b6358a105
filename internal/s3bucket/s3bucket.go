// Package s3bucket secures Amazon S3 buckets.
package s3bucket

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/policy"
)

// Secure configures a bucket as the AWS Foundational Security Best Practices require (S3.1,
// .2, .3, .5, .6, .8, .12, .17), and returns the resources of the settings. If keyArn is
// nil, Amazon S3 encrypts the objects with keys that it manages. Secure adds the given
// statements to the bucket policy.
func Secure(
	ctx *pulumi.Context, name string, bucket *s3.BucketV2, keyArn pulumi.StringInput, parent pulumi.Resource, statements ...policy.Statement,
) ([]pulumi.Resource, error) {
	child := SettingOptions(bucket, parent)
	block, err := s3.NewBucketPublicAccessBlock(ctx, name, &s3.BucketPublicAccessBlockArgs{
		Bucket:          bucket.Bucket,
		BlockPublicAcls: pulumi.Bool(true), BlockPublicPolicy: pulumi.Bool(true),
		IgnorePublicAcls: pulumi.Bool(true), RestrictPublicBuckets: pulumi.Bool(true),
	}, child)
	if err != nil {
		return nil, fmt.Errorf("blocking public access to bucket %s: %w", name, err)
	}
	ownership, err := s3.NewBucketOwnershipControls(ctx, name, &s3.BucketOwnershipControlsArgs{
		Bucket: bucket.Bucket,
		Rule:   s3.BucketOwnershipControlsRuleArgs{ObjectOwnership: pulumi.String("BucketOwnerEnforced")},
	}, child)
	if err != nil {
		return nil, fmt.Errorf("setting the object ownership of bucket %s: %w", name, err)
	}
	versioning, err := s3.NewBucketVersioningV2(ctx, name, &s3.BucketVersioningV2Args{
		Bucket:                  bucket.Bucket,
		VersioningConfiguration: s3.BucketVersioningV2VersioningConfigurationArgs{Status: pulumi.String("Enabled")},
	}, child)
	if err != nil {
		return nil, fmt.Errorf("setting the versioning of bucket %s: %w", name, err)
	}
	rule := s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{SseAlgorithm: pulumi.String("AES256")}
	if keyArn != nil {
		rule.SseAlgorithm, rule.KmsMasterKeyId = pulumi.String("aws:kms"), keyArn.ToStringOutput()
	}
	encryption, err := s3.NewBucketServerSideEncryptionConfigurationV2(ctx, name, &s3.BucketServerSideEncryptionConfigurationV2Args{
		Bucket: bucket.Bucket,
		Rules: s3.BucketServerSideEncryptionConfigurationV2RuleArray{s3.BucketServerSideEncryptionConfigurationV2RuleArgs{
			BucketKeyEnabled: pulumi.Bool(keyArn != nil), ApplyServerSideEncryptionByDefault: rule,
		}},
	}, child)
	if err != nil {
		return nil, fmt.Errorf("setting the encryption of bucket %s: %w", name, err)
	}
	statements = append([]policy.Statement{policy.OnlyTLS("s3:*", bucket.Arn, pulumi.Sprintf("%s/*", bucket.Arn))}, statements...)
	policy, err := s3.NewBucketPolicy(ctx, name, &s3.BucketPolicyArgs{
		Bucket: bucket.Bucket, Policy: policy.Document(statements...),
	}, child, pulumi.DependsOn([]pulumi.Resource{block})) // S3 refuses concurrent changes of a bucket's access
	if err != nil {
		return nil, fmt.Errorf("setting the policy of bucket %s: %w", name, err)
	}
	return []pulumi.Resource{block, ownership, versioning, encryption, policy}, nil
}

// SendEvents makes a bucket send its events to EventBridge. Amazon S3 needs around five minutes to apply it ("Enabling
// Amazon EventBridge", Amazon S3 User Guide).
func SendEvents(ctx *pulumi.Context, name string, bucket *s3.BucketV2, parent pulumi.Resource) (pulumi.Resource, error) {
	notification, err := s3.NewBucketNotification(ctx, name, &s3.BucketNotificationArgs{
		Bucket: bucket.Bucket, Eventbridge: pulumi.Bool(true),
	}, SettingOptions(bucket, parent))
	if err != nil {
		return nil, fmt.Errorf("sending events of bucket %s to EventBridge: %w", name, err)
	}
	return notification, nil
}

// SettingOptions returns the resource options of a bucket's setting. Pulumi deletes a
// setting only with the bucket, so that a bucket that S3 refuses to delete stays secure.
func SettingOptions(bucket *s3.BucketV2, parent pulumi.Resource) pulumi.ResourceOption {
	return pulumi.Composite(pulumi.Parent(parent), pulumi.DeletedWith(bucket))
}
