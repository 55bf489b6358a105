package environment

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/policy"
	"fargate-cd/internal/s3bucket"
)

// accessLogs holds the bucket of the access logs, and the bucket settings that must exist before a load balancer can
// write to it.
type accessLogs struct {
	bucket   *s3.BucketV2
	settings []pulumi.Resource
}

// newAccessLogs creates the bucket for the access logs of the load balancers, unless access logs are turned off. AWS
// supports only encryption with keys that Amazon S3 manages ("Enable access logs for your Application Load Balancer",
// User Guide for Application Load Balancers).
//
// Pulumi protects the bucket unless ForceDestroy is set. Amazon S3 refuses to delete a bucket with logs, but only at the
// end of an update that turns the logs off, and it would do so in every update that follows.
func (e *Environment) newAccessLogs(ctx *pulumi.Context, name string, args *Args) error {
	if !*e.spec.AccessLogs {
		return nil
	}
	name += "-access-logs"
	bucket, err := s3.NewBucketV2(ctx, name, &s3.BucketV2Args{ForceDestroy: pulumi.Bool(args.ForceDestroy)},
		pulumi.Parent(e), pulumi.Protect(!args.ForceDestroy))
	if err != nil {
		return fmt.Errorf("creating the bucket of the access logs: %w", err)
	}
	settings, err := s3bucket.Secure(ctx, name, bucket, nil, e, policy.Statement{
		Sid:        "AccessLogs",
		Principals: policy.Principals{"Service": pulumi.String("logdelivery.elasticloadbalancing.amazonaws.com")},
		Actions:    []string{"s3:PutObject"},
		Resources:  pulumi.StringArray{pulumi.Sprintf("%s/*/AWSLogs/%s/*", bucket.Arn, e.Account.ID)},
	})
	if err != nil {
		return err
	}
	_, err = s3.NewBucketLifecycleConfigurationV2(ctx, name, &s3.BucketLifecycleConfigurationV2Args{
		Bucket: bucket.Bucket,
		Rules: s3.BucketLifecycleConfigurationV2RuleArray{s3.BucketLifecycleConfigurationV2RuleArgs{
			Id: pulumi.String("logs"), Status: pulumi.String("Enabled"),
			Filter:     s3.BucketLifecycleConfigurationV2RuleFilterArgs{Prefix: pulumi.String("")},
			Expiration: s3.BucketLifecycleConfigurationV2RuleExpirationArgs{Days: pulumi.Int(args.LogRetentionDays)},
			NoncurrentVersionExpiration: s3.BucketLifecycleConfigurationV2RuleNoncurrentVersionExpirationArgs{
				NoncurrentDays: pulumi.Int(1),
			},
			AbortIncompleteMultipartUpload: s3.BucketLifecycleConfigurationV2RuleAbortIncompleteMultipartUploadArgs{
				DaysAfterInitiation: pulumi.Int(7),
			},
		}},
	}, s3bucket.SettingOptions(bucket, e), pulumi.DependsOn(settings)) // a rule for noncurrent versions has no effect without versioning
	if err != nil {
		return fmt.Errorf("setting the lifecycle of the access logs: %w", err)
	}
	e.accessLogs = &accessLogs{bucket: bucket, settings: settings}
	return nil
}

// of returns the access log settings of a load balancer. The label is the prefix of its logs in the bucket.
func (a *accessLogs) of(label string) lb.LoadBalancerAccessLogsPtrInput {
	return lb.LoadBalancerAccessLogsArgs{Bucket: a.bucket.Bucket, Prefix: pulumi.String(label), Enabled: pulumi.Bool(true)}
}
