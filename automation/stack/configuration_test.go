package stack

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadConfiguration(t *testing.T) {
	dir := newProject(t, "config:\n  aws:region: eu-west-1\n  name: web\n  clusters:list: [a, {b: {secure: v1:xyz}}]\n")

	got, err := ReadConfiguration(Options{Dir: dir, Stack: "org/clusters/test"})

	require.NoError(t, err)
	require.Equal(t, Configuration{Project: "clusters", Stack: "test", Values: map[string]string{
		"aws:region": "eu-west-1", "clusters:name": "web", "clusters:list": `["a",{"b":"placeholder-for-a-secret"}]`,
	}}, got)
}

func TestReadConfigurationRefuses(t *testing.T) {
	dir := newProject(t, "config: {}\n")
	_, err := ReadConfiguration(Options{Dir: dir, Stack: "a b"})
	require.ErrorContains(t, err, `stack "a b": allowed is a name`)
	_, err = ReadConfiguration(Options{Dir: dir, Stack: "prod"})
	require.ErrorContains(t, err, "has no stack file "+filepath.Join(dir, "Pulumi.prod.yaml"))
}
