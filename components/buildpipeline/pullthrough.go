package buildpipeline

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/policy"
)

// mirrorDockerHub is the command that prepares a builder that pulls images of Docker Hub
// through Amazon ECR. BuildKit asks the mirror first, and Docker Hub if that fails, so no
// Dockerfile changes and a broken cache fails no build. A mirror may have a path
// ("buildkitd.toml", BuildKit documentation; moby/buildkit#3427), as the registry's own
// prefix. BuildKit takes the credentials of the mirror's host, so the login for the image
// counts. Docker's own mirrors have neither credentials nor paths (moby/moby#30880).
//
// BuildKit itself is an image of Docker Hub, which Docker pulls.
const mirrorDockerHub = `export BUILDKIT_CONFIG="$(mktemp)" BUILDKIT_IMAGE=moby/buildkit:buildx-stable-1
printf '[registry."docker.io"]\n  mirrors = ["%s"]\n' "${REPOSITORY_URI%%/*}/$PULL_THROUGH_PREFIX" > "$BUILDKIT_CONFIG"
if docker pull --quiet "${REPOSITORY_URI%%/*}/$PULL_THROUGH_PREFIX/$BUILDKIT_IMAGE"; then
  BUILDKIT_IMAGE="${REPOSITORY_URI%%/*}/$PULL_THROUGH_PREFIX/$BUILDKIT_IMAGE"
fi`

// addPullThrough lets a project that builds an image pull through the cache of the
// environment. The first pull of an image imports it, and creates its repository ("IAM
// permissions required to sync an upstream registry with an Amazon ECR private registry",
// Amazon ECR User Guide).
func (p *BuildPipeline) addPullThrough(args *projectArgs) {
	prefix := p.args.Service.Environment().PullThroughPrefix()
	if prefix == nil {
		return
	}
	args.own["PULL_THROUGH_PREFIX"] = prefix
	args.statements = append(args.statements, policy.Statement{
		Sid: "BaseImages", Actions: slices.Concat(policy.PullActions, []string{"ecr:BatchImportUpstreamImage", "ecr:CreateRepository"}),
		Resources: pulumi.StringArray{p.account.Arn("ecr", "repository/%s/*", prefix)},
	})
}
