package buildpipeline

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

func TestConnectionArns(t *testing.T) {
	for _, given := range []string{"arn:aws:codestar-connections:r:1:connection/x", "arn:aws:codeconnections:r:1:connection/x"} {
		known := make(chan []string, 1)
		connectionArns(pulumi.String(given).ToStringOutput()).ToStringArrayOutput().ApplyT(func(arns []string) []string {
			known <- arns
			return arns
		})
		require.Equal(t, []string{"arn:aws:codeconnections:r:1:connection/x", "arn:aws:codestar-connections:r:1:connection/x"}, <-known)
	}
}
