package buildpipeline

import (
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/policy"
)

// privateImage matches an image in a private repository of Amazon ECR. Its groups are the account, the Region and the
// repository.
var privateImage = regexp.MustCompile(fargateservice.PrivateRepository)

// pullMachine returns the type of the credentials with which CodeBuild pulls the image of a build machine, and the
// permissions for the pull. CodeBuild pulls an image of a private repository with the role of the project. For other
// images the type is nil, which means CODEBUILD; CodeBuild requires this type for its own images ("ProjectEnvironment",
// AWS CodeBuild API Reference; "Amazon ECR sample", AWS CodeBuild User Guide).
func (p *BuildPipeline) pullMachine(image string) (pulumi.StringPtrInput, []policy.Statement) {
	found := privateImage.FindStringSubmatch(image)
	if found == nil {
		return nil, nil
	}
	account, region, repository := found[1], found[2], found[3]
	return pulumi.String("SERVICE_ROLE"), []policy.Statement{
		{Sid: "MachineLogin", Actions: []string{"ecr:GetAuthorizationToken"}, Resources: pulumi.StringArray{pulumi.String("*")}},
		{Sid: "MachineImage", Actions: policy.PullActions, Resources: pulumi.StringArray{
			pulumi.Sprintf("arn:%s:ecr:%s:%s:repository/%s", p.account.Partition, region, account, repository),
		}},
	}
}
