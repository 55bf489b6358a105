package stack

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const listenerType = "aws:lb/listener:Listener"

// listenerArns returns the ARNs of the listeners by their port.
func listenerArns(t *testing.T, stateDir string) map[float64]any {
	t.Helper()
	arns := map[float64]any{}
	for _, listener := range held(t, stateDir, "aws-lb-listener-Listener") {
		arns[listener["port"].(float64)] = listener["arn"]
	}
	return arns
}

// A stack that changes from HTTP to HTTPS keeps its listeners, because CodeDeploy and the rules of services refer to
// them, and redirects HTTP afterwards. AWS allows only one listener for a port, and only one security group rule that
// opens the port to a network.
func TestFromHTTPToHTTPS(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		updated []string // listeners
		created []string
	}{
		"s4":   {updated: []string{"s4-production", "s4-test"}, created: []string{"s4-redirect"}},
		"prod": {updated: []string{"prod-internal-production", "prod-internal-test"}}, // only the API reaches it
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := ofRepository(t, name)
			plain := o
			plain.Config = map[string]any{"certificateArn": "", "domainName": "", "hostedZoneId": ""}
			_, err := open(t, plain).Up(t.Context())
			require.NoError(t, err)
			before := listenerArns(t, o.StateDir)

			s := open(t, o)
			got, err := s.Up(t.Context())

			require.NoError(t, err)
			require.Zero(t, got.Changes.Replace+got.Changes.Delete, "%v", got.Steps)
			require.Empty(t, opsOn(got.Steps, "aws:lb/listenerRule:ListenerRule"))
			require.Empty(t, opsOn(got.Steps, "aws:codedeploy/deploymentGroup:DeploymentGroup"))
			steps := map[string][]string{} // listeners by operation
			for _, step := range got.Steps {
				if step.Type == listenerType {
					steps[step.Op] = append(steps[step.Op], step.Name)
				}
			}
			require.ElementsMatch(t, test.updated, steps["update"])
			require.ElementsMatch(t, test.created, steps["create"])
			after := listenerArns(t, o.StateDir)
			require.Equal(t, before[80], after[443], "the production listener is the same")
			require.Equal(t, before[8080], after[8080])
			requireNoChange(t, s)
			_, err = s.Destroy(t.Context())
			require.NoError(t, err)
			accountIsEmpty(t, o.StateDir)
		})
	}
}
