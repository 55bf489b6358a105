package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = "../.."

// The generated documents match the structs, comments and checks.
func TestDocumentsAreCurrent(t *testing.T) {
	rendered, err := render(root)
	require.NoError(t, err)
	for path, want := range rendered {
		current, err := os.ReadFile(filepath.Join(root, path))
		require.NoError(t, err)
		require.Equal(t, want, string(current), "%s is stale: run go generate ./program", path)
	}
}

// The limits come from error messages. This test fails if configdocs cannot read a changed message.
func TestLimits(t *testing.T) {
	config, err := readConfig(root)
	require.NoError(t, err)
	service := config.service()
	require.Equal(t, []any{"None", "Single", "OnePerAz"}, config.key("natGatewayStrategy").allowed)
	require.Contains(t, config.key("logRetentionDays").allowed, 30)
	require.Equal(t, []any{"GitHub", "GitHubEnterpriseServer", "GitLab", "GitLabSelfManaged", "Bitbucket", "CodeCommit", "S3", "Release"}, service.key("source").key("provider").allowed)
	require.Equal(t, []any{"X86_64", "ARM64"}, service.key("build").key("architecture").allowed)
	require.Contains(t, service.key("deployment").key("strategy").allowed, "ECSAllAtOnce")
	for _, bounded := range []struct {
		key              *node
		minimum, maximum int
	}{
		{config.key("listenerPort"), 0, 65535},     // 0 means 80 or 443
		{config.key("testListenerPort"), 0, 65535}, // 0 creates no listener
		{service.key("healthCheck").key("intervalSeconds"), 5, 300},
		{service.key("egressPorts").elements, 1, 65535},
	} {
		require.NotNil(t, bounded.key.minimum, bounded.key.description)
		require.Equal(t, []int{bounded.minimum, bounded.maximum}, []int{*bounded.key.minimum, *bounded.key.maximum}, bounded.key.description)
	}
}
