package bluegreen

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/defaults"
	"fargate-cd/internal/problems/problemtest"
)

func TestSpec(t *testing.T) {
	var fallback Spec
	defaults.Set(&fallback)
	require.Equal(t, Spec{
		Strategy: "Rolling", TerminationWaitMinutes: pulumi.IntRef(5),
		RollingSpec: fargateservice.RollingSpec{MinimumHealthyPercent: pulumi.IntRef(100), MaximumPercent: 200},
	}, fallback)
	require.False(t, fallback.BlueGreen())

	eleven := strings.Split("a b c d e f g h i j k", " ")
	const canary = "ECSCanary10Percent5Minutes"
	for name, test := range map[string]struct {
		given Spec
		want  string // empty: accepted
	}{
		"rolling":         {Spec{}, ""},
		"blue/green":      {Spec{Strategy: canary, ReadyWaitMinutes: 2880, TerminationWaitMinutes: pulumi.IntRef(0), AlarmNames: pulumi.ToStringArray(eleven[:10])}, ""},
		"a created alarm": {Spec{Strategy: canary, Max5xxPerMinute: 10, AlarmNames: pulumi.ToStringArray(eleven[:9])}, ""},
		"ten more alarms": {Spec{Strategy: canary, Max5xxPerMinute: 10, AlarmNames: pulumi.ToStringArray(eleven[:10])},
			`p.alarmNames: 10 is not allowed: 9 alarms or fewer with max5xxPerMinute`},
		"a negative number of errors": {Spec{Strategy: canary, Max5xxPerMinute: -1},
			`p.max5xxPerMinute: -1 is not allowed: a whole number from 0 to 1000000`},
		"rolling with a created alarm": {Spec{Max5xxPerMinute: 10}, ""},
		"strategy": {Spec{Strategy: "Canary"},
			`p.strategy: "Canary" is not allowed: one of Rolling, ECSAllAtOnce, ECSCanary10Percent5Minutes, ECSCanary10Percent15Minutes,`},
		"ready wait": {Spec{Strategy: canary, ReadyWaitMinutes: 2881},
			`p.readyWaitMinutes: 2881 is not allowed: a whole number from 0 to 2880`},
		"termination wait": {Spec{Strategy: canary, TerminationWaitMinutes: pulumi.IntRef(-1)},
			`p.terminationWaitMinutes: -1 is not allowed: a whole number from 0 to 2880`},
		"eleven alarms": {Spec{Strategy: canary, AlarmNames: pulumi.ToStringArray(eleven)}, `p.alarmNames: 11 is not allowed: 10 alarms or fewer`},
		"an alarm twice": {Spec{Strategy: canary, AlarmNames: pulumi.ToStringArray([]string{"a", "a"})},
			`p.alarmNames[1]: "a" is not allowed: the name of an alarm, each only once`},
		"rolling without a wait": {Spec{ReadyWaitMinutes: 1},
			`p.readyWaitMinutes: 1 is not allowed: 0 with the strategy Rolling`},
		"rolling with ten alarms": {Spec{AlarmNames: pulumi.ToStringArray(eleven[:10])}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			spec := test.given
			defaults.Set(&spec)
			problemtest.Require(t, problemtest.Of(&spec), test.want)
		})
	}
	for _, strategy := range strategies {
		spec := Spec{Strategy: strategy}
		defaults.Set(&spec)
		require.NoError(t, problemtest.Of(&spec))
		require.True(t, spec.BlueGreen())
	}
}
