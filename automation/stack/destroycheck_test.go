package stack

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A stack with deletion protection stays complete: neither destroy nor an up that removes a shared load balancer
// deletes anything, until the stack file turns the protection off.
func TestProtectedStackStaysWhole(t *testing.T) {
	t.Parallel()
	o := ofRepository(t, "platform")
	o.Config = map[string]any{"deletionProtection": true}
	_, err := open(t, o).Up(t.Context())
	require.NoError(t, err)
	before := accountFiles(t, o.StateDir)

	_, err = open(t, o).Destroy(t.Context())
	require.ErrorContains(t, err, "set deletionProtection: false, run up, and destroy again")
	require.ErrorContains(t, err, "aws:lb/listener:Listener platform-production")
	require.Equal(t, before, accountFiles(t, o.StateDir))

	fewer := o
	fewer.Config = map[string]any{"deletionProtection": true, "environment": map[string]any{"loadBalancers": []any{"public"}}}
	for _, run := range []func(*Stack) error{
		func(s *Stack) error { _, err := s.Preview(t.Context()); return err },
		func(s *Stack) error { _, err := s.Up(t.Context()); return err },
	} {
		require.ErrorContains(t, run(open(t, fewer)), "it is protected")
	}
	require.Len(t, held(t, o.StateDir, "aws-lb-listener-Listener"), 4)
	require.Len(t, held(t, o.StateDir, "aws-lb-loadBalancer-LoadBalancer"), 2)

	o.Config = map[string]any{"deletionProtection": false}
	s := open(t, o)
	_, err = s.Up(t.Context())
	require.NoError(t, err)
	fewer.Config["deletionProtection"] = false
	_, err = open(t, fewer).Up(t.Context())
	require.NoError(t, err)
	require.Len(t, held(t, o.StateDir, "aws-lb-loadBalancer-LoadBalancer"), 1)
	_, err = s.Destroy(t.Context())
	require.NoError(t, err)
	accountIsEmpty(t, o.StateDir)
}
