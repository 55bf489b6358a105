package bluegreen

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/internal/defaults"
	"fargate-cd/internal/problems/problemtest"
)

func TestSpec(t *testing.T) {
	var fallback Spec
	defaults.Set(&fallback)
	require.Equal(t, Spec{TerminationWaitMinutes: pulumi.IntRef(5)}, fallback)

	for name, test := range map[string]struct {
		given Spec
		want  string // empty: accepted
	}{
		"default":   {Spec{}, ""},
		"the edges": {Spec{ReadyWaitMinutes: 2880, TerminationWaitMinutes: pulumi.IntRef(0)}, ""},
		"ready wait": {Spec{ReadyWaitMinutes: 2881},
			`p.readyWaitMinutes: 2881 is not allowed: a whole number from 0 to 2880`},
		"termination wait": {Spec{TerminationWaitMinutes: pulumi.IntRef(-1)},
			`p.terminationWaitMinutes: -1 is not allowed: a whole number from 0 to 2880`},
	} {
		t.Run(name, func(t *testing.T) {
			spec := test.given
			defaults.Set(&spec)
			problemtest.Require(t, problemtest.Of(&spec), test.want)
		})
	}
}
