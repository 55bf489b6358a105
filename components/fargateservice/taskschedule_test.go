package fargateservice_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/defaults"
	"fargate-cd/internal/enginetest"
	"fargate-cd/internal/problems/problemtest"
)

// scheduled returns the settings of a service whose tasks a schedule starts.
func scheduled(change func(*fargateservice.Spec)) fargateservice.Spec {
	spec := fargateservice.Spec{Schedule: &fargateservice.TaskScheduleSpec{Expression: "cron(0 3 * * ? *)", Timezone: "Europe/Berlin"}}
	change(&spec)
	return spec
}

// The ECS service of a scheduled task has no tasks. The schedule starts the newest revision of the family.
func TestSchedule(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, setup{balancers: []string{}, service: &fargateservice.Args{Spec: scheduled(func(*fargateservice.Spec) {})}}.program)
	require.Equal(t, map[string]int{
		"cloudwatch.LogGroup": 1, "iam.Role": 3, "iam.RolePolicy": 2, "ec2.SecurityGroup": 1,
		"vpc.SecurityGroupEgressRule": 1, "ecs.TaskDefinition": 1, "ecs.Service": 1, "scheduler.Schedule": 1,
	}, r.Children(t, "FargateService", "web"))
	require.EqualValues(t, 0, r.One(t, "ecs.Service", "web").Inputs["desiredCount"])
	container := r.One(t, "ecs.TaskDefinition", "web").Container(t)
	require.Equal(t, "public.ecr.aws/docker/library/busybox:1.37.0", container["image"], "it ends by itself")
	require.Empty(t, container["environment"])

	const role = "arn:aws:iam:eu-central-1:111122223333:role/web-schedule"
	schedule := r.One(t, "scheduler.Schedule", "web")
	target := schedule.Inputs["target"].(object)
	parameters := target["ecsParameters"].(object)
	family := parameters["taskDefinitionArn"].(string)
	network := parameters["networkConfiguration"].(object)
	require.Equal(t, object{
		"description": "Starts a task of web", "scheduleExpression": "cron(0 3 * * ? *)", "scheduleExpressionTimezone": "Europe/Berlin",
		"state": "ENABLED", "flexibleTimeWindow": object{"mode": "OFF"},
		"target": object{"arn": "arn:aws:ecs:eu-central-1:111122223333:cluster/test-cluster", "roleArn": role,
			"retryPolicy": object{"maximumEventAgeInSeconds": 3600.0, "maximumRetryAttempts": 185.0}, "ecsParameters": object{
				"taskDefinitionArn": family, "taskCount": 1.0, "group": clusterName + "-web", "launchType": "FARGATE",
				"enableEcsManagedTags": true, "propagateTags": "TASK_DEFINITION", "networkConfiguration": network,
			}},
	}, schedule.Inputs)
	require.Equal(t, "arn:aws:ecs:eu-central-1:111122223333:task-definition/"+clusterName+"-web", family, "without a revision")
	require.True(t, schedule.Needs(r.One(t, "ecs.TaskDefinition", "web")))
	require.Equal(t, r.One(t, "ecs.Service", "web").Inputs["networkConfiguration"].(object)["securityGroups"], network["securityGroups"])

	require.Equal(t, []string{
		"Allow map[Service:scheduler.amazonaws.com] sts:AssumeRole if ArnEquals aws:SourceArn " +
			"arn:aws:scheduler:eu-central-1:111122223333:schedule-group/default if StringEquals aws:SourceAccount 111122223333",
	}, r.One(t, "iam.Role", "web-schedule").Policy(t, "assumeRolePolicy"))
	policy := r.One(t, "iam.RolePolicy", "web-schedule")
	require.Equal(t, []string{
		"Allow ecs:RunTask on " + family + ":* if ArnEquals ecs:cluster arn:aws:ecs:eu-central-1:111122223333:cluster/test-cluster",
		"Allow ecs:TagResource on arn:aws:ecs:eu-central-1:111122223333:task/" + clusterName + "/* if StringEquals ecs:CreateAction RunTask",
		"Allow iam:PassRole on arn:aws:iam:eu-central-1:111122223333:role/web-execution arn:aws:iam:eu-central-1:111122223333:role/web-task " +
			"if StringEquals iam:PassedToService ecs-tasks.amazonaws.com",
	}, policy.Policy(t, "policy"))
	require.True(t, schedule.Needs(policy), "the first task may start at once")
}

func TestScheduleOptions(t *testing.T) {
	r := &enginetest.Engine{}
	spec := scheduled(func(s *fargateservice.Spec) {
		s.Schedule = &fargateservice.TaskScheduleSpec{Expression: "rate(1 hour)", Enabled: pulumi.BoolRef(false)}
		s.CapacityProviderStrategy = []fargateservice.CapacityProviderSpec{{CapacityProvider: "FARGATE_SPOT", Weight: 1}}
		s.Image = "public.ecr.aws/docker/library/alpine:3.22"
	})
	r.MustRun(t, setup{balancers: []string{}, service: &fargateservice.Args{Spec: spec}}.program)
	schedule := r.One(t, "scheduler.Schedule", "web").Inputs
	require.Equal(t, "DISABLED", schedule["state"])
	require.Equal(t, "UTC", schedule["scheduleExpressionTimezone"])
	parameters := schedule["target"].(object)["ecsParameters"].(object)
	require.NotContains(t, parameters, "launchType")
	require.Equal(t, list{object{"capacityProvider": "FARGATE_SPOT", "base": 0.0, "weight": 1.0}}, parameters["capacityProviderStrategies"])
	require.Equal(t, "public.ecr.aws/docker/library/alpine:3.22", r.One(t, "ecs.TaskDefinition", "web").Container(t)["image"])
}

func TestScheduleRefuses(t *testing.T) {
	const nothing = " is not allowed: it cannot be combined with schedule, because only the schedule starts tasks"
	const expression = ` is not allowed: a rate such as rate(6 hours), or a cron expression with six fields (minutes, hours, day of the month, ` +
		`month, day of the week, year) such as cron(0 3 * * ? *)`
	for want, change := range map[string]func(*fargateservice.Spec){
		`p.schedule.expression: ""` + expression:              func(s *fargateservice.Spec) { s.Schedule.Expression = "" },
		`p.schedule.expression: "rate(0 hours)"` + expression: func(s *fargateservice.Spec) { s.Schedule.Expression = "rate(0 hours)" },
		`p.schedule.expression: "cron(0 3 * * *)"` + expression: func(s *fargateservice.Spec) {
			s.Schedule.Expression = "cron(0 3 * * *)"
		},
		`p.schedule.expression: "cron(0 3 * * * *)" is not allowed: exactly one of the day of the month and the day of the week must be ?`: func(s *fargateservice.Spec) { s.Schedule.Expression = "cron(0 3 * * * *)" },
		`p.schedule.timezone: "Local" is not allowed: the IANA name of a time zone, such as Europe/Berlin`: func(s *fargateservice.Spec) {
			s.Schedule.Timezone = "Local"
		},
		`p.pathPatterns: ["/a"]` + nothing: func(s *fargateservice.Spec) { s.PathPatterns = []string{"/a"} },
		`p.desiredCount: 2` + nothing:      func(s *fargateservice.Spec) { s.DesiredCount = pulumi.IntRef(2) },
		"p.scaling:" + nothing: func(s *fargateservice.Spec) {
			s.Scaling = &fargateservice.ScalingSpec{MaxCapacity: pulumi.IntRef(4), TargetCpuPercent: 60}
		},
		`p.priority: 1 is not allowed: it cannot be combined with schedule, because no request reaches the tasks`: func(s *fargateservice.Spec) {
			s.Priority = pulumi.IntRef(1)
		},
	} {
		t.Run(want, func(t *testing.T) {
			spec := scheduled(change)
			defaults.Set(&spec)
			problemtest.Require(t, problemtest.Of(&spec), want)
		})
	}
	r := &enginetest.Engine{}
	err := r.Run(setup{blueGreen: true, service: &fargateservice.Args{Spec: scheduled(func(*fargateservice.Spec) {})}}.program, nil)
	require.ErrorContains(t, err, `schedule: "cron(0 3 * * ? *)" is not allowed: no schedule with a blue/green deployment, which shifts the traffic of a load balancer`)
}
