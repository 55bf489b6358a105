//go:build acceptance

package lab

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/stretchr/testify/require"
)

// Image returns the image of a commit in the registry, with its digest.
func (d *Delivery) Image(commit string) string {
	d.t.Helper()
	repository := d.imageRepository()
	images := Ask(d.t, d.ECR.DescribeImages, &ecr.DescribeImagesInput{
		RepositoryName: repository.RepositoryName, ImageIds: []types.ImageIdentifier{{ImageTag: &commit}},
	}).ImageDetails
	require.Len(d.t, images, 1, "images of commit %s", commit)
	return *repository.RepositoryUri + "@" + *images[0].ImageDigest
}

// imageRepository returns the repository of the service's images. It looks for the tag of
// the stack, because the region may contain a repository of another stack with the same name.
func (d *Delivery) imageRepository() types.Repository {
	d.t.Helper()
	for _, each := range Ask(d.t, d.ECR.DescribeRepositories, &ecr.DescribeRepositoriesInput{}).Repositories {
		if WithoutSuffix(*each.RepositoryName) != d.service {
			continue
		}
		tags := Ask(d.t, d.ECR.ListTagsForResource, &ecr.ListTagsForResourceInput{ResourceArn: each.RepositoryArn}).Tags
		if slices.ContainsFunc(tags, func(tag types.Tag) bool { return *tag.Key == stackTag && *tag.Value == d.Name }) {
			return each
		}
	}
	require.FailNow(d.t, "no repository", "stack %s has no repository of the images of %s in %s", d.Name, d.service, d.Region)
	return types.Repository{}
}

// ScansFind sets how many vulnerabilities of each severity ECR finds in the images of the
// service from now on. The service must run one of them.
func (d *Delivery) ScansFind(counts map[string]int) {
	d.t.Helper()
	_, path, _ := strings.Cut(d.Running(), "/")
	repository, _, _ := strings.Cut(path, "@")
	require.NoError(d.t, post("scan-findings", map[string]any{"region": d.Region, "repository": repository, "severityCounts": counts}, nil))
}

// RequireNoImages requires that the service's repository contains no image.
func (d *Delivery) RequireNoImages() {
	d.t.Helper()
	images := Ask(d.t, d.ECR.ListImages, &ecr.ListImagesInput{RepositoryName: d.imageRepository().RepositoryName})
	require.Empty(d.t, images.ImageIds, "images of %s", d.service)
}

// MakeImage creates a repository with an image in Amazon ECR, as a user would, and returns
// the image. End deletes the repository.
func (d *Stack) MakeImage(repository string) (image string) {
	d.t.Helper()
	const tag = "1"
	made := Ask(d.t, d.ECR.CreateRepository, &ecr.CreateRepositoryInput{RepositoryName: &repository}).Repository
	const manifest = `{"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "config": {}, "layers": []}`
	Ask(d.t, d.ECR.PutImage, &ecr.PutImageInput{RepositoryName: &repository, ImageTag: aws.String(tag), ImageManifest: aws.String(manifest)})
	return *made.RepositoryUri + ":" + tag
}
