//go:build acceptance

package lab

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	codebuildtypes "github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/stretchr/testify/require"
)

// Account is the emulator's account.
const Account = "123456789012"

// stackTag is the key of the tag that holds the name of a resource's stack.
const stackTag = "pulumi:stack"

// suffix matches the suffix that Pulumi adds to a name to make it unique.
var suffix = regexp.MustCompile(`-[0-9a-f]{7}\b`)

// WithoutSuffix removes the suffixes that Pulumi adds to names from a text.
func WithoutSuffix(text string) string { return suffix.ReplaceAllString(text, "") }

// environment returns the name of the stack that has the cluster and the load balancers.
func (d *Stack) environment() string {
	if d.host != nil {
		return d.host.Name
	}
	return d.Name
}

// Cluster returns the name of the cluster of the stack's services.
func (d *Stack) Cluster() *string { return aws.String("fargate-cd-" + d.environment()) }

// clusters returns the names of the clusters in a region, without deleted ones, which ECS returns for a while.
func clusters(t *testing.T, api *Clients) []string {
	t.Helper()
	arns := Ask(t, api.ECS.ListClusters, &ecs.ListClustersInput{}).ClusterArns
	if len(arns) == 0 {
		return nil
	}
	var found []string
	for _, x := range describeClusters(t, api, arns...) {
		if aws.ToString(x.Status) != "INACTIVE" {
			found = append(found, aws.ToString(x.ClusterName))
		}
	}
	return found
}

// ECSCluster returns the cluster of the stack's services.
func ECSCluster(t *testing.T, d *Stack) ecstypes.Cluster {
	t.Helper()
	found := describeClusters(t, d.Clients, *d.Cluster())
	require.Len(t, found, 1)
	return found[0]
}

func describeClusters(t *testing.T, api *Clients, names ...string) []ecstypes.Cluster {
	t.Helper()
	return Ask(t, api.ECS.DescribeClusters, &ecs.DescribeClustersInput{
		Clusters: names,
		Include: []ecstypes.ClusterField{
			ecstypes.ClusterFieldConfigurations,
			ecstypes.ClusterFieldTags, // otherwise the provider may get none (see lostTags)
		},
	}).Clusters
}

// ECSServices returns the services in the stack's cluster with the given names. Without
// names, it returns all services of the cluster.
func ECSServices(t *testing.T, d *Stack, names ...string) []ecstypes.Service {
	t.Helper()
	if len(names) == 0 {
		names = Ask(t, d.ECS.ListServices, &ecs.ListServicesInput{Cluster: d.Cluster()}).ServiceArns
		require.NotEmpty(t, names, "services of cluster %s", *d.Cluster())
	}
	return Ask(t, d.ECS.DescribeServices, &ecs.DescribeServicesInput{
		Cluster: d.Cluster(), Services: names,
		Include: []ecstypes.ServiceField{ecstypes.ServiceFieldTags}, // otherwise the provider may get none (see lostTags)
	}).Services
}

// TaskDefinition returns the revision that a service runs.
func TaskDefinition(t *testing.T, d *Stack, s ecstypes.Service) *ecstypes.TaskDefinition {
	t.Helper()
	return Ask(t, d.ECS.DescribeTaskDefinition, &ecs.DescribeTaskDefinitionInput{TaskDefinition: s.TaskDefinition}).TaskDefinition
}

// Namespaces returns the names of the namespaces in the stack's region.
func Namespaces(t *testing.T, d *Stack) []string {
	t.Helper()
	var names []string
	for _, each := range Ask(t, d.Discovery.ListNamespaces, &servicediscovery.ListNamespacesInput{}).Namespaces {
		names = append(names, aws.ToString(each.Name))
	}
	return names
}

// Projects returns the CodeBuild projects in the stack's region, sorted by name.
func Projects(t *testing.T, d *Stack) []codebuildtypes.Project {
	t.Helper()
	names := Ask(t, d.CodeBuild.ListProjects, &codebuild.ListProjectsInput{}).Projects
	found := Ask(t, d.CodeBuild.BatchGetProjects, &codebuild.BatchGetProjectsInput{Names: names}).Projects
	slices.SortFunc(found, func(a, b codebuildtypes.Project) int { return strings.Compare(*a.Name, *b.Name) })
	return found
}

// Roles returns the stack's roles, with the text of their policy documents, which IAM returns
// percent-encoded. It finds the roles by their tag, because IAM has no regions.
// One call returns all roles with their tags: separate calls for each role would be most
// of the calls of a case.
func Roles(t *testing.T, d *Stack) []iamtypes.RoleDetail {
	t.Helper()
	var found []iamtypes.RoleDetail
	pages := iam.NewGetAccountAuthorizationDetailsPaginator(d.IAM, &iam.GetAccountAuthorizationDetailsInput{
		Filter: []iamtypes.EntityType{iamtypes.EntityTypeRole},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		for _, role := range page.RoleDetailList {
			for _, tag := range role.Tags {
				if *tag.Key == stackTag && *tag.Value == d.Name {
					decode(t, role.AssumeRolePolicyDocument)
					for _, inline := range role.RolePolicyList {
						decode(t, inline.PolicyDocument)
					}
					found = append(found, role)
				}
			}
		}
	}
	return found
}

// decode replaces a percent-encoded document with its text.
func decode(t *testing.T, document *string) {
	t.Helper()
	text, err := url.PathUnescape(*document)
	require.NoError(t, err)
	*document = text
}

// Buckets returns the names of the stack's buckets. It finds them by their tag, because
// ListBuckets returns the buckets of all regions.
func Buckets(t *testing.T, d *Stack) []string {
	t.Helper()
	var names []string
	for _, bucket := range Ask(t, d.S3.ListBuckets, &s3.ListBucketsInput{}).Buckets {
		tags, err := d.S3.GetBucketTagging(t.Context(), &s3.GetBucketTaggingInput{Bucket: bucket.Name})
		if err != nil {
			continue // a bucket of another case, which has no tags yet or is already deleted
		}
		for _, tag := range tags.TagSet {
			if *tag.Key == stackTag && *tag.Value == d.Name {
				names = append(names, *bucket.Name)
			}
		}
	}
	return names
}

// Key is an enabled KMS key. Encrypts is Artifacts, Notifications, or the description of another key.
type Key struct{ ARN, Encrypts string }

// The values of Key.Encrypts for the keys that every stack may have.
const (
	Artifacts     = "artifacts" // of all pipelines
	Notifications = "notifications"
)

// Keys returns the keys in the stack's region, without AWS's own keys and those that wait for deletion.
func Keys(t *testing.T, d *Stack) []Key {
	t.Helper()
	var found []Key
	for _, each := range Ask(t, d.KMS.ListKeys, &kms.ListKeysInput{}).Keys {
		about := Ask(t, d.KMS.DescribeKey, &kms.DescribeKeyInput{KeyId: each.KeyId}).KeyMetadata
		if about.KeyState == kmstypes.KeyStateEnabled && aws.ToString(about.Description) != awsKey {
			encrypts := aws.ToString(about.Description)
			switch encrypts {
			case "Pipeline artifacts of " + d.Name:
				encrypts = Artifacts
			case "Notifications of " + d.Name:
				encrypts = Notifications
			}
			found = append(found, Key{aws.ToString(about.Arn), encrypts})
		}
	}
	return found
}
