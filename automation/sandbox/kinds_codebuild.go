package sandbox

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codebuild"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const projectType = "aws:codebuild/project:Project"

var codebuildKinds = []kind{
	{
		new:  codebuild.NewProject,
		name: named(150), fixed: "name", unique: &unique{"name", "ResourceAlreadyExistsException"},
		rules: []rule{known("source.type", "CODEPIPELINE"), known("artifacts.type", "CODEPIPELINE"),
			known("environment.type", "LINUX_CONTAINER", "ARM_CONTAINER"),
			known("cache.modes[]", "LOCAL_DOCKER_LAYER_CACHE"), whole(localCache)},
		refs: []ref{ofRole("serviceRole"), withKey("encryptionKey")},
		id:   "{arn}", out: outputs{"arn": "arn:{partition}:codebuild:{region}:{account}:project/{name}"},
	},
	{
		new:  codebuild.NewReportGroup,
		name: named(128), fixed: "name type", unique: &unique{"name", "ResourceAlreadyExistsException"},
		rules: []rule{known("exportConfig.type", "NO_EXPORT")},
		id:    "{arn}", out: outputs{"arn": "arn:{partition}:codebuild:{region}:{account}:report-group/{name}"},
	},
}

// localCache checks that a project with a local cache names its modes, and may run the Docker daemon that fills it.
func localCache(p resource.PropertyMap) []failure {
	if text(p, "cache.type") != "LOCAL" {
		return nil
	}
	var failures []failure
	if !p["cache"].ObjectValue().HasValue("modes") {
		failures = append(failures, failure{"cache.modes", "is required with cache type LOCAL"})
	}
	if machine := p["environment"]; machine.IsObject() && !machine.ObjectValue()["privilegedMode"].IsComputed() && !flag(p, "environment.privilegedMode") {
		failures = append(failures, failure{"environment.privilegedMode", "must be true for LOCAL_DOCKER_LAYER_CACHE"})
	}
	return failures
}
