package fargateservice_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

func rolling(minimum, maximum int) fargateservice.RollingSpec {
	return fargateservice.RollingSpec{MinimumHealthyPercent: &minimum, MaximumPercent: maximum}
}

// ECS gets the limits and the alarms of a deployment. The pipeline waits for the batches, and for the time in which ECS watches
// the alarms.
func TestRolling(t *testing.T) {
	args := func(tasks int, given fargateservice.RollingSpec, alarms ...string) *fargateservice.Args {
		rollback := fargateservice.RollbackSpec{AlarmNames: pulumi.ToStringArray(alarms)}
		return &fargateservice.Args{Spec: fargateservice.Spec{DesiredCount: &tasks}, Rolling: given, Rollback: rollback}
	}
	for name, test := range map[string]struct {
		given            *fargateservice.Args
		minimum, maximum float64
		alarms           any
		timeout          int
	}{
		"default":   {args(1, fargateservice.RollingSpec{}), 100, 200, nil, 20},
		"zero":      {args(1, rolling(0, 100)), 0, 100, nil, 20},
		"batches":   {args(10, rolling(90, 100)), 90, 100, nil, 60},
		"no tasks":  {args(0, rolling(100, 100)), 100, 100, nil, 20},
		"an alarm":  {args(1, fargateservice.RollingSpec{}, "a"), 100, 200, object{"alarmNames": list{"a"}, "enable": true, "rollback": true}, 60},
		"rounds up": {args(3, rolling(50, 100)), 50, 100, nil, 40},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			var timeout int
			r.MustRun(t, func(ctx *pulumi.Context) error {
				service, err := setup{service: test.given}.register(ctx)
				if err == nil {
					timeout = service.DeploymentTimeoutMinutes()
				}
				return err
			})
			inputs := r.One(t, "ecs.Service", "web").Inputs
			require.Equal(t, test.minimum, inputs["deploymentMinimumHealthyPercent"])
			require.Equal(t, test.maximum, inputs["deploymentMaximumPercent"])
			require.Equal(t, test.alarms, inputs["alarms"])
			require.Equal(t, test.timeout, timeout)
		})
	}
}

// ECS keeps the alarms of a service when an update has none. So the program disables them.
func TestAlarmsAreSwitchedOff(t *testing.T) {
	before := enginetest.Runs(revision, func(s *types.Service) {
		s.DeploymentConfiguration = &types.DeploymentConfiguration{Alarms: &types.DeploymentAlarms{AlarmNames: []string{"b", "a"}}}
	})
	for _, blueGreen := range []bool{false, true} {
		r := &enginetest.Engine{Before: before, Revisions: map[string]types.ContainerDefinition{
			revision: container(image, labels(t, someService, false)), "fargate-cd-test-web": container(image, nil),
		}}
		r.MustRun(t, setup{service: someService, blueGreen: blueGreen}.program)
		want := any(object{"alarmNames": list{"a", "b"}, "enable": false, "rollback": false})
		if blueGreen { // the update replaces the service
			want = nil
		}
		require.Equal(t, want, r.One(t, "ecs.Service", "web").Inputs["alarms"])
	}
}

func TestRollingRefuses(t *testing.T) {
	scaled := &fargateservice.ScalingSpec{MinCapacity: pulumi.IntRef(2), MaxCapacity: pulumi.IntRef(9), TargetCpuPercent: 50}
	for name, test := range map[string]struct {
		spec      fargateservice.Spec
		given     fargateservice.RollingSpec
		blueGreen bool
		want      string
	}{
		"least":             {given: rolling(101, 200), want: "rolling.minimumHealthyPercent: 101 is not allowed: a whole number from 0 to 100"},
		"most":              {given: rolling(100, 201), want: "rolling.maximumPercent: 201 is not allowed: a whole number from 100 to 200"},
		"nothing can move":  {given: rolling(100, 100), want: "rolling.maximumPercent: 100 is not allowed: a higher value, or a lower minimumHealthyPercent: with 1 tasks, 1 must stay healthy and 1 may run"},
		"one is rounded":    {given: rolling(50, 150), want: "with 1 tasks, 1 must stay healthy and 1 may run"},
		"the fewest tasks":  {spec: fargateservice.Spec{Scaling: scaled}, given: rolling(100, 120), want: "with 2 tasks, 2 must stay healthy and 2 may run"},
		"least, blue/green": {given: rolling(50, 200), blueGreen: true, want: "rolling.minimumHealthyPercent: 50 is not allowed: 100 with a blue/green deployment"},
		"most, blue/green":  {given: rolling(100, 150), blueGreen: true, want: "rolling.maximumPercent: 150 is not allowed: 200 with a blue/green deployment"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			err := r.Run(setup{service: &fargateservice.Args{Spec: test.spec, Rolling: test.given}, blueGreen: test.blueGreen}.program, nil)
			require.ErrorContains(t, err, test.want)
			require.Empty(t, r.All("fargate-cd:components:FargateService"), "no part of the service is registered")
		})
	}
}
