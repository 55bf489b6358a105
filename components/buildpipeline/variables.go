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
	SecretsKmsKeyArns pulumi.StringArrayInput `json:"secretsKmsKeyArns"`
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
			found.Add(prefix+"secrets", name, "an environment variable already has this name")
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
