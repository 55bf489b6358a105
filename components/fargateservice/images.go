package fargateservice

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/policy"
	"fargate-cd/internal/problems"
)

// PrivateRepository is the pattern of the beginning of an image name in a private
// registry of Amazon ECR. Its groups are the account, the region and the repository
// ("Amazon ECR private registry", Amazon ECR User Guide).
const PrivateRepository = `^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([^:@]+)`

// ecrImage matches the name of an image in a private registry, with its tag or digest.
var ecrImage = regexp.MustCompile(PrivateRepository + `[:@]`)

// keyedImage is an image with its key in the configuration of the service.
type keyedImage struct{ key, image string }

// otherImages returns the images of all containers except the service's own.
func (s *Spec) otherImages() []keyedImage {
	var images []keyedImage
	for i := range s.Sidecars {
		images = append(images, keyedImage{problems.Indexed("sidecars", i) + ".image", s.Sidecars[i].Image})
	}
	if s.LogRouter != nil {
		images = append(images, keyedImage{"logRouter.image", s.LogRouter.Image})
	}
	return images
}

// ValidateImages reports images that tasks cannot pull if endpointsOnly is set: then
// the tasks reach only AWS, through interface endpoints.
func (s *Spec) ValidateImages(prefix string, endpointsOnly bool, found *problems.List) {
	if !endpointsOnly {
		return
	}
	const allowed = "an image in a private registry of Amazon ECR, with its tag or digest, " +
		"such as 123456789012.dkr.ecr.eu-central-1.amazonaws.com/web:1, because the tasks have no internet access"
	if s.Image == "" {
		found.Missing(prefix+"image", allowed)
	} else {
		found.Matches(prefix+"image", s.Image, ecrImage, allowed)
	}
	for _, each := range s.otherImages() {
		found.Matches(prefix+each.key, each.image, ecrImage, allowed)
	}
}

// pullImages returns the statements that allow the execution role to pull the first image
// and the images of the other containers from private registries of Amazon ECR ("Amazon ECS
// task execution IAM role", Amazon ECS Developer Guide). Other registries need no permission.
func (s *FargateService) pullImages() []policy.Statement {
	images := []string{s.spec.Image}
	for _, each := range s.spec.otherImages() {
		images = append(images, each.image)
	}
	var names []string
	for _, image := range images {
		if found := ecrImage.FindStringSubmatch(image); found != nil {
			names = append(names, fmt.Sprintf("ecr:%s:%s:repository/%s", found[2], found[1], found[3]))
		}
	}
	if len(names) == 0 {
		return nil
	}
	var repositories []pulumi.StringInput
	for _, name := range slices.Compact(slices.Sorted(slices.Values(names))) {
		repositories = append(repositories, pulumi.Sprintf("arn:%s:%s", s.environment.Account.Partition, name))
	}
	return policy.Pull(repositories...)
}
