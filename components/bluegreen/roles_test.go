package bluegreen

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

func TestRulesOf(t *testing.T) {
	listener := pulumi.String("arn:aws:elasticloadbalancing:r:1:listener/app/x/1/2").ToStringOutput()
	known := make(chan string, 1)
	rulesOf(listener).ApplyT(func(text string) string {
		known <- text
		return text
	})
	require.Equal(t, "arn:aws:elasticloadbalancing:r:1:listener-rule/app/x/1/2/*", <-known)
}
