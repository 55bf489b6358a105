package fargateservice_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/require"

	"fargate-cd/internal/enginetest"
)

// The production traffic of a blue/green service goes to its green target group after
// every second deployment.
func TestGreenServes(t *testing.T) {
	const green = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/web-green-1234567/1"
	serving := func(s *types.Service) {
		s.TaskSets[0].LoadBalancers = []types.LoadBalancer{{TargetGroupArn: aws.String(green)}}
	}
	for name, test := range map[string]struct {
		balancer string // of the running revision
		green    bool
		want     string // the error; empty for none
	}{
		"the same balancer":            {balancer: "alb", green: true},
		"another balancer while green": {balancer: "internal", green: true, want: "service web cannot move to another load balancer now"},
		"another balancer while blue":  {balancer: "internal"},
		"a revision without the label": {green: true},
	} {
		t.Run(name, func(t *testing.T) {
			made := labels(t, someService, true)
			made["fargate-cd.balancer"] = test.balancer
			before := enginetest.Runs("", taskSets(revision))
			if test.green {
				serving(before)
			}
			r := &enginetest.Engine{Before: before, Newest: 7, Revisions: map[string]types.ContainerDefinition{
				revision: container(image, made), "fargate-cd-test-web": container(image, made),
			}}
			err := r.Run(setup{environment: testListening, service: someService, blueGreen: true}.program, nil)
			if test.want != "" {
				require.ErrorContains(t, err, test.want)
				require.Empty(t, r.All("fargate-cd:components:FargateService"), "no part of the service is registered")
				return
			}
			require.NoError(t, err)
			target := r.One(t, "lb.ListenerRule", "web-test").Inputs["actions"].(list)[0].(object)["targetGroupArn"]
			require.Equal(t, test.green, target == green, "the rule of a new test listener forwards to %v", target)
		})
	}
}

// ECS refuses an update that adds both a load balancer and the grace period of its health checks to a service without a
// load balancer.
func TestWorkerGetsARoute(t *testing.T) {
	without := func(s *types.Service) { s.LoadBalancers = nil }
	for name, test := range map[string]struct {
		before  *types.Service
		preview bool
		want    bool // a call before the update by the provider
	}{
		"a worker":            {before: enginetest.Runs(revision, without), want: true},
		"a worker, previewed": {before: enginetest.Runs(revision, without), preview: true},
		"a service":           {before: enginetest.Runs(revision)},
		"none yet":            {},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{Before: test.before, Preview: test.preview, Revisions: map[string]types.ContainerDefinition{
				revision: container(image, nil), "fargate-cd-test-web": container(image, nil),
			}}
			r.MustRun(t, setup{service: someService}.program)
			service := r.One(t, "ecs.Service", "web").Inputs
			require.Contains(t, service, "healthCheckGracePeriodSeconds")
			if !test.want {
				require.Empty(t, r.Updated)
				return
			}
			require.Len(t, r.Updated, 1)
			got := r.Updated[0]
			require.Nil(t, got.HealthCheckGracePeriodSeconds)
			require.Equal(t, service["taskDefinition"], aws.ToString(got.TaskDefinition), "the tasks need the port")
			require.Equal(t, []types.LoadBalancer{{
				TargetGroupArn: aws.String(service["loadBalancers"].(list)[0].(object)["targetGroupArn"].(string)),
				ContainerName:  aws.String("web"), ContainerPort: aws.Int32(8080),
			}}, got.LoadBalancers)
		})
	}
}
