package buildpipeline

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

func TestConnectionArns(t *testing.T) {
	both := pulumi.ToStringArray([]string{"arn:aws:codeconnections:r:1:connection/x", "arn:aws:codestar-connections:r:1:connection/x"})
	require.Equal(t, both, connectionArns("arn:aws:codestar-connections:r:1:connection/x"))
	require.Equal(t, both, connectionArns("arn:aws:codeconnections:r:1:connection/x"))
}
