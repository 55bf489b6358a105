package environment_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
	"fargate-cd/internal/defaults"
	"fargate-cd/internal/enginetest"
	"fargate-cd/internal/problems/problemtest"
)

const pullThroughSecret = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:ecr-pullthroughcache/hub-AbCdEf"

func TestPullThroughCache(t *testing.T) {
	for want, given := range map[string]environment.PullThroughCacheSpec{
		"test-hub": {DockerHubSecretArn: pulumi.String(pullThroughSecret)},
		"hub":      {DockerHubSecretArn: pulumi.String(pullThroughSecret), Prefix: "hub"},
	} {
		r := &enginetest.Engine{}
		r.MustRun(t, program(environment.Args{Spec: environment.Spec{PullThroughCache: given}}))
		require.Equal(t, object{
			"ecrRepositoryPrefix": want, "upstreamRegistryUrl": "registry-1.docker.io", "credentialArn": pullThroughSecret,
		}, r.One(t, "ecr.PullThroughCacheRule", "test").Inputs)
	}
	r := &enginetest.Engine{}
	r.MustRun(t, program(environment.Args{Spec: environment.Spec{PullThroughCache: environment.PullThroughCacheSpec{Prefix: "docker-hub"}}}))
	require.Empty(t, r.All("ecr.PullThroughCacheRule"), "the rule exists already")
}

func TestPullThroughCacheRefuses(t *testing.T) {
	const secret = `p.pullThroughCache.dockerHubSecretArn: "`
	for _, test := range []struct {
		given environment.PullThroughCacheSpec
		want  string // empty: accepted
	}{
		{environment.PullThroughCacheSpec{DockerHubSecretArn: pulumi.String(pullThroughSecret), Prefix: "team/docker-hub"}, ""},
		{environment.PullThroughCacheSpec{DockerHubSecretArn: pulumi.String(strings.Replace(pullThroughSecret, "ecr-pullthroughcache/", "", 1))},
			`" is not allowed: the complete ARN of a secret whose name begins with ecr-pullthroughcache/`},
		{environment.PullThroughCacheSpec{DockerHubSecretArn: pulumi.String(strings.TrimSuffix(pullThroughSecret, "-AbCdEf"))}, secret},
		{environment.PullThroughCacheSpec{Prefix: "Hub"}, `p.pullThroughCache.prefix: "Hub" is not allowed: 2 to 30 lower-case letters`},
		{environment.PullThroughCacheSpec{Prefix: "h"}, `p.pullThroughCache.prefix: "h" is not allowed`},
		{environment.PullThroughCacheSpec{Prefix: strings.Repeat("h", 31)}, `p.pullThroughCache.prefix: "`},
	} {
		spec := environment.Spec{PullThroughCache: test.given}
		defaults.Set(&spec)
		problemtest.Require(t, problemtest.Of(&spec), test.want)
	}
}
