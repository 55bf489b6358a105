package stack

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Base images come through Amazon ECR, then with another prefix, and then from Docker
// Hub again. The service does not change.
func TestPullThroughCacheComesAndGoes(t *testing.T) {
	t.Parallel()
	o := ofRepository(t, "s4")
	_, err := open(t, o).Up(t.Context())
	require.NoError(t, err)
	for prefix, name := range map[string]string{"": "s4-hub", "team/hub": "team/hub"} {
		changed := o
		changed.Config = map[string]any{"pullThroughCache": map[string]any{
			"dockerHubSecretArn": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:ecr-pullthroughcache/hub-AbCdEf", "prefix": prefix,
		}}
		s := open(t, changed)
		got, err := s.Up(t.Context())
		require.NoError(t, err)
		rules := held(t, o.StateDir, "aws-ecr-pullThroughCacheRule-PullThroughCacheRule")
		require.Len(t, rules, 1)
		require.Equal(t, name, rules[0]["ecrRepositoryPrefix"])
		require.Empty(t, opsOn(got.Steps, "aws:ecs/service:Service"))
		requireNoChange(t, s)
	}
	s := open(t, o)
	got, err := s.Up(t.Context())
	require.NoError(t, err)
	require.Zero(t, got.Changes.Replace, "%v", got.Steps)
	require.Empty(t, held(t, o.StateDir, "aws-ecr-pullThroughCacheRule-PullThroughCacheRule"))
	requireNoChange(t, s)
}
