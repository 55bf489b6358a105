package environment_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
	"fargate-cd/internal/enginetest"
)

// Only Elastic Load Balancing can write access logs, and only for load balancers of the account. A load balancer is
// created after the bucket policy.
func TestAccessLogs(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, program(environment.Args{ForceDestroy: true, LogRetentionDays: 7}))
	require.Equal(t, object{"forceDestroy": true}, r.One(t, "s3.BucketV2", "test-access-logs").Inputs)
	const bucket = "arn:aws:s3:eu-central-1:111122223333:bucketv2/test-access-logs"
	require.Equal(t, []string{
		"Deny * s3:* on " + bucket + " " + bucket + "/* if Bool aws:SecureTransport false",
		"Allow map[Service:logdelivery.elasticloadbalancing.amazonaws.com] s3:PutObject on " + bucket + "/*/AWSLogs/111122223333/*",
	}, r.One(t, "s3.BucketPolicy", "test-access-logs").Policy(t, "policy"))
	require.Equal(t, list{object{
		"bucketKeyEnabled": false, "applyServerSideEncryptionByDefault": object{"sseAlgorithm": "AES256"}, // AWS supports no other
	}}, r.One(t, "s3.BucketServerSideEncryptionConfigurationV2", "test-access-logs").Inputs["rules"])
	expiry := r.One(t, "s3.BucketLifecycleConfigurationV2", "test-access-logs").Inputs["rules"].(list)[0].(object)
	require.Equal(t, object{"days": 7.0}, expiry["expiration"])
	require.True(t, r.One(t, "lb.LoadBalancer", "test-alb").Needs(r.One(t, "s3.BucketPolicy", "test-access-logs")))

	require.False(t, r.One(t, "s3.BucketV2", "test-access-logs").Protect)

	kept := &enginetest.Engine{}
	kept.MustRun(t, program(environment.Args{}))
	require.True(t, kept.One(t, "s3.BucketV2", "test-access-logs").Protect, "Amazon S3 would refuse to delete it only at the end")

	off := &enginetest.Engine{}
	off.MustRun(t, program(environment.Args{Spec: environment.Spec{AccessLogs: pulumi.BoolRef(false)}}))
	require.Empty(t, off.All("s3.BucketV2"))
	require.NotContains(t, off.One(t, "lb.LoadBalancer", "test-alb").Inputs, "accessLogs")
}
