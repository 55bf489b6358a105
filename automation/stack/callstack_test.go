package stack

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

// Without a new call stack, the stack traces of the program's registrations would contain the functions of a gRPC
// server.
func TestProgramIsOnANewStack(t *testing.T) {
	t.Parallel()
	s := open(t, inSandbox(newProject(t, "")))

	_, err := s.Up(t.Context())

	require.NoError(t, err)
	state, err := s.state(t.Context())
	require.NoError(t, err)
	registered := 0
	for _, r := range state.Resources {
		if r.Type != clusterType {
			continue // registered by the SDK
		}
		registered++
		require.Contains(t, r.StackTrace[0].SourcePosition, "engine_test.go")
		for _, frame := range r.StackTrace {
			require.NotContains(t, frame.SourcePosition, "grpc")
		}
	}
	require.Equal(t, 2, registered)
}

func TestPanicIsAnError(t *testing.T) {
	t.Parallel()
	o := inSandbox(newProject(t, ""))
	o.Program = func(*pulumi.Context) error { panic("a mistake") }

	_, err := open(t, o).Preview(t.Context())

	require.ErrorContains(t, err, "the program panicked: a mistake")
	require.ErrorContains(t, err, "callstack_test.go")
}
