package buildpipeline

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/policy"
	"fargate-cd/internal/problems"
)

// MachineSpec holds the build machine settings of a package build, a test or a smoke test.
type MachineSpec struct {
	// Architecture is the CPU architecture of the build machine, X86_64 or ARM64. By default the architecture of the
	// image build.
	Architecture string `json:"architecture"`
	// ComputeType is the size of the build machine, as CodeBuild names it. By default the size of the image build's
	// machine.
	ComputeType string `json:"computeType"`
	// Image is the image of the build machine, which must have bash. By default the image of the image build's machine,
	// or CodeBuild's Amazon Linux 2023 image if the architecture differs.
	Image string `json:"image"`
	// TimeoutMinutes is the maximum duration of the build, in minutes. By default the timeout of the image build.
	TimeoutMinutes int `json:"timeoutMinutes"`
}

// computeTypes are CodeBuild's on-demand sizes for Linux containers on both
// architectures ("Build environment compute modes and types", AWS CodeBuild User Guide).
var computeTypes = []string{
	"BUILD_GENERAL1_SMALL", "BUILD_GENERAL1_MEDIUM", "BUILD_GENERAL1_LARGE", "BUILD_GENERAL1_XLARGE", withoutLocalCache,
}

// withoutLocalCache is the size for which CodeBuild refuses a local cache ("Local caching", AWS CodeBuild User Guide).
const withoutLocalCache = "BUILD_GENERAL1_2XLARGE"

// machine is the build machine of a project.
type machine struct {
	architecture, computeType, image string
	minutes                          int
}

// machine returns the machine of the image build.
func (b *BuildSpec) machine() machine {
	return machine{b.Architecture, b.ComputeType, b.image(), b.TimeoutMinutes}
}

// image returns the image of the build machine.
func (b *BuildSpec) image() string { return cmp.Or(b.Image, standardImage(b.Architecture)) }

// machine returns the machine of the build. Missing settings come from the image build.
func (m *MachineSpec) machine(b *BuildSpec) machine {
	out := b.machine()
	if m.Architecture != "" && m.Architecture != b.Architecture {
		out.architecture, out.image = m.Architecture, standardImage(m.Architecture)
	}
	if m.ComputeType != "" {
		out.computeType = m.ComputeType
	}
	if m.Image != "" {
		out.image = m.Image
	}
	if m.TimeoutMinutes != 0 {
		out.minutes = m.TimeoutMinutes
	}
	return out
}

// validate reports the values that AWS would refuse, under keys that begin with the prefix.
func (m *MachineSpec) validate(prefix string, b *BuildSpec, found *problems.List) {
	if m.Architecture != "" {
		found.OneOf(prefix+"architecture", m.Architecture, fargateservice.ArchitectureX86, fargateservice.ArchitectureARM)
	}
	if m.ComputeType != "" {
		found.OneOf(prefix+"computeType", m.ComputeType, computeTypes...)
	}
	if m.TimeoutMinutes != 0 {
		validateTimeout(prefix+"timeoutMinutes", m.TimeoutMinutes, found)
	}
	if m.Image != "" {
		validateImage(prefix+"image", m.Image, m.machine(b).architecture, "an image of CodeBuild, or another image with bash", found)
	}
}

// validateTimeout checks a timeout ("Quotas for AWS CodeBuild", AWS CodeBuild User Guide).
func validateTimeout(key string, minutes int, found *problems.List) {
	found.Between(key, minutes, 5, 2160)
}

// validateImage checks the image of a build machine. The names of CodeBuild's images for
// ARM contain aarch64.
func validateImage(key, image, architecture, allowed string, found *problems.List) {
	found.Image(key, image, allowed)
	if strings.HasPrefix(image, "aws/codebuild/") && strings.Contains(image, "aarch64") != (architecture == fargateservice.ArchitectureARM) {
		found.Add(key, image, "an image for architecture %s", architecture)
	}
}

// containerType returns CodeBuild's name for the kind of build machine.
func (m machine) containerType() string {
	if m.architecture == fargateservice.ArchitectureARM {
		return "ARM_CONTAINER"
	}
	return "LINUX_CONTAINER"
}

// standardImage returns CodeBuild's image for an architecture ("Docker images provided by
// CodeBuild", AWS CodeBuild User Guide).
func standardImage(architecture string) string {
	if architecture == fargateservice.ArchitectureARM {
		return "aws/codebuild/amazonlinux-aarch64-standard:3.0"
	}
	return "aws/codebuild/amazonlinux-x86_64-standard:5.0"
}

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
	login := registryLogin
	login.Sid = "MachineLogin" // the role of an image build also has registryLogin, and a Sid must be unique in a policy
	return pulumi.String("SERVICE_ROLE"), []policy.Statement{
		login,
		{Sid: "MachineImage", Actions: policy.PullActions, Resources: pulumi.StringArray{
			pulumi.Sprintf("arn:%s:ecr:%s:%s:repository/%s", p.account.Partition, region, account, repository),
		}},
	}
}
