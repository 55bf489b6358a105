package stack

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
)

// sharing returns the options of the stacks of examples/shared-environment, which share one account.
func sharing(t *testing.T) (platform, orders, payments Options) {
	t.Helper()
	platform, orders, payments = ofRepository(t, "platform"), ofRepository(t, "orders"), ofRepository(t, "payments")
	orders.StateDir, payments.StateDir = platform.StateDir, platform.StateDir
	return platform, orders, payments
}

// The services of two stacks run in the environment of a third stack. No up changes the other stacks, and the
// environment is destroyed last.
func TestSharedEnvironment(t *testing.T) {
	t.Parallel()
	require.Equal(t, environment.OutputName, sharedOutput)
	platform, orders, payments := sharing(t)

	_, err := open(t, orders).Preview(t.Context())
	require.ErrorContains(t, err, `environment.stack: the outputs of the stack "platform" cannot be read`)
	require.ErrorContains(t, err, "run up on that stack first")

	host := open(t, platform)
	created, err := host.Up(t.Context())
	require.NoError(t, err)
	require.NotContains(t, created.Outputs, "serviceUrls", "it has no service")
	for _, guest := range []Options{orders, payments} {
		s := open(t, guest)
		preview, err := s.Preview(t.Context())
		require.NoError(t, err)
		up, err := s.Up(t.Context())
		require.NoError(t, err)
		require.Equal(t, Changes{Create: up.Changes.Create}, up.Changes)
		require.Equal(t, preview.Changes, up.Changes, "up does what preview said")
		require.Equal(t, created.Outputs["clusterName"], up.Outputs["clusterName"])
		for output, value := range up.Outputs {
			require.NotEmpty(t, value, "output %s must rather be absent", output)
		}
	}
	require.Len(t, held(t, platform.StateDir, "aws-ecs-cluster-Cluster"), 1)
	require.Len(t, held(t, platform.StateDir, "aws-lb-loadBalancer-LoadBalancer"), 2)
	require.Len(t, held(t, platform.StateDir, "aws-ecs-service-Service"), 3)
	for _, o := range []Options{platform, orders, payments} {
		requireNoChange(t, open(t, o))
	}

	_, err = host.Destroy(t.Context())
	require.ErrorContains(t, err, "destroy these stacks first: orders, payments")
	for _, guest := range []Options{orders, payments} {
		_, err := open(t, guest).Destroy(t.Context())
		require.NoError(t, err)
	}
	requireNoChange(t, host)
	destroyed, err := host.Destroy(t.Context())
	require.NoError(t, err)
	require.Equal(t, created.Changes.Create, destroyed.Changes.Delete)
	accountIsEmpty(t, platform.StateDir)
}

// Conflicts between two teams, which otherwise AWS or nobody would detect, are refused before anything is created: a
// service with the same name, a rule with the same conditions, and a rule with the same priority.
func TestGuestsCollide(t *testing.T) {
	t.Parallel()
	platform, orders, payments := sharing(t)
	for _, o := range []Options{platform, orders} {
		_, err := open(t, o).Up(t.Context())
		require.NoError(t, err)
	}
	before := accountFiles(t, platform.StateDir)
	for name, test := range map[string]struct {
		change map[string]any
		want   string
	}{
		"name":       {map[string]any{"name": "orders"}, "the cluster fargate-cd-platform has another service orders already"},
		"conditions": {map[string]any{"pathPatterns": []any{"/orders/*", "/orders"}}, "a rule of stack orders on the load balancer has the same conditions"},
		"priority":   {map[string]any{"priority": held(t, platform.StateDir, "aws-lb-listenerRule-ListenerRule")[0]["priority"]}, "a rule of stack orders already has it"},
	} {
		o := payments
		list := services(t, o)
		maps.Copy(list[0], test.change)
		o.Config = map[string]any{"services": list[:1]}
		_, err := open(t, o).Up(t.Context())
		require.ErrorContains(t, err, test.want, name)
		require.Equal(t, before, accountFiles(t, platform.StateDir), name)
	}
}
