//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
	"fargate-cd/acceptance/internal/readback"
)

// buildHasItsCaches configures a cache in S3 for the image build, and a pull through cache in
// Amazon ECR for base images. A build succeeds while both are empty. The emulator keeps no
// layers, and it imports no images from Docker Hub, so both caches stay empty.
func buildHasItsCaches(t *testing.T, w *lab.Delivery) {
	const local = "welcomer-image: LOCAL LOCAL_DOCKER_LAYER_CACHE"
	require.Equal(t, []string{local}, readback.Caches(t, w.Stack))
	secret := w.MakeSecret("ecr-pullthroughcache/"+w.Name, `{"username": "u", "accessToken": "p"}`)
	w.Config["pullThroughCache"] = map[string]any{"dockerHubSecretArn": secret}
	w.Services()[0]["build"] = map[string]any{"cache": "S3"}
	w.Up()
	w.RequireStable()
	require.Equal(t, []string{
		"welcomer-image: S3 welcomer-artifacts/cache/layers", "STACK-hub: images of registry-1.docker.io with " + secret,
	}, readback.Caches(t, w.Stack))
	w.Change()
	w.Arrives()

	w.Config["pullThroughCache"] = nil
	delete(w.Services()[0], "build")
	w.Up()
	require.Equal(t, []string{local}, readback.Caches(t, w.Stack))
}
