package program

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/internal/enginetest"
)

// withConnections has services with and without connectionArn, and services of other providers.
const withConnections = `
config:
  fargate-cd:services:
    - { name: a, priority: 1, source: { repository: acme/a } }
    - { name: b, priority: 2, source: { repository: acme/b } }
    - { name: c, priority: 3, source: { repository: acme/c, connectionArn: "arn:aws:codeconnections:eu-central-1:111122223333:connection/1" } }
    - { name: d, priority: 4, source: { provider: GitLab, repository: acme/shop/d } }
    - { name: e, priority: 5, source: { provider: CodeCommit, repository: e } }
`

// All services of a provider share one connection, so that a person authorizes it once.
func TestConnections(t *testing.T) {
	r := &enginetest.Engine{Functions: map[string]enginetest.Function{
		"aws:codestarconnections/getConnection:getConnection": func(map[string]any) (map[string]any, error) {
			return map[string]any{"connectionStatus": "PENDING"}, nil
		},
	}}
	require.NoError(t, r.Run(Run, stackFileConfig(t, withConnections)))
	const of = "arn:aws:codestarconnections:eu-central-1:111122223333:connection/"
	require.Len(t, r.All("codestarconnections.Connection"), 2)
	for service, want := range map[string]any{
		"a": of + "github", "b": of + "github", "d": of + "gitlab", "e": nil,
		"c": "arn:aws:codeconnections:eu-central-1:111122223333:connection/1",
	} {
		source := at(r.One(t, "codepipeline.Pipeline", service).Inputs, "stages.0.actions.0.configuration")
		require.Equal(t, want, at(source, "ConnectionArn"), service)
	}
}
