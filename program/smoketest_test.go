package program

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/internal/enginetest"
)

// A smoke test gets the URL that the stack's output serviceUrls shows: on the load balancer, or on the API. A worker has
// none.
func TestSmokeTestURLs(t *testing.T) {
	r := runStack(t, enginetest.Stack, `config:
  fargate-cd:services:
    - name: public
      source: {provider: CodeCommit, repository: public}
      pathPatterns: [/shop/*]
      smokeTest: {commands: [curl --fail "$SERVICE_URL"]}
    - name: hidden
      source: {provider: CodeCommit, repository: hidden}
      priority: 1
      pathPatterns: [/orders/*]
      api: {}
      smokeTest: {commands: [curl --fail "$SERVICE_URL"]}
    - name: worker
      source: {provider: CodeCommit, repository: worker}
      pathPatterns: []
      smokeTest: {commands: [./check-queue]}
`)
	require.Empty(t, r.One(t, "codebuild.Project", "worker-smoke-test").Inputs["environment"].(map[string]any)["environmentVariables"])
	for name, want := range map[string]string{
		"public": "http://" + enginetest.Stack + "-alb.elb.example/shop/", "hidden": "https://" + enginetest.Stack + ".execute-api.example/orders/",
	} {
		require.Equal(t, []any{map[string]any{"name": "SERVICE_URL", "value": want}},
			r.One(t, "codebuild.Project", name+"-smoke-test").Inputs["environment"].(map[string]any)["environmentVariables"])
	}
}
