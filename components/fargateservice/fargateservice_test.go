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
