package sandbox

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codebuild"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const projectType = "aws:codebuild/project:Project"

var codebuildKinds = []kind{
	{
		new:  codebuild.NewProject,
		name: named(150), fixed: "name", unique: &unique{"name", "ResourceAlreadyExistsException"},
		rules: []rule{
			matches("name", `[A-Za-z0-9][A-Za-z0-9_-]{1,149}`, "2 to 150 letters, digits, _ and -, a letter or digit first"),
			oneOf("artifacts.type", "CODEPIPELINE", "NO_ARTIFACTS", "S3"),
			oneOf("environment.type", "LINUX_CONTAINER", "LINUX_GPU_CONTAINER", "ARM_CONTAINER", "LINUX_EC2", "ARM_EC2",
				"WINDOWS_SERVER_2019_CONTAINER", "WINDOWS_SERVER_2022_CONTAINER", "LINUX_LAMBDA_CONTAINER", "ARM_LAMBDA_CONTAINER"),
			oneOf("environment.environmentVariables[].type", "PLAINTEXT", "PARAMETER_STORE", "SECRETS_MANAGER"),
			oneOf("cache.type", "NO_CACHE", "LOCAL", "S3"),
			oneOf("cache.modes[]", "LOCAL_SOURCE_CACHE", "LOCAL_DOCKER_LAYER_CACHE", "LOCAL_CUSTOM_CACHE"),
			whole(buildProject),
		},
		refs: []ref{ofRole("serviceRole"), withKey("encryptionKey")},
		id:   "{arn}", out: outputs{"arn": "arn:{partition}:codebuild:{region}:{account}:project/{name}"},
	},
	{
		new:  codebuild.NewReportGroup,
		name: named(128), fixed: "name type", unique: &unique{"name", "ResourceAlreadyExistsException"},
		rules: []rule{
			oneOf("type", "TEST", "CODE_COVERAGE"),
			oneOf("exportConfig.type", "NO_EXPORT", "S3"),
		},
		id: "{arn}", out: outputs{"arn": "arn:{partition}:codebuild:{region}:{account}:report-group/{name}"},
	},
}

// buildProject checks the inputs that depend on each other.
func buildProject(p resource.PropertyMap) []failure {
	var failures []failure
	source, artifacts := text(p, "source.type"), text(p, "artifacts.type")
	if (source == "CODEPIPELINE") != (artifacts == "CODEPIPELINE") && source != "" && artifacts != "" {
		failures = append(failures, failure{"artifacts.type", fmt.Sprintf("is %q with source type %q; CODEPIPELINE must be "+
			"both or neither", artifacts, source)})
	}
	modes := texts(p, "cache.modes[]")
	if text(p, "cache.type") == "LOCAL" && len(modes) == 0 {
		failures = append(failures, failure{"cache.modes", "is required with cache type LOCAL"})
	}
	for _, mode := range modes {
		if mode == "LOCAL_DOCKER_LAYER_CACHE" && !flag(p, "environment.privilegedMode") {
			failures = append(failures, failure{"environment.privilegedMode", "must be true for LOCAL_DOCKER_LAYER_CACHE"})
		}
	}
	return failures
}
