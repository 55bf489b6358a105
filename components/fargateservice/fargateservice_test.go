package fargateservice_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

var (
	someService   = &fargateservice.Args{}
	testListening = environment.Spec{TestListenerPort: 8080, TestIngressCidrBlocks: []string{"203.0.113.0/24"}}
)

func TestChildren(t *testing.T) {
	counts := func(egress, groups, rules int) map[string]int {
		return map[string]int{
			"cloudwatch.LogGroup": 1, "iam.Role": 2, "iam.RolePolicy": 1, "ec2.SecurityGroup": 1,
			"vpc.SecurityGroupIngressRule": 1, "vpc.SecurityGroupEgressRule": 1 + egress,
			"lb.TargetGroup": groups, "lb.ListenerRule": rules, "ecs.TaskDefinition": 1, "ecs.Service": 1,
		}
	}
	closed := &fargateservice.Args{Spec: fargateservice.Spec{EgressPorts: []int{}}}
	open := &fargateservice.Args{Spec: fargateservice.Spec{EgressPorts: []int{443, 5432}}}
	for name, test := range map[string]struct {
		given setup
		want  map[string]int
	}{
		"minimal":                             {setup{service: someService}, counts(1, 1, 1)},
		"no egress":                           {setup{service: closed}, counts(0, 1, 1)},
		"two egress ports":                    {setup{service: open}, counts(2, 1, 1)},
		"rolling ignores the test listener":   {setup{environment: testListening, service: someService}, counts(1, 1, 1)},
		"blue/green":                          {setup{service: someService, blueGreen: true}, counts(1, 2, 1)},
		"blue/green shown on a test listener": {setup{environment: testListening, service: someService, blueGreen: true}, counts(1, 2, 2)},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			r.MustRun(t, test.given.program)
			require.Equal(t, test.want, r.Children(t, "FargateService", "web"))
		})
	}
}

// The inputs of the ECS service for both kinds of deployment.
func TestInputs(t *testing.T) {
	args := &fargateservice.Args{Spec: fargateservice.Spec{
		ContainerPort: 5000, DesiredCount: pulumi.IntRef(3), HealthCheck: fargateservice.HealthCheckSpec{GracePeriodSeconds: pulumi.IntRef(20)},
	}}
	common := object{
		"name": "web", "cluster": "arn:aws:ecs:eu-central-1:111122223333:cluster/test-cluster",
		"taskDefinition": madeRevision,
		"launchType":     "FARGATE", "platformVersion": "LATEST",
		"desiredCount": 3.0, "healthCheckGracePeriodSeconds": 20.0,
		"enableEcsManagedTags": true, "propagateTags": "SERVICE",
		"networkConfiguration": object{
			"subnets": list{"subnet-private-1", "subnet-private-2"}, "securityGroups": list{"web-tasks-securitygroup"}, "assignPublicIp": false,
		},
		"loadBalancers": list{object{
			"targetGroupArn": "arn:aws:lb:eu-central-1:111122223333:targetgroup/web-blue",
			"containerName":  "web", "containerPort": 5000.0,
		}},
	}
	for name, test := range map[string]struct {
		blueGreen   bool
		want        object // in addition to common
		wantIgnored []string
	}{
		"rolling": {want: object{
			"deploymentMinimumHealthyPercent": 100.0, "deploymentMaximumPercent": 200.0,
			"deploymentCircuitBreaker": object{"enable": true, "rollback": true},
		}},
		// On a CodeDeploy service, AWS refuses a circuit breaker and an update of the ignored properties.
		"blue/green": {
			blueGreen:   true,
			want:        object{"deploymentController": object{"type": "CODE_DEPLOY"}},
			wantIgnored: []string{"loadBalancers", "networkConfiguration", "platformVersion"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			r.MustRun(t, setup{service: args, blueGreen: test.blueGreen}.program)

			service := r.One(t, "ecs.Service", "web")
			for key, value := range common {
				test.want[key] = value
			}
			require.Equal(t, test.want, service.Inputs)
			require.ElementsMatch(t, test.wantIgnored, service.IgnoreChanges)
			// Without its role's policy a service fails to start tasks. Without its listener rules ECS refuses it. If
			// one of them is deleted before the service, the destruction of the stack hangs.
			for kind, name := range map[string]string{
				"iam.RolePolicy": "web-execution", "lb.ListenerRule": "web-production",
				"vpc.SecurityGroupEgressRule": "web-to-443", "vpc.SecurityGroupIngressRule": "web-from-alb-5000",
			} {
				require.True(t, service.Needs(r.One(t, kind, name)), "the service needs %s %s", kind, name)
			}
		})
	}
}

func TestTargets(t *testing.T) {
	args := &fargateservice.Args{Spec: fargateservice.Spec{
		ContainerPort: 5000, Priority: pulumi.IntRef(7), PathPatterns: []string{"/web", "/web/*"},
		DeregistrationDelaySeconds: pulumi.IntRef(15), LoadBalancingAlgorithm: "least_outstanding_requests",
		HealthCheck: fargateservice.HealthCheckSpec{TargetHealthCheckSpec: fargateservice.TargetHealthCheckSpec{
			Path: "/health", IntervalSeconds: 20, TimeoutSeconds: 4, HealthyThreshold: 3, UnhealthyThreshold: 4, Matcher: "200",
		}},
	}}
	group := object{
		"vpcId": "test-vpc-id", "targetType": "ip", "protocol": "HTTP", "port": 5000.0,
		"deregistrationDelay": 15.0, "loadBalancingAlgorithmType": "least_outstanding_requests",
		"healthCheck": object{
			"path": "/health", "protocol": "HTTP", "interval": 20.0, "timeout": 4.0,
			"healthyThreshold": 3.0, "unhealthyThreshold": 4.0, "matcher": "200",
		},
	}
	rule := func(listener, group string) object {
		return object{
			"listenerArn": "arn:aws:lb:eu-central-1:111122223333:listener/" + listener, "priority": 7.0,
			"conditions": list{object{"pathPattern": object{"values": list{"/web", "/web/*"}}}},
			"actions": list{object{
				"type": "forward", "targetGroupArn": "arn:aws:lb:eu-central-1:111122223333:targetgroup/" + group,
			}},
		}
	}

	r := &enginetest.Engine{}
	r.MustRun(t, setup{environment: testListening, service: args}.program)
	require.Equal(t, group, r.One(t, "lb.TargetGroup", "web-blue").Inputs)
	require.Equal(t, rule("test-production", "web-blue"), r.One(t, "lb.ListenerRule", "web-production").Inputs)
	require.Empty(t, r.One(t, "lb.ListenerRule", "web-production").IgnoreChanges, "the program owns the rule")
	require.Equal(t, []string{"port"}, r.One(t, "lb.TargetGroup", "web-blue").IgnoreChanges, "a changed port would replace the group")

	r = &enginetest.Engine{}
	r.MustRun(t, setup{environment: testListening, service: args, blueGreen: true}.program)
	for _, name := range []string{"web-blue", "web-green"} {
		require.Equal(t, group, r.One(t, "lb.TargetGroup", name).Inputs)
		require.Equal(t, []string{"port"}, r.One(t, "lb.TargetGroup", name).IgnoreChanges)
	}
	require.Equal(t, rule("test-production", "web-blue"), r.One(t, "lb.ListenerRule", "web-production").Inputs)
	require.Equal(t, rule("test-test", "web-blue"), r.One(t, "lb.ListenerRule", "web-test").Inputs, "it forwards to the production tasks until a deployment begins")
	for _, name := range []string{"web-production", "web-test"} {
		require.Equal(t, []string{"actions"}, r.One(t, "lb.ListenerRule", name).IgnoreChanges, "CodeDeploy moves the traffic")
	}
}

// All connections that the security groups allow to and from the tasks.
func TestFirewall(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, setup{service: &fargateservice.Args{Spec: fargateservice.Spec{
		ContainerPort: 5000, EgressPorts: []int{443, 5432},
	}}}.program)

	rule := func(group, description string, port float64, peerKey, peer string) object {
		return object{
			"securityGroupId": group, "description": description, "ipProtocol": "tcp", "fromPort": port, "toPort": port, peerKey: peer,
		}
	}
	require.Equal(t, object{"description": "Tasks of web", "vpcId": "test-vpc-id"},
		r.One(t, "ec2.SecurityGroup", "web-tasks").Inputs, "a group without inline rules")
	require.Equal(t, rule("web-tasks-securitygroup", "Load balancer to the container port", 5000, "referencedSecurityGroupId", "test-alb-securitygroup"),
		r.One(t, "vpc.SecurityGroupIngressRule", "web-from-alb-5000").Inputs)
	require.Equal(t, rule("test-alb-securitygroup", "To the tasks of web", 5000, "referencedSecurityGroupId", "web-tasks-securitygroup"),
		r.One(t, "vpc.SecurityGroupEgressRule", "web-alb-to-5000").Inputs)
	require.Equal(t, rule("web-tasks-securitygroup", "TCP 443 to any network", 443, "cidrIpv4", "0.0.0.0/0"),
		r.One(t, "vpc.SecurityGroupEgressRule", "web-to-443").Inputs)
	require.Equal(t, rule("web-tasks-securitygroup", "TCP 5432 to any network", 5432, "cidrIpv4", "0.0.0.0/0"),
		r.One(t, "vpc.SecurityGroupEgressRule", "web-to-5432").Inputs)
}

func TestRoles(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, setup{service: &fargateservice.Args{LogRetentionDays: 7}}.program)

	for _, name := range []string{"web-execution", "web-task"} {
		require.Equal(t, []string{
			"Allow map[Service:ecs-tasks.amazonaws.com] sts:AssumeRole" +
				" if ArnLike aws:SourceArn arn:aws:ecs:eu-central-1:111122223333:* if StringEquals aws:SourceAccount 111122223333",
		}, r.One(t, "iam.Role", name).Policy(t, "assumeRolePolicy"))
	}
	require.Equal(t, []string{"web-execution"}, enginetest.Names(r.All("iam.RolePolicy")), "the task role has no permissions")
	policy := r.One(t, "iam.RolePolicy", "web-execution")
	require.Equal(t, "web-execution-0abcdef", policy.Inputs["role"])
	require.Equal(t, []string{
		"Allow logs:CreateLogStream logs:PutLogEvents on arn:aws:cloudwatch:eu-central-1:111122223333:loggroup/web-logs:*",
	}, policy.Policy(t, "policy"))
	require.Equal(t, object{"retentionInDays": 7.0}, r.One(t, "cloudwatch.LogGroup", "web-logs").Inputs)
}

func TestTaskDefinition(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, setup{service: &fargateservice.Args{Spec: fargateservice.Spec{
		Cpu: 1024, Memory: 2048, ContainerPort: 5000, StopTimeoutSeconds: 60, User: "app",
		Environment: map[string]string{"B": "2", "A": "<1>"},
	}}}.program)

	definition := r.One(t, "ecs.TaskDefinition", "web")
	inputs, container := definition.Inputs, definition.Container(t)
	require.Regexp(t, "^[0-9a-f]{16}$", container["dockerLabels"].(object)["fargate-cd.shape"])
	delete(inputs, "containerDefinitions")
	delete(container, "dockerLabels")
	require.Equal(t, object{
		"family": "fargate-cd-test-web", "cpu": "1024", "memory": "2048",
		"networkMode": "awsvpc", "requiresCompatibilities": list{"FARGATE"},
		"skipDestroy":      true,
		"runtimePlatform":  object{"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
		"executionRoleArn": "arn:aws:iam:eu-central-1:111122223333:role/web-execution",
		"taskRoleArn":      "arn:aws:iam:eu-central-1:111122223333:role/web-task",
	}, inputs)
	require.Equal(t, object{
		"name": "web", "image": "docker.io/traefik/whoami:v1.11.0", "essential": true,
		"user": "app", "readonlyRootFilesystem": true, "stopTimeout": 60.0,
		"portMappings": list{object{"containerPort": 5000.0, "hostPort": 5000.0, "protocol": "tcp"}},
		"environment": list{
			object{"name": "A", "value": "<1>"}, object{"name": "B", "value": "2"},
			object{"name": "WHOAMI_PORT_NUMBER", "value": "5000"},
		},
		"logConfiguration": object{"logDriver": "awslogs", "options": object{
			"awslogs-group": "web-logs-0abcdef", "awslogs-region": enginetest.Region, "awslogs-stream-prefix": "web",
		}},
	}, container)
}

func TestRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		name string
		args *fargateservice.Args // without its environment
		want string
	}{
		"nothing":       {"web", nil, "the environment of FargateService web is missing"},
		"a bad name":    {"Web", someService, `name: "Web" is not allowed: 1 to 18 lower-case letters`},
		"a bad log":     {"web", &fargateservice.Args{LogRetentionDays: 2}, "logRetentionDays: 2 is not allowed"},
		"a bad setting": {"web", &fargateservice.Args{Spec: fargateservice.Spec{Memory: 1}}, "memory: 1 is not allowed"},
		"all of it":     {strings.Repeat("a", 19), &fargateservice.Args{LogRetentionDays: 2}, "the configuration has 2 problems"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			err := r.Run(func(ctx *pulumi.Context) error {
				env, err := environment.New(ctx, enginetest.Stack, &environment.Args{ClusterName: clusterName})
				require.NoError(t, err)
				var args *fargateservice.Args
				if test.args != nil {
					args = &fargateservice.Args{}
					*args = *test.args
					args.Environment = env
				}
				_, err = fargateservice.New(ctx, test.name, args)
				return err
			}, nil)
			require.ErrorContains(t, err, test.want)
			require.Empty(t, r.All("fargate-cd:components:FargateService"), "no part of the service is registered")
		})
	}
}

// A service that only the API reaches uses the internal load balancer for its rules and security groups.
func TestInternal(t *testing.T) {
	internal := setup{
		environment: testListening,
		balancers:   []string{environment.LoadBalancerPublic, environment.LoadBalancerInternal},
		service:     &fargateservice.Args{Internal: true},
		blueGreen:   true,
	}
	r := &enginetest.Engine{}
	r.MustRun(t, internal.program)
	listener := "arn:aws:lb:eu-central-1:111122223333:listener/test-internal-"
	require.Equal(t, listener+"production", r.One(t, "lb.ListenerRule", "web-production").Inputs["listenerArn"])
	require.Equal(t, listener+"test", r.One(t, "lb.ListenerRule", "web-test").Inputs["listenerArn"])
	require.Equal(t, "test-internal-securitygroup",
		r.One(t, "vpc.SecurityGroupIngressRule", "web-from-internal-8080").Inputs["referencedSecurityGroupId"])
	require.Equal(t, "test-internal-securitygroup",
		r.One(t, "vpc.SecurityGroupEgressRule", "web-internal-to-8080").Inputs["securityGroupId"])

	for _, test := range []struct {
		internal       bool
		balancer, want string
	}{
		{true, environment.LoadBalancerPublic, "internal: true is not allowed: the environment has no internal load balancer"},
		{false, environment.LoadBalancerInternal, "internal: false is not allowed: the environment has no public load balancer"},
	} {
		internal.service.Internal, internal.balancers = test.internal, []string{test.balancer}
		r := &enginetest.Engine{}
		require.ErrorContains(t, r.Run(internal.program, nil), test.want)
		require.Empty(t, r.All("fargate-cd:components:FargateService"), "no part of the service is registered")
	}
}
