//go:build acceptance

package readback

import (
	"cmp"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/codecommit"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
)

// stores returns the resources that hold data: images, releases, artifacts with their key,
// source code, and logs. A release names an image in the repository of another stack. All
// versions of a release are kept.
func (s System) stores() []string {
	lines := []string{
		"bucket STACK-access-logs: versions Enabled, encrypted by AES256, public access blocked",
		fmt.Sprintf("bucket STACK-access-logs: everything expires after %d days", s.LogDays),
		"bucket STACK-access-logs: old versions of everything expire after 1 days",
		"key for artifacts: rotated true",
	}
	if s.FlowLogs {
		lines = append(lines, fmt.Sprintf("log STACK-flow-logs: %d days", s.LogDays))
	}
	if s.WAF {
		for _, name := range s.Balancers() {
			lines = append(lines, fmt.Sprintf("log aws-waf-logs-fargate-cd-STACK-%s: %d days", name, s.LogDays))
		}
	}
	for _, each := range s.Services {
		if each.Source.Stack != "" {
			lines = append(lines, fmt.Sprintf("bucket %s: versions Enabled, encrypted by AES256, public access blocked", each.releases(ownStack)))
		} else {
			lines = append(lines,
				fmt.Sprintf("images %s: tags IMMUTABLE, scanned on push true", each.Name),
				fmt.Sprintf("images %s: untagged images expire", each.Name),
				fmt.Sprintf("log %s-image: %d days", each.Name, s.LogDays),
			)
		}
		lines = append(lines,
			fmt.Sprintf("bucket %s-artifacts: versions Enabled, encrypted by aws:kms with key for artifacts, public access blocked", each.Name),
			fmt.Sprintf("bucket %s-artifacts: %s- expires after 90 days", each.Name, each.Name),
			fmt.Sprintf("bucket %s-artifacts: old versions of cache/ expire after 1 days", each.Name),
			fmt.Sprintf("bucket %s-artifacts: old versions of everything expire after 90 days", each.Name),
			fmt.Sprintf("log %s-logs: %d days", each.Name, s.LogDays),
		)
		if each.Build.Layers {
			lines = append(lines,
				fmt.Sprintf("images %s-layers: tags MUTABLE, scanned on push false", each.Name),
				fmt.Sprintf("images %s-layers: untagged images expire", each.Name),
			)
		}
		if each.Build.Packages {
			lines = append(lines, fmt.Sprintf("log %s-package: %d days", each.Name, s.LogDays))
		}
		for _, test := range each.Build.Tests {
			lines = append(lines, fmt.Sprintf("log %s-test-%s: %d days", each.Name, test.Name, s.LogDays))
		}
		if each.BlueGreen != nil {
			lines = append(lines, fmt.Sprintf("log %s-select: %d days", each.Name, s.LogDays))
		}
		if each.Source.CodeCommit != "" {
			lines = append(lines, "code "+each.Source.CodeCommit)
		}
	}
	if len(s.Routes) > 0 {
		lines = append(lines, fmt.Sprintf("log /aws/vendedlogs/apigateway/fargate-cd-STACK: %d days", s.LogDays))
	}
	return lines
}

func seenStores(t *testing.T, d *lab.Stack, _ *lab.Book) []string {
	var lines []string
	for _, repository := range lab.Ask(t, d.ECR.DescribeRepositories, &ecr.DescribeRepositoriesInput{}).Repositories {
		begin := "images " + aws.ToString(repository.RepositoryName) + ": "
		lines = append(lines, fmt.Sprintf("%stags %s, scanned on push %t", begin, repository.ImageTagMutability, repository.ImageScanningConfiguration.ScanOnPush))
		policy := lab.Ask(t, d.ECR.GetLifecyclePolicy, &ecr.GetLifecyclePolicyInput{RepositoryName: repository.RepositoryName}).LifecyclePolicyText
		if strings.Contains(*policy, `"tagStatus":"untagged"`) && !strings.Contains(*policy, `"tagged"`) && !strings.Contains(*policy, `"any"`) {
			lines = append(lines, begin+"untagged images expire")
		}
	}
	for _, bucket := range lab.Buckets(t, d) {
		lines = append(lines, seenBucket(t, d, bucket))
		lines = append(lines, seenLifecycle(t, d, bucket)...)
	}
	for _, key := range lab.Keys(t, d) {
		if key.Encrypts == lab.Notifications { // seenNotifications returns this key
			continue
		}
		rotation := lab.Ask(t, d.KMS.GetKeyRotationStatus, &kms.GetKeyRotationStatusInput{KeyId: &key.ARN})
		lines = append(lines, fmt.Sprintf("key for %s: rotated %t", key.Encrypts, rotation.KeyRotationEnabled))
	}
	for _, group := range lab.Ask(t, d.Logs.DescribeLogGroups, &cloudwatchlogs.DescribeLogGroupsInput{}).LogGroups {
		lines = append(lines, fmt.Sprintf("log %s: %d days", aws.ToString(group.LogGroupName), aws.ToInt32(group.RetentionInDays)))
	}
	for _, name := range d.CodeCommitRepositories() {
		repository := lab.Ask(t, d.CodeCommit.GetRepository, &codecommit.GetRepositoryInput{RepositoryName: &name})
		lines = append(lines, "code "+aws.ToString(repository.RepositoryMetadata.RepositoryName))
	}
	return lines
}

func seenBucket(t *testing.T, d *lab.Stack, bucket string) string {
	versions := lab.Ask(t, d.S3.GetBucketVersioning, &s3.GetBucketVersioningInput{Bucket: &bucket})
	encryption := lab.Ask(t, d.S3.GetBucketEncryption, &s3.GetBucketEncryptionInput{Bucket: &bucket}).ServerSideEncryptionConfiguration
	require.Len(t, encryption.Rules, 1, "encryption rules of bucket %s", bucket)
	rule := encryption.Rules[0].ApplyServerSideEncryptionByDefault
	line := fmt.Sprintf("bucket %s: versions %s, encrypted by %s", bucket, versions.Status, rule.SSEAlgorithm)
	if rule.KMSMasterKeyID != nil {
		line += " with " + *rule.KMSMasterKeyID
	}
	block := lab.Ask(t, d.S3.GetPublicAccessBlock, &s3.GetPublicAccessBlockInput{Bucket: &bucket}).PublicAccessBlockConfiguration
	if aws.ToBool(block.BlockPublicAcls) && aws.ToBool(block.BlockPublicPolicy) && aws.ToBool(block.IgnorePublicAcls) && aws.ToBool(block.RestrictPublicBuckets) {
		line += ", public access blocked"
	}
	return line
}

// seenLifecycle returns the lifecycle rules of a bucket. The prefix of artifacts is the
// service's name and a hyphen: the names of the folders of its pipelines begin with it.
func seenLifecycle(t *testing.T, d *lab.Stack, bucket string) []string {
	var lines []string
	answer, err := d.S3.GetBucketLifecycleConfiguration(t.Context(), &s3.GetBucketLifecycleConfigurationInput{Bucket: &bucket})
	if err != nil && strings.Contains(err.Error(), "NoSuchLifecycleConfiguration") { // the SDK has no type for this error
		return nil
	}
	require.NoError(t, err)
	for _, rule := range answer.Rules {
		prefix := cmp.Or(aws.ToString(rule.Filter.Prefix), "everything")
		if rule.Expiration != nil {
			lines = append(lines, fmt.Sprintf("bucket %s: %s expires after %d days", bucket, prefix, aws.ToInt32(rule.Expiration.Days)))
		}
		if old := rule.NoncurrentVersionExpiration; old != nil {
			lines = append(lines, fmt.Sprintf("bucket %s: old versions of %s expire after %d days", bucket, prefix, aws.ToInt32(old.NoncurrentDays)))
		}
	}
	return lines
}
