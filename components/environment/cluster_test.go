package environment_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
	"fargate-cd/internal/enginetest"
)

// The cluster keeps its capacity providers when no service has a capacity provider strategy any more, because ECS
// refuses to remove a provider that is in use.
func TestCapacity(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, program(environment.Args{CapacityProviders: true}))
	providers := r.One(t, "ecs.ClusterCapacityProviders", "test-capacity")
	require.Equal(t, map[string]any{"clusterName": "fargate-cd-test", "capacityProviders": []any{"FARGATE", "FARGATE_SPOT"}}, providers.Inputs)
	require.True(t, providers.RetainOnDelete)
}
