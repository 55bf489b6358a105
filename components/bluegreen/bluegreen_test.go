package bluegreen_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/bluegreen"
	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

func TestChildren(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, setup{service: someService, deployment: allAtOnce}.program)
	require.Equal(t, map[string]int{
		"codedeploy.Application": 1, "codedeploy.DeploymentGroup": 1, "iam.Role": 1, "iam.RolePolicy": 1,
	}, r.Children(t, "BlueGreen", "web"))
	require.Equal(t, object{"computePlatform": "ECS"}, r.One(t, "codedeploy.Application", "web").Inputs)
	require.True(t, r.One(t, "codedeploy.DeploymentGroup", "web").Needs(r.One(t, "iam.RolePolicy", "web-codedeploy")))
}

func TestDeploymentGroup(t *testing.T) {
	const listeners = "arn:aws:lb:eu-central-1:111122223333:listener/"
	common := object{
		"appName": "web-0abcdef", "deploymentGroupName": "web",
		"serviceRoleArn":  "arn:aws:iam:eu-central-1:111122223333:role/web-codedeploy",
		"deploymentStyle": object{"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
		"ecsService":      object{"clusterName": clusterName, "serviceName": "web"},
		"autoRollbackConfiguration": object{"enabled": true, "events": list{
			"DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST",
		}},
	}
	pair := object{
		"targetGroups":     list{object{"name": "web-blue-0abcdef"}, object{"name": "web-green-0abcdef"}},
		"prodTrafficRoute": object{"listenerArns": list{listeners + "test-production"}},
	}
	pairWithTest := object{
		"targetGroups": pair["targetGroups"], "prodTrafficRoute": pair["prodTrafficRoute"],
		"testTrafficRoute": object{"listenerArns": list{listeners + "test-test"}},
	}
	terminate := func(minutes float64) object {
		return object{"action": "TERMINATE", "terminationWaitTimeInMinutes": minutes}
	}
	for name, test := range map[string]struct {
		environment environment.Spec
		given       bluegreen.Args
		want        object // in addition to common
	}{
		"minimal": {
			given: bluegreen.Args{Strategy: "ECSCanary10Percent5Minutes"},
			want: object{
				"deploymentConfigName": "CodeDeployDefault.ECSCanary10Percent5Minutes",
				"loadBalancerInfo":     object{"targetGroupPairInfo": pair},
				"blueGreenDeploymentConfig": object{
					"deploymentReadyOption":                     object{"actionOnTimeout": "CONTINUE_DEPLOYMENT"},
					"terminateBlueInstancesOnDeploymentSuccess": terminate(5),
				},
			},
		},
		"full": {
			environment: testListening,
			given: bluegreen.Args{
				Strategy: "ECSAllAtOnce", Spec: bluegreen.Spec{ReadyWaitMinutes: 60, TerminationWaitMinutes: pulumi.IntRef(0)},
				Rollback: fargateservice.RollbackSpec{AlarmNames: pulumi.ToStringArray([]string{"web-5xx", "web-slow"})},
			},
			want: object{
				"deploymentConfigName": "CodeDeployDefault.ECSAllAtOnce",
				"loadBalancerInfo":     object{"targetGroupPairInfo": pairWithTest},
				"blueGreenDeploymentConfig": object{
					// AWS accepts a wait time only with STOP_DEPLOYMENT.
					"deploymentReadyOption":                     object{"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 60.0},
					"terminateBlueInstancesOnDeploymentSuccess": terminate(0),
				},
				"alarmConfiguration": object{"enabled": true, "alarms": list{"web-5xx", "web-slow"}},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			r.MustRun(t, setup{environment: test.environment, service: someService, deployment: &test.given}.program)
			for key, value := range common {
				test.want[key] = value
			}
			require.Equal(t, test.want, r.One(t, "codedeploy.DeploymentGroup", "web").Inputs)
		})
	}
}

// The alarm watches both target groups, because the group of the new version changes with each deployment.
func TestErrorAlarm(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, setup{service: someService, deployment: &bluegreen.Args{
		Strategy: "ECSCanary10Percent5Minutes",
		Rollback: fargateservice.RollbackSpec{AlarmNames: pulumi.StringArray{pulumi.String("web-slow")}, Max5xxPerMinute: 10},
	}}.program)
	require.Equal(t, map[string]int{
		"codedeploy.Application": 1, "codedeploy.DeploymentGroup": 1, "iam.Role": 1, "iam.RolePolicy": 1, "cloudwatch.MetricAlarm": 1,
	}, r.Children(t, "BlueGreen", "web"))
	count := func(id, group string) object {
		return object{"id": id, "metric": object{
			"namespace": "AWS/ApplicationELB", "metricName": "HTTPCode_Target_5XX_Count", "period": 60.0, "stat": "Sum",
			"dimensions": object{"LoadBalancer": "loadbalancer/test-alb", "TargetGroup": "targetgroup/" + group},
		}}
	}
	require.Equal(t, object{
		"alarmDescription": "web answers more than 10 requests in a minute with 5xx",
		"metricQueries": list{
			count("blue", "web-blue"), count("green", "web-green"),
			object{"id": "both", "label": "5xx answers of both target groups", "expression": "FILL(blue, 0) + FILL(green, 0)", "returnData": true},
		},
		"comparisonOperator": "GreaterThanThreshold", "threshold": 10.0,
		"evaluationPeriods": 3.0, "datapointsToAlarm": 1.0, "treatMissingData": "notBreaching",
	}, r.One(t, "cloudwatch.MetricAlarm", "web-5xx").Inputs)
	require.Equal(t, object{"enabled": true, "alarms": list{"web-slow", "web-5xx-0abcdef"}},
		r.One(t, "codedeploy.DeploymentGroup", "web").Inputs["alarmConfiguration"])
}

// The names of alarms can be outputs, which are checked when they are known.
func TestAlarmNamesOfOutputs(t *testing.T) {
	deployment := func(names ...string) *bluegreen.Args {
		return &bluegreen.Args{Strategy: "ECSAllAtOnce", Rollback: fargateservice.RollbackSpec{
			AlarmNames: pulumi.ToStringArray(names).ToStringArrayOutput(), Max5xxPerMinute: 10,
		}}
	}
	r := &enginetest.Engine{}
	r.MustRun(t, setup{service: someService, deployment: deployment("web-slow")}.program)
	require.Equal(t, object{"enabled": true, "alarms": list{"web-slow", "web-5xx-0abcdef"}},
		r.One(t, "codedeploy.DeploymentGroup", "web").Inputs["alarmConfiguration"])
	require.Contains(t, r.One(t, "iam.RolePolicy", "web-codedeploy").Policy(t, "policy"),
		"Allow cloudwatch:DescribeAlarms on arn:aws:cloudwatch:eu-central-1:111122223333:alarm:*")

	err := new(enginetest.Engine).Run(setup{service: someService, deployment: deployment("web-slow", "web-slow")}.program, nil)
	require.ErrorContains(t, err, `rollback.alarmNames[1]: "web-slow" is not allowed: the name of an alarm, each only once`)
}

func TestRole(t *testing.T) {
	const (
		traffic    = "Allow elasticloadbalancing:ModifyListener elasticloadbalancing:ModifyRule on "
		production = "arn:aws:lb:eu-central-1:111122223333:listener/test-production " +
			"arn:aws:lb:eu-central-1:111122223333:listener-rule/test-production/*"
		test = " arn:aws:lb:eu-central-1:111122223333:listener/test-test " +
			"arn:aws:lb:eu-central-1:111122223333:listener-rule/test-test/*"
	)
	for name, test := range map[string]struct {
		environment environment.Spec
		alarms      []string
		wantTraffic string
		wantAlarms  []string
	}{
		"production": {wantTraffic: traffic + production},
		"and test":   {environment: testListening, wantTraffic: traffic + production + test},
		"and alarms": {alarms: []string{"web-5xx"}, wantTraffic: traffic + production, wantAlarms: []string{
			"Allow cloudwatch:DescribeAlarms on arn:aws:cloudwatch:eu-central-1:111122223333:alarm:*",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			deployment := &bluegreen.Args{
				Strategy: "ECSAllAtOnce", Rollback: fargateservice.RollbackSpec{AlarmNames: pulumi.ToStringArray(test.alarms)},
			}
			r.MustRun(t, setup{environment: test.environment, service: someService, deployment: deployment}.program)

			require.Equal(t, []string{
				"Allow map[Service:codedeploy.amazonaws.com] sts:AssumeRole" +
					" if ArnLike aws:SourceArn arn:aws:codedeploy:eu-central-1:111122223333:deploymentgroup:web-0abcdef/*" +
					" if StringEquals aws:SourceAccount 111122223333",
			}, r.One(t, "iam.Role", "web-codedeploy").Policy(t, "assumeRolePolicy"))
			policy := r.One(t, "iam.RolePolicy", "web-codedeploy")
			require.Equal(t, "web-codedeploy-0abcdef", policy.Inputs["role"])
			require.Equal(t, append([]string{
				"Allow ecs:DescribeServices ecs:CreateTaskSet ecs:UpdateServicePrimaryTaskSet ecs:DeleteTaskSet on " +
					"arn:aws:ecs:eu-central-1:111122223333:service/fargate-cd-test/web " +
					"arn:aws:ecs:eu-central-1:111122223333:task-set/fargate-cd-test/web/*",
				"Allow elasticloadbalancing:DescribeTargetGroups elasticloadbalancing:DescribeListeners " +
					"elasticloadbalancing:DescribeRules on *",
				test.wantTraffic,
				passesTwoRoles,
			}, test.wantAlarms...), policy.Policy(t, "policy"))
		})
	}
}

// passesTwoRoles is the only iam:PassRole statement of the role.
const passesTwoRoles = "Allow iam:PassRole on arn:aws:iam:eu-central-1:111122223333:role/web-execution " +
	"arn:aws:iam:eu-central-1:111122223333:role/web-task if StringEquals iam:PassedToService ecs-tasks.amazonaws.com"

// For a service on the internal load balancer, CodeDeploy shifts the traffic of the internal listeners.
func TestInternal(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, setup{
		environment: testListening, balancers: []string{environment.LoadBalancerPublic, environment.LoadBalancerInternal},
		service: &fargateservice.Args{Internal: true}, deployment: allAtOnce,
	}.program)
	const listener = "arn:aws:lb:eu-central-1:111122223333:listener/test-internal-"
	pair := r.One(t, "codedeploy.DeploymentGroup", "web").Inputs["loadBalancerInfo"].(object)["targetGroupPairInfo"].(object)
	require.Equal(t, object{"listenerArns": list{listener + "production"}}, pair["prodTrafficRoute"])
	require.Equal(t, object{"listenerArns": list{listener + "test"}}, pair["testTrafficRoute"])
}

func TestRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		name, want       string
		missing, rolling bool // whether the service is missing, or was created without BlueGreen
		given            bluegreen.Args
	}{
		"nothing":        {"web", "the service of BlueGreen web is missing", true, false, *allAtOnce},
		"a bad name":     {"Web", `name: "Web" is not allowed`, false, false, *allAtOnce},
		"a bad strategy": {"web", `strategy: "Fast" is not allowed: one of ECSAllAtOnce,`, false, false, bluegreen.Args{Strategy: "Fast"}},
		"no strategy":    {"web", `strategy: "" is not allowed: one of ECSAllAtOnce,`, false, false, bluegreen.Args{}},
		"a bad alarm": {"web", `rollback.max5xxPerMinute: -1 is not allowed`, false, false,
			bluegreen.Args{Strategy: "ECSAllAtOnce", Rollback: fargateservice.RollbackSpec{Max5xxPerMinute: -1}}},
		"a rolling service": {"web", `service: "web" is not allowed: a service that was created with BlueGreen: true`, false, true, *allAtOnce},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			err := r.Run(func(ctx *pulumi.Context) error {
				env, err := environment.New(ctx, enginetest.Stack, &environment.Args{ClusterName: clusterName})
				require.NoError(t, err)
				args := test.given
				if !test.missing {
					args.Service, err = fargateservice.New(ctx, "web",
						&fargateservice.Args{Environment: env, BlueGreen: !test.rolling})
					require.NoError(t, err)
				}
				_, err = bluegreen.New(ctx, test.name, &args)
				return err
			}, nil)
			require.ErrorContains(t, err, test.want)
			require.Empty(t, r.All("fargate-cd:components:BlueGreen"), "no part of the deployment is registered")
		})
	}
}
