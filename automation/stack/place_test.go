package stack

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPrepareEndpoint(t *testing.T) {
	dir := newProject(t, "config:\n  aws:region: eu-west-1\n")
	home := t.TempDir()
	t.Setenv("PULUMI_HOME", home)
	t.Setenv("PATH", t.TempDir()) // No awsx plugin there.
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	o, err := Options{Dir: dir, Stack: "test", Program: nothing, Place: Endpoint, Endpoint: "http://127.0.0.1:5000", ProviderPort: 40001}.defaults()
	require.NoError(t, err)
	p, err := loadProject(dir)
	require.NoError(t, err)

	s, err := prepare(t.Context(), o, p)

	require.NoError(t, err)
	require.Equal(t, filepath.Join(dir, ".emulator", "home"), s.home)
	plugins, err := os.Readlink(filepath.Join(s.home, "plugins"))
	require.NoError(t, err)
	require.Equal(t, filepath.Join(home, "plugins"), plugins)
	require.NotNil(t, s.sandbox)
	t.Cleanup(func() { require.NoError(t, s.sandbox.Close()) })
	require.Regexp(t, `^aws:40001,awsx:\d+$`, s.env["PULUMI_DEBUG_PROVIDERS"])
	require.Equal(t, "true", s.env["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"], "no provider is missing")
	require.Equal(t, "http://127.0.0.1:5000", s.env["AWS_ENDPOINT_URL"])
	require.Equal(t, "test", s.env["AWS_ACCESS_KEY_ID"])
	require.Equal(t, "test", s.env["AWS_SECRET_ACCESS_KEY"])
	require.Equal(t, "true", s.env["AWS_EC2_METADATA_DISABLED"])
	require.Equal(t, os.DevNull, s.env["AWS_SHARED_CREDENTIALS_FILE"])
	for variable, kept := range map[string]bool{
		"HOME": true, "AWS_CA_BUNDLE": true, "AWS_ACCESS_KEY_ID": true,
		"AWS_PROFILE": false, "AWS_SESSION_TOKEN": false, "AWS_ENDPOINT_URL_S3": false, "PULUMI_BACKEND_URL": false,
	} {
		require.Equal(t, kept, s.keep(variable), variable)
	}
	content, err := os.ReadFile(filepath.Join(dir, ".emulator", "work", "test", "Pulumi.test.yaml"))
	require.NoError(t, err)
	require.Equal(t, `config:
  aws:region: eu-west-1
  aws:s3UsePathStyle: true
  aws:skipCredentialsValidation: true
  aws:skipMetadataApiCheck: true
`, string(content))
}

// A plugin for awsx on PATH is used instead of the stand-in.
func TestPrepareEndpointWithAwsx(t *testing.T) {
	dir, bin := newProject(t, ""), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(bin, "pulumi-resource-awsx"), nil, 0o755))
	t.Setenv("PATH", bin)
	t.Setenv("PULUMI_HOME", t.TempDir())
	t.Setenv("AWS_ACCESS_KEY_ID", "mine")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "mine too")
	o, err := Options{Dir: dir, Stack: "test", Program: nothing, Place: Endpoint, Endpoint: "http://127.0.0.1:5000"}.defaults()
	require.NoError(t, err)
	p, err := loadProject(dir)
	require.NoError(t, err)

	s, err := prepare(t.Context(), o, p)

	require.NoError(t, err)
	require.Nil(t, s.sandbox)
	require.NotContains(t, s.env, "PULUMI_DEBUG_PROVIDERS")
	require.NotContains(t, s.env, "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", "the AWS provider may have to be installed")
	require.NotContains(t, s.env, "AWS_ACCESS_KEY_ID", "the given keys are passed on")
}
