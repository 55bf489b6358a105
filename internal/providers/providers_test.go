package providers_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/internal/providers"
)

// Another version than that of the SDK would be a second plugin of several hundred megabytes.
func TestVersionsOfTheSDKs(t *testing.T) {
	mod, err := os.ReadFile("../../go.mod")
	require.NoError(t, err)
	require.Contains(t, string(mod), "github.com/pulumi/pulumi-aws/sdk/v6 v"+providers.AWS+"\n")
	require.Contains(t, string(mod), "github.com/pulumi/pulumi-awsx/sdk/v2 v"+providers.AWSX+"\n")
}
