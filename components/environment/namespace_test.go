package environment_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
	"fargate-cd/internal/enginetest"
)

// The namespace exists only with Service Connect.
func TestNamespace(t *testing.T) {
	for _, wanted := range []bool{true, false} {
		r := &enginetest.Engine{}
		r.MustRun(t, func(ctx *pulumi.Context) error {
			made, err := environment.New(ctx, enginetest.Stack, &environment.Args{ClusterName: clusterName, ServiceConnect: wanted})
			require.NoError(t, err)
			require.Equal(t, wanted, made.Namespace() != nil)
			return nil
		})
		if !wanted {
			require.Empty(t, r.All("servicediscovery.HttpNamespace"))
			continue
		}
		require.Equal(t, object{"description": "Services of test that reach each other"}, r.One(t, "servicediscovery.HttpNamespace", "test-connect").Inputs)
	}
}
