//go:build acceptance

package acceptance

import (
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
)

// TestNetworkWithoutInternet runs the tasks of a stack in private subnets without a NAT
// gateway. VPC endpoints lead to the AWS services that the tasks need. The first image
// comes from a repository that the test has created, and the pushed image from the
// service's repository.
func TestNetworkWithoutInternet(t *testing.T) {
	t.Parallel()
	d := lab.NewStack(t, "Pulumi.test.yaml", map[string]any{"assignPublicIp": false}).Alone()
	base := d.Name + "-base"
	repository := lab.Ask(t, d.ECR.CreateRepository, &ecr.CreateRepositoryInput{RepositoryName: &base}).Repository
	const manifest = `{"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "config": {}, "layers": []}`
	lab.Ask(t, d.ECR.PutImage, &ecr.PutImageInput{RepositoryName: &base, ImageTag: aws.String("1"), ImageManifest: aws.String(manifest)})

	_, err := d.TryUp()
	require.ErrorContains(t, err, "fargate-cd:services[0].image: is missing: an image in a private registry of Amazon ECR")

	d.Services()[0]["image"] = *repository.RepositoryUri + ":1"
	d.Up()
	var endpoints []string
	for _, endpoint := range lab.Ask(t, d.EC2.DescribeVpcEndpoints, &ec2.DescribeVpcEndpointsInput{
		Filters: []types.Filter{{Name: aws.String("tag:pulumi:stack"), Values: []string{d.Name}}},
	}).VpcEndpoints {
		endpoints = append(endpoints, fmt.Sprintf("%s %s, %d subnets, private DNS %t", endpoint.VpcEndpointType,
			aws.ToString(endpoint.ServiceName), len(endpoint.SubnetIds), aws.ToBool(endpoint.PrivateDnsEnabled)))
	}
	slices.Sort(endpoints)
	prefix := "com.amazonaws." + d.Region + "."
	require.Equal(t, []string{
		"Gateway " + prefix + "s3, 0 subnets, private DNS false",
		"Interface " + prefix + "ecr.api, 2 subnets, private DNS true",
		"Interface " + prefix + "ecr.dkr, 2 subnets, private DNS true",
		"Interface " + prefix + "logs, 2 subnets, private DNS true",
	}, endpoints)
	lab.Follow(d, "welcomer", "welcomer").Arrives()
	d.RequireStable()
	lab.Ask(t, d.ECR.DeleteRepository, &ecr.DeleteRepositoryInput{RepositoryName: &base, Force: true})
	d.End()
}
