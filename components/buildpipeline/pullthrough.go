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

// builderOfMirror are the arguments that make createBuilder use what mirrorDockerHub has prepared.
const builderOfMirror = ` --buildkitd-config "$BUILDKIT_CONFIG" --driver-opt image="$BUILDKIT_IMAGE"`

// importActions let a build import an image at its first pull, and create its repository ("IAM permissions required to sync
// an upstream registry with an Amazon ECR private registry", Amazon ECR User Guide).
var importActions = []string{"ecr:BatchImportUpstreamImage", "ecr:CreateRepository"}

// addPullThrough lets a project that builds an image pull through the cache of the
// environment, if there is one, with the actions of a pull and those given.
func (p *BuildPipeline) addPullThrough(args *projectArgs, actions ...string) {
	prefix := p.args.Service.Environment().PullThroughPrefix()
	if prefix == nil {
		return
	}
	args.own["PULL_THROUGH_PREFIX"] = prefix
	args.statements = append(args.statements, policy.Statement{
		Sid: "BaseImages", Actions: slices.Concat(policy.PullActions, actions),
		Resources: pulumi.StringArray{p.account.Arn("ecr", "repository/%s/*", prefix)},
	})
}
