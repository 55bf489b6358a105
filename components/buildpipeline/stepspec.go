package buildpipeline

import (
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codebuild"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/policy"
	"fargate-cd/internal/problems"
)

// VariablesSpec holds the environment variables of a build.
type VariablesSpec struct {
	// Environment is the set of environment variables of the build. Do not use it for secrets. In the image build, each
	// variable is also a build argument of the same name.
	Environment map[string]string `json:"environment"`
	// Secrets are environment variables whose values CodeBuild reads when the build starts. Each value is the ARN of a
	// Secrets Manager secret, optionally followed by :json-key:version-stage:version-id, or the ARN of a Systems
	// Manager parameter. In the image build, each is also a build secret for RUN --mount=type=secret,id=NAME.
	Secrets map[string]string `json:"secrets"`
	// SecretsKmsKeyArns are the ARNs of the customer managed KMS keys that encrypt the secrets.
	SecretsKmsKeyArns []string `json:"secretsKmsKeyArns"`
}

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

// ownVariables are the names of the environment variables that the program sets or that
// its buildspecs use.
var ownVariables = []string{
	"BOOTSTRAP", "BUILDKIT_CONFIG", "BUILDKIT_IMAGE", "BUILD_DIRECTORY", "CACHE_DIRECTORY", "CACHE_URI", "CLUSTER", commitVariable, "CONTAINER_NAME", "DOCKERFILE", "DOCKERHUB_PASSWORD",
	"DOCKERHUB_USERNAME", "IMAGE", "IMAGE_DIGEST", "NEEDLESS", executionVariable, "PULL_THROUGH_PREFIX", "REPOSITORY_NAME", "REPOSITORY_URI", "REVISION", serviceURLVariable, "SETS",
}

// validate reports invalid names and references, under keys that begin with the prefix. others is the number of secrets
// of the build that are not environment variables.
func (v *VariablesSpec) validate(prefix string, others int, found *problems.List) {
	for _, name := range slices.Sorted(maps.Keys(v.Environment)) {
		validateVariable(prefix+"environment", name, found)
	}
	for _, name := range slices.Sorted(maps.Keys(v.Secrets)) {
		validateVariable(prefix+"secrets", name, found)
		if _, taken := v.Environment[name]; taken {
			found.Add(prefix+"secrets", name, "a name that no environment variable has")
		}
	}
	fargateservice.ValidateSecretReferences(prefix, v.Secrets, others, v.SecretsKmsKeyArns, found)
}

// validateVariable checks the name of an environment variable. CodeBuild reserves the
// names that begin with CODEBUILD_ ("EnvironmentVariable", AWS CodeBuild API Reference).
func validateVariable(key, name string, found *problems.List) {
	found.VariableName(key, name)
	if strings.HasPrefix(name, "CODEBUILD_") || slices.Contains(ownVariables, name) {
		found.Add(key, name, "a name that neither begins with CODEBUILD_ nor is one of the build's own: %s", strings.Join(ownVariables, " "))
	}
}

// list returns the variables as arguments of a CodeBuild project: first the program's own, then the environment, then
// the secrets, each sorted by name. A variable without a type is PLAINTEXT.
func (v *VariablesSpec) list(own map[string]pulumi.StringInput) codebuild.ProjectEnvironmentEnvironmentVariableArray {
	out := codebuild.ProjectEnvironmentEnvironmentVariableArray{}
	add := func(name string, value, kind pulumi.StringInput) {
		variable := codebuild.ProjectEnvironmentEnvironmentVariableArgs{Name: pulumi.String(name), Value: value}
		if kind != nil {
			variable.Type = kind.ToStringOutput().ToStringPtrOutput()
		}
		out = append(out, variable)
	}
	for _, name := range slices.Sorted(maps.Keys(own)) {
		add(name, own[name], nil)
	}
	for _, name := range slices.Sorted(maps.Keys(v.Environment)) {
		add(name, pulumi.String(v.Environment[name]), nil)
	}
	for _, name := range slices.Sorted(maps.Keys(v.Secrets)) {
		if parameter, ok := parameterName(v.Secrets[name]); ok {
			add(name, pulumi.String(parameter), pulumi.String("PARAMETER_STORE"))
		} else {
			add(name, pulumi.String(v.Secrets[name]), pulumi.String("SECRETS_MANAGER"))
		}
	}
	return out
}

// parameterName returns the name of the parameter with the given ARN, and reports whether the ARN is the ARN of a
// parameter. CodeBuild takes the name, not the ARN ("EnvironmentVariable", AWS CodeBuild API Reference). The name of a
// parameter in a hierarchy begins with a slash, which the ARN does not repeat.
func parameterName(arn string) (string, bool) {
	_, name, ok := strings.Cut(arn, ":parameter/")
	if ok && strings.Contains(name, "/") {
		name = "/" + name
	}
	return name, ok
}

// statements returns the permissions to read the secrets.
func (v *VariablesSpec) statements() []policy.Statement {
	return fargateservice.ReadSecrets(slices.Collect(maps.Values(v.Secrets)), v.SecretsKmsKeyArns)
}

// machine is the build machine of a project.
type machine struct {
	architecture, computeType, image string
	minutes                          int
}

// machine returns the machine of the image build.
func (b *BuildSpec) machine() machine {
	return machine{b.Architecture, b.ComputeType, b.image(), b.TimeoutMinutes}
}

// or returns the machine. Missing settings come from the image build.
func (m *MachineSpec) or(b *BuildSpec) machine {
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
		validateImage(prefix+"image", m.Image, m.or(b).architecture, "an image of CodeBuild, or another image with bash", found)
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
