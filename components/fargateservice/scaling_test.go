package fargateservice_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

// scaled returns the arguments of a service with 2 to 6 tasks.
func scaled(change func(*fargateservice.ScalingSpec)) *fargateservice.Args {
	spec := &fargateservice.ScalingSpec{MinCapacity: pulumi.IntRef(2), MaxCapacity: pulumi.IntRef(6), TargetCpuPercent: 60}
	change(spec)
	return &fargateservice.Args{Spec: fargateservice.Spec{Scaling: spec}}
}

func TestScaling(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, setup{service: scaled(func(s *fargateservice.ScalingSpec) {
		s.TargetMemoryPercent, s.TargetRequestsPerTarget, s.ScaleOutCooldownSeconds = 70, 1000, pulumi.IntRef(0)
		s.Schedules = []fargateservice.ScheduleSpec{{Name: "night", Cron: "0 20 * * ? *", Timezone: "Europe/Berlin",
			MinCapacity: pulumi.IntRef(0), MaxCapacity: pulumi.IntRef(1)}}
	})}.program)

	with := func(more object) object {
		all := object{"serviceNamespace": "ecs", "scalableDimension": "ecs:service:DesiredCount", "resourceId": "service/fargate-cd-test/web"}
		for key, value := range more {
			all[key] = value
		}
		return all
	}
	tracking := func(target float64, specification object) object {
		return with(object{"policyType": "TargetTrackingScaling", "targetTrackingScalingPolicyConfiguration": object{
			"targetValue": target, "predefinedMetricSpecification": specification, "scaleOutCooldown": 0.0, "scaleInCooldown": 300.0}})
	}
	require.Equal(t, with(object{"minCapacity": 2.0, "maxCapacity": 6.0}), r.One(t, "appautoscaling.Target", "web").Inputs)
	require.Equal(t, tracking(60, object{"predefinedMetricType": "ECSServiceAverageCPUUtilization"}),
		r.One(t, "appautoscaling.Policy", "web-cpu").Inputs)
	require.Equal(t, tracking(70, object{"predefinedMetricType": "ECSServiceAverageMemoryUtilization"}),
		r.One(t, "appautoscaling.Policy", "web-memory").Inputs)
	require.Equal(t, tracking(1000, object{"predefinedMetricType": "ALBRequestCountPerTarget", "resourceLabel": "loadbalancer/test-alb/targetgroup/web-blue"}),
		r.One(t, "appautoscaling.Policy", "web-requests").Inputs)
	require.Equal(t, with(object{"schedule": "cron(0 20 * * ? *)", "timezone": "Europe/Berlin",
		"scalableTargetAction": object{"minCapacity": 0.0, "maxCapacity": 1.0}}), r.One(t, "appautoscaling.ScheduledAction", "web-night").Inputs)
	require.ElementsMatch(t, []string{"minCapacity", "maxCapacity"}, r.One(t, "appautoscaling.Target", "web").IgnoreChanges,
		"schedules change the limits")
	require.Equal(t, 2.0, r.One(t, "ecs.Service", "web").Inputs["desiredCount"], "a new service begins with the minimum")

	r = &enginetest.Engine{}
	r.MustRun(t, setup{service: scaled(func(*fargateservice.ScalingSpec) {}), blueGreen: true}.program)
	require.Equal(t, []string{"web-cpu"}, enginetest.Names(r.All("appautoscaling.Policy")))
	require.Empty(t, r.One(t, "appautoscaling.Target", "web").IgnoreChanges, "the program owns the limits")
}

func TestScalingRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		change    func(*fargateservice.ScalingSpec)
		blueGreen bool
		count     *int
		want      string
	}{
		"a maximum below the minimum": {change: func(s *fargateservice.ScalingSpec) { s.MaxCapacity = pulumi.IntRef(1) },
			want: "scaling.maxCapacity: 1 is not allowed: at least minCapacity, which is 2"},
		"no maximum": {change: func(s *fargateservice.ScalingSpec) { s.MaxCapacity = nil },
			want: "scaling.maxCapacity: is missing: the largest number of tasks"},
		"too many tasks": {change: func(s *fargateservice.ScalingSpec) { s.MaxCapacity = pulumi.IntRef(5001) },
			want: "scaling.maxCapacity: 5001 is not allowed: a whole number from 0 to 5000"},
		"none": {change: func(s *fargateservice.ScalingSpec) { s.MinCapacity = pulumi.IntRef(0) },
			want: "scaling.minCapacity: 0 is not allowed: 1 or more without schedules"},
		"a count outside the limits": {change: func(*fargateservice.ScalingSpec) {}, count: pulumi.IntRef(1),
			want: "desiredCount: 1 is not allowed: 2 to 6, the limits of scaling"},
		"CPU": {change: func(s *fargateservice.ScalingSpec) { s.TargetCpuPercent = 101 },
			want: "scaling.targetCpuPercent: 101 is not allowed: a whole number from 1 to 100"},
		"memory": {change: func(s *fargateservice.ScalingSpec) { s.TargetMemoryPercent = -1 },
			want: "scaling.targetMemoryPercent: -1 is not allowed: a whole number from 1 to 100"},
		"requests": {change: func(s *fargateservice.ScalingSpec) { s.TargetRequestsPerTarget = -1 },
			want: "scaling.targetRequestsPerTarget: -1 is not allowed: a whole number from 1 to 2147483647"},
		"requests, blue/green": {change: func(s *fargateservice.ScalingSpec) { s.TargetRequestsPerTarget = 1000 }, blueGreen: true,
			want: "scaling.targetRequestsPerTarget: 1000 is not allowed: 0 with a blue/green deployment"},
		"nothing to scale on": {change: func(s *fargateservice.ScalingSpec) { s.TargetCpuPercent = 0 },
			want: "scaling.targetCpuPercent: is missing: a target (targetCpuPercent, targetMemoryPercent or targetRequestsPerTarget) or schedules"},
		"cooldown": {change: func(s *fargateservice.ScalingSpec) { s.ScaleOutCooldownSeconds = pulumi.IntRef(-1) },
			want: "scaling.scaleOutCooldownSeconds: -1 is not allowed: a whole number from 0"},
		"cooldown after": {change: func(s *fargateservice.ScalingSpec) { s.ScaleInCooldownSeconds = pulumi.IntRef(-1) },
			want: "scaling.scaleInCooldownSeconds: -1 is not allowed: a whole number from 0"},
		"a schedule's name": {change: schedule(func(s *fargateservice.ScheduleSpec) { s.Name = "Night" }),
			want: `scaling.schedules[0].name: "Night" is not allowed: 1 to 32 lower-case letters`},
		"a schedule without a year": {change: schedule(func(s *fargateservice.ScheduleSpec) { s.Cron = "0 20 * * ?" }),
			want: `scaling.schedules[0].cron: "0 20 * * ?" is not allowed: six fields`},
		"a schedule with both days": {change: schedule(func(s *fargateservice.ScheduleSpec) { s.Cron = "0 20 * * MON-FRI *" }),
			want: `scaling.schedules[0].cron: "0 20 * * MON-FRI *" is not allowed: exactly one of the day of the month and the day of the week must be ?`},
		"a schedule without days": {change: schedule(func(s *fargateservice.ScheduleSpec) { s.Cron = "0 20 ? * ? *" }),
			want: `scaling.schedules[0].cron: "0 20 ? * ? *" is not allowed: exactly one of the day of the month and the day of the week must be ?`},
		"a schedule with a ? among days": {change: schedule(func(s *fargateservice.ScheduleSpec) { s.Cron = "0 20 1,? * ? *" }),
			want: `scaling.schedules[0].cron: "0 20 1,? * ? *" is not allowed: exactly one of the day of the month and the day of the week must be ?`},
		"a schedule's time zone": {change: schedule(func(s *fargateservice.ScheduleSpec) { s.Timezone = "Berlin" }),
			want: `scaling.schedules[0].timezone: "Berlin" is not allowed: the IANA name`},
		"a schedule without a minimum": {change: schedule(func(s *fargateservice.ScheduleSpec) { s.MinCapacity = nil }),
			want: "scaling.schedules[0].minCapacity: is missing: the smallest number of tasks"},
		"a schedule's maximum": {change: schedule(func(s *fargateservice.ScheduleSpec) { s.MinCapacity = pulumi.IntRef(7) }),
			want: "scaling.schedules[0].maxCapacity: 1 is not allowed: at least minCapacity, which is 7"},
		"a schedule twice": {change: func(s *fargateservice.ScalingSpec) {
			schedule(func(*fargateservice.ScheduleSpec) {})(s)
			s.Schedules = append(s.Schedules, s.Schedules[0])
		}, want: `scaling.schedules[1].name: "night" is not allowed: unique in the service`},
	} {
		t.Run(name, func(t *testing.T) {
			args := scaled(test.change)
			args.DesiredCount = test.count
			r := &enginetest.Engine{}
			require.ErrorContains(t, r.Run(setup{service: args, blueGreen: test.blueGreen}.program, nil), "the configuration is not valid: "+test.want)
			require.Empty(t, r.All("fargate-cd:components:FargateService"), "no part of the service is registered")
		})
	}
}

// schedule adds a schedule that is valid without the change.
func schedule(change func(*fargateservice.ScheduleSpec)) func(*fargateservice.ScalingSpec) {
	return func(s *fargateservice.ScalingSpec) {
		night := fargateservice.ScheduleSpec{Name: "night", Cron: "0 20 * * ? *", Timezone: "Europe/Berlin",
			MinCapacity: pulumi.IntRef(0), MaxCapacity: pulumi.IntRef(1)}
		change(&night)
		s.Schedules = []fargateservice.ScheduleSpec{night}
	}
}
