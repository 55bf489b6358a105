package buildpipeline

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/policy"
)

// mirrorDockerHub is the command that prepares a builder that pulls images of Docker Hub through Amazon ECR. BuildKit
// tries the mirror first, and Docker Hub if that fails. So Dockerfiles need no change, and a broken cache does not fail
// a build. A mirror may have a path ("buildkitd.toml", BuildKit documentation; moby/buildkit#3427); here it is the
// prefix of the pull through cache. BuildKit uses the credentials of the mirror's host, so the login for pushing the
// image applies. Docker's own mirrors support neither credentials nor paths (moby/moby#30880).
//
// BuildKit itself is an image on Docker Hub. Docker pulls it, through the cache if possible.
const mirrorDockerHub = `export BUILDKIT_CONFIG="$(mktemp)" BUILDKIT_IMAGE=moby/buildkit:buildx-stable-1
printf '[registry."docker.io"]\n  mirrors = ["%s"]\n' "${REPOSITORY_URI%%/*}/$PULL_THROUGH_PREFIX" > "$BUILDKIT_CONFIG"
if docker pull --quiet "${REPOSITORY_URI%%/*}/$PULL_THROUGH_PREFIX/$BUILDKIT_IMAGE"; then
  BUILDKIT_IMAGE="${REPOSITORY_URI%%/*}/$PULL_THROUGH_PREFIX/$BUILDKIT_IMAGE"
fi`

// builderOfMirror holds the arguments that make createBuilder use the configuration and the image from mirrorDockerHub.
const builderOfMirror = ` --buildkitd-config "$BUILDKIT_CONFIG" --driver-opt image="$BUILDKIT_IMAGE"`

// importActions allow a build to import an image at its first pull, and to create its repository ("IAM permissions
// required to sync an upstream registry with an Amazon ECR private registry", Amazon ECR User Guide).
var importActions = []string{"ecr:BatchImportUpstreamImage", "ecr:CreateRepository"}

// addPullThrough lets an image build pull through the cache of the environment, if there is one. Its role gets the
// permissions to pull and the given actions.
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
