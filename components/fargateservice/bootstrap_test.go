package fargateservice

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/internal/problems"
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

func TestBootstrapPort(t *testing.T) {
	for name, test := range map[string]struct {
		given   Spec
		allowed bool
	}{
		"a small port":           {Spec{ContainerPort: 80, User: "65532:65532", PathPatterns: []string{"/*"}}, false},
		"the first allowed port": {Spec{ContainerPort: 1024, User: "65532:65532", PathPatterns: []string{"/*"}}, true},
		"root":                   {Spec{ContainerPort: 80, User: "root:1000", PathPatterns: []string{"/*"}}, true},
		"number 0":               {Spec{ContainerPort: 80, User: "0", PathPatterns: []string{"/*"}}, true},
		"another image":          {Spec{ContainerPort: 80, User: "1000", Image: "httpd", PathPatterns: []string{"/*"}}, true},
		"a worker":               {Spec{ContainerPort: 80, User: "1000"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			var found problems.List
			test.given.validateBootstrap("p.", &found)
			if test.allowed {
				require.NoError(t, found.Err())
				return
			}
			require.ErrorContains(t, found.Err(), "p.containerPort: 80 is not allowed: 1024 or more with the user 65532:65532")
		})
	}
}
