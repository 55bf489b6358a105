package stack

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A service moves from the internet-facing load balancer to the internal one, for clients in the network. It keeps its
// target groups, and gets the URL of the internal load balancer.
func TestServiceForInternalClients(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"test", "s4"} { // rolling and blue/green
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := ofRepository(t, name)
			_, err := open(t, o).Up(t.Context())
			require.NoError(t, err)

			s := open(t, withService(t, o, map[string]any{"internalClients": true}))
			got, err := s.Up(t.Context())
			require.NoError(t, err)
			for _, kept := range []string{serviceType, targetGroupType} {
				require.Empty(t, opsOn(got.Steps, kept), kept)
			}
			balancers := held(t, o.StateDir, "aws-lb-loadBalancer-LoadBalancer")
			require.Len(t, balancers, 1)
			require.Equal(t, true, balancers[0]["internal"])
			require.NotContains(t, got.Outputs, "apiUrl")
			requireNoChange(t, s)
			_, err = s.Destroy(t.Context())
			require.NoError(t, err)
			accountIsEmpty(t, o.StateDir)
		})
	}
}
