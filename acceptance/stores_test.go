//go:build acceptance

package acceptance

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
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"
)

// stores are what holds data: images, artifacts with their keys, source code, logs.
func (s system) stores() []string {
	var lines []string
	for _, each := range s.services {
		lines = append(lines,
			fmt.Sprintf("images %s: tags IMMUTABLE, scanned on push true", each.name),
			fmt.Sprintf("images %s: what is untagged expires", each.name),
			fmt.Sprintf("bucket %s-artifacts: versions Enabled, encrypted by aws:kms with key for %s, public access blocked", each.name, each.name),
			fmt.Sprintf("bucket %s-artifacts: %s- expires after 90 days", each.name, each.name),
			fmt.Sprintf("bucket %s-artifacts: old versions of cache/ expire after 1 days", each.name),
			fmt.Sprintf("bucket %s-artifacts: old versions of everything expire after 90 days", each.name),
			fmt.Sprintf("key for %s: rotated true", each.name),
			fmt.Sprintf("log %s-logs: %d days", each.name, s.logDays),
			fmt.Sprintf("log %s-image: %d days", each.name, s.logDays),
		)
		if each.build.packages {
			lines = append(lines, fmt.Sprintf("log %s-package: %d days", each.name, s.logDays))
		}
		if each.blueGreen != nil {
			lines = append(lines, fmt.Sprintf("log %s-select: %d days", each.name, s.logDays))
		}
		if each.source.codeCommit != "" {
			lines = append(lines, "code "+each.source.codeCommit)
		}
	}
	if len(s.routes) > 0 {
		lines = append(lines, fmt.Sprintf("log /aws/vendedlogs/apigateway/fargate-cd-STACK: %d days", s.logDays))
	}
	return lines
}

func seenStores(t *testing.T, d *deployed, _ *book) []string {
	var lines []string
	for _, repository := range ask(t, d.ecr.DescribeRepositories, &ecr.DescribeRepositoriesInput{}).Repositories {
		begin := "images " + aws.ToString(repository.RepositoryName) + ": "
		lines = append(lines, fmt.Sprintf("%stags %s, scanned on push %t", begin, repository.ImageTagMutability, repository.ImageScanningConfiguration.ScanOnPush))
		policy := ask(t, d.ecr.GetLifecyclePolicy, &ecr.GetLifecyclePolicyInput{RepositoryName: repository.RepositoryName}).LifecyclePolicyText
		if strings.Contains(*policy, `"tagStatus":"untagged"`) && !strings.Contains(*policy, `"tagged"`) && !strings.Contains(*policy, `"any"`) {
			lines = append(lines, begin+"what is untagged expires")
		}
	}
	for _, bucket := range buckets(t, d) {
		lines = append(lines, seenBucket(t, d, bucket))
		lines = append(lines, seenLifecycle(t, d, bucket)...)
	}
	for _, key := range keys(t, d) {
		rotation := ask(t, d.kms.GetKeyRotationStatus, &kms.GetKeyRotationStatusInput{KeyId: &key.arn})
		lines = append(lines, fmt.Sprintf("key for %s: rotated %t", key.description, rotation.KeyRotationEnabled))
	}
	for _, group := range ask(t, d.logs.DescribeLogGroups, &cloudwatchlogs.DescribeLogGroupsInput{}).LogGroups {
		lines = append(lines, fmt.Sprintf("log %s: %d days", aws.ToString(group.LogGroupName), aws.ToInt32(group.RetentionInDays)))
	}
	for _, name := range d.codeCommit() {
		repository := ask(t, d.codecommit.GetRepository, &codecommit.GetRepositoryInput{RepositoryName: &name})
		lines = append(lines, "code "+aws.ToString(repository.RepositoryMetadata.RepositoryName))
	}
	return lines
}

func seenBucket(t *testing.T, d *deployed, bucket string) string {
	versions := ask(t, d.s3.GetBucketVersioning, &s3.GetBucketVersioningInput{Bucket: &bucket})
	encryption := ask(t, d.s3.GetBucketEncryption, &s3.GetBucketEncryptionInput{Bucket: &bucket}).ServerSideEncryptionConfiguration
	require.Len(t, encryption.Rules, 1, "encryption rules of bucket %s", bucket)
	rule := encryption.Rules[0].ApplyServerSideEncryptionByDefault
	line := fmt.Sprintf("bucket %s: versions %s, encrypted by %s with %s", bucket, versions.Status, rule.SSEAlgorithm, aws.ToString(rule.KMSMasterKeyID))
	block := ask(t, d.s3.GetPublicAccessBlock, &s3.GetPublicAccessBlockInput{Bucket: &bucket}).PublicAccessBlockConfiguration
	if aws.ToBool(block.BlockPublicAcls) && aws.ToBool(block.BlockPublicPolicy) && aws.ToBool(block.IgnorePublicAcls) && aws.ToBool(block.RestrictPublicBuckets) {
		line += ", public access blocked"
	}
	return line
}

// seenLifecycle tells what of a bucket expires. A prefix of artifacts ends in a
// hyphen, as the folder of every pipeline of the service begins with it.
func seenLifecycle(t *testing.T, d *deployed, bucket string) []string {
	var lines []string
	for _, rule := range ask(t, d.s3.GetBucketLifecycleConfiguration, &s3.GetBucketLifecycleConfigurationInput{Bucket: &bucket}).Rules {
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

// buckets are the stack's, by their tag: ListBuckets tells those of all regions.
func buckets(t *testing.T, d *deployed) []string {
	t.Helper()
	var names []string
	for _, bucket := range ask(t, d.s3.ListBuckets, &s3.ListBucketsInput{}).Buckets {
		tags, err := d.s3.GetBucketTagging(t.Context(), &s3.GetBucketTaggingInput{Bucket: bucket.Name})
		if err != nil {
			continue // another case's, without tags yet or deleted meanwhile
		}
		for _, tag := range tags.TagSet {
			if *tag.Key == stackTag && *tag.Value == d.name {
				names = append(names, *bucket.Name)
			}
		}
	}
	return names
}

// key is a KMS key that is in use.
type key struct{ arn, description string }

// keys are those of the case's region, without AWS's own and those that wait for their deletion.
func keys(t *testing.T, d *deployed) []key {
	t.Helper()
	var found []key
	for _, each := range ask(t, d.kms.ListKeys, &kms.ListKeysInput{}).Keys {
		about := ask(t, d.kms.DescribeKey, &kms.DescribeKeyInput{KeyId: each.KeyId}).KeyMetadata
		if about.KeyState == kmstypes.KeyStateEnabled && aws.ToString(about.Description) != awsKey {
			purpose := strings.TrimPrefix(aws.ToString(about.Description), "Pipeline artifacts of ")
			found = append(found, key{aws.ToString(about.Arn), purpose})
		}
	}
	return found
}
