//go:build acceptance

package readback

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"fargate-cd/acceptance/internal/lab"
)

// bucketPolicies returns the bucket policies. Each of them denies plain HTTP. The policy of
// the access logs allows the load balancers to write logs. The policy of a bucket of
// releases denies uploads outside of the folder of the stack that releases into the bucket.
func (s System) bucketPolicies() []string {
	var lines []string
	onlyTLS := func(bucket string) {
		for _, resource := range []string{bucket, bucket + "/*"} {
			lines = append(lines, fmt.Sprintf("%s: Deny s3:* to * on arn:aws:s3:::%s when aws:SecureTransport Bool false", bucket, resource))
		}
	}
	onlyTLS("STACK-access-logs")
	lines = append(lines, "STACK-access-logs: Allow s3:PutObject to logdelivery.elasticloadbalancing.amazonaws.com "+
		"on arn:aws:s3:::STACK-access-logs/*/AWSLogs/ACCOUNT/*")
	for _, each := range s.Services {
		onlyTLS(each.Name + "-artifacts")
		if from := each.Source.Stack; from != "" {
			bucket := each.releases(ownStack)
			onlyTLS(bucket)
			lines = append(lines, fmt.Sprintf("%s: Deny s3:PutObject to * on everything but arn:aws:s3:::%s/%s/*", bucket, bucket, from))
		}
	}
	return lines
}

func seenBucketPolicies(t *testing.T, d *lab.Stack, _ *lab.Book) []string {
	var lines []string
	for _, bucket := range lab.Buckets(t, d) {
		document := lab.Ask(t, d.S3.GetBucketPolicy, &s3.GetBucketPolicyInput{Bucket: &bucket}).Policy
		for _, s := range statements(t, aws.ToString(document)) {
			begin := fmt.Sprintf("%s: %s %s to %s on ", bucket, s.Effect, strings.Join(list(s.Action), " "),
				strings.Join(slices.Sorted(maps.Keys(s.principals())), " "))
			for _, resource := range list(s.Resource) {
				lines = append(lines, begin+resource+s.when())
			}
			if others := list(s.NotResource); others != nil {
				lines = append(lines, begin+"everything but "+strings.Join(others, " ")+s.when())
			}
		}
	}
	return lines
}
