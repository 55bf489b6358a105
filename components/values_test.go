package components

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

func TestConnectionArns(t *testing.T) {
	both := pulumi.ToStringArray([]string{"arn:aws:codeconnections:r:1:connection/x", "arn:aws:codestar-connections:r:1:connection/x"})
	require.Equal(t, both, connectionArns("arn:aws:codestar-connections:r:1:connection/x"))
	require.Equal(t, both, connectionArns("arn:aws:codeconnections:r:1:connection/x"))
}

func TestRulesOf(t *testing.T) {
	listener := pulumi.String("arn:aws:elasticloadbalancing:r:1:listener/app/x/1/2").ToStringOutput()
	known := make(chan string, 1)
	rulesOf(listener).ApplyT(func(text string) string {
		known <- text
		return text
	})
	require.Equal(t, "arn:aws:elasticloadbalancing:r:1:listener-rule/app/x/1/2/*", <-known)
}
