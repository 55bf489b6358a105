package fargateservice

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWithBootstrap(t *testing.T) {
	given := Spec{ContainerPort: 5000, Environment: map[string]string{"A": "1"}}
	got := given.withBootstrap()
	require.Equal(t, bootstrapImage, got.Image)
	require.Equal(t, map[string]string{"A": "1", "WHOAMI_PORT_NUMBER": "5000"}, got.Environment)
	require.Equal(t, map[string]string{"A": "1"}, given.Environment, "the configuration is unchanged")

	empty := Spec{ContainerPort: 80}
	require.Equal(t, map[string]string{"WHOAMI_PORT_NUMBER": "80"}, empty.withBootstrap().Environment)

	named := Spec{ContainerPort: 80, Image: "httpd"}
	require.Equal(t, named, named.withBootstrap())
}
