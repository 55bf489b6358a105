package fargateservice_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
	"fargate-cd/internal/problems/problemtest"
)

func TestRollback(t *testing.T) {
	type spec = fargateservice.RollbackSpec
	eleven := strings.Split("a b c d e f g h i j k", " ")
	for name, test := range map[string]struct {
		given spec
		want  string // empty: accepted
	}{
		"none":            {spec{}, ""},
		"ten alarms":      {spec{AlarmNames: pulumi.ToStringArray(eleven[:10])}, ""},
		"a created alarm": {spec{Max5xxPerMinute: 10, AlarmNames: pulumi.ToStringArray(eleven[:9])}, ""},
		"ten more alarms": {spec{Max5xxPerMinute: 10, AlarmNames: pulumi.ToStringArray(eleven[:10])},
			`p.alarmNames: 10 is not allowed: 9 alarms or fewer with max5xxPerMinute`},
		"eleven alarms": {spec{AlarmNames: pulumi.ToStringArray(eleven)}, `p.alarmNames: 11 is not allowed: 10 alarms or fewer`},
		"an alarm twice": {spec{AlarmNames: pulumi.ToStringArray([]string{"a", "a"})},
			`p.alarmNames[1]: "a" is not allowed: the name of an alarm, each only once`},
		"a negative number of errors": {spec{Max5xxPerMinute: -1}, `p.max5xxPerMinute: -1 is not allowed: a whole number from 0 to 1000000`},
	} {
		t.Run(name, func(t *testing.T) {
			problemtest.Require(t, problemtest.Of(&test.given), test.want)
		})
	}
}

// A service checks its alarms itself, because other programs call New without a stack file. With BlueGreen it has none:
// the alarm on 5xx responses would exist twice.
func TestRollbackRefuses(t *testing.T) {
	alarms := func(names ...string) pulumi.StringArrayInput { return pulumi.ToStringArray(names) }
	worker := fargateservice.Spec{PathPatterns: []string{}}
	for name, test := range map[string]struct {
		spec      fargateservice.Spec
		given     fargateservice.RollbackSpec
		blueGreen bool
		want      string
	}{
		"an alarm twice": {given: fargateservice.RollbackSpec{AlarmNames: alarms("a", "a")}, want: `rollback.alarmNames[1]: "a" is not allowed: the name of an alarm`},
		"an unknown alarm twice": {given: fargateservice.RollbackSpec{AlarmNames: alarms("a", "a").ToStringArrayOutput()},
			want: `rollback.alarmNames[1]: "a" is not allowed: the name of an alarm`},
		"a negative number":        {given: fargateservice.RollbackSpec{Max5xxPerMinute: -1}, want: "rollback.max5xxPerMinute: -1 is not allowed: a whole number"},
		"no requests":              {spec: worker, given: fargateservice.RollbackSpec{Max5xxPerMinute: 1}, want: "pathPatterns: [] is not allowed: 1 to 5 patterns with rollback.max5xxPerMinute, which counts"},
		"blue/green":               {given: fargateservice.RollbackSpec{Max5xxPerMinute: 1}, blueGreen: true, want: "rollback.max5xxPerMinute: 1 is not allowed: 0; with BlueGreen: true"},
		"blue/green with an alarm": {given: fargateservice.RollbackSpec{AlarmNames: alarms("a")}, blueGreen: true, want: `rollback.alarmNames: is not allowed: with BlueGreen: true`},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			err := r.Run(setup{service: &fargateservice.Args{Spec: test.spec, Rollback: test.given}, blueGreen: test.blueGreen}.program, nil)
			require.ErrorContains(t, err, test.want)
			require.Empty(t, r.All("ecs.Service"))
		})
	}
}
