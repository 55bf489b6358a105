package fargateservice_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/defaults"
	"fargate-cd/internal/enginetest"
	"fargate-cd/internal/problems"
	"fargate-cd/internal/problems/problemtest"
)

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

func TestTargetGroupOptions(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, setup{environment: withHTTPS, blueGreen: true, service: &fargateservice.Args{Spec: fargateservice.Spec{Image: "grpc", TargetGroupSpec: fargateservice.TargetGroupSpec{
		ProtocolVersion: "GRPC", SlowStartSeconds: 60,
	}}}}.program)
	for _, name := range []string{"web-blue", "web-green"} {
		group := r.One(t, "lb.TargetGroup", name).Inputs
		require.Equal(t, "GRPC", group["protocolVersion"])
		require.Equal(t, 60.0, group["slowStart"])
		check := group["healthCheck"].(object)
		require.Equal(t, "/AWS.ALB/healthcheck 12 HTTP", check["path"].(string)+" "+check["matcher"].(string)+" "+check["protocol"].(string), "AWS's defaults for gRPC")
	}
	require.Equal(t, "GRPC", r.One(t, "ecs.TaskDefinition", "web").Container(t)["dockerLabels"].(object)["fargate-cd.protocol"])

	for seconds, want := range map[int]object{
		300: {"type": "lb_cookie", "cookieDuration": 300.0, "enabled": true},
		0:   {"type": "lb_cookie", "enabled": false}, // ends it
	} {
		r = &enginetest.Engine{}
		r.MustRun(t, setup{service: &fargateservice.Args{Spec: fargateservice.Spec{TargetGroupSpec: fargateservice.TargetGroupSpec{StickinessSeconds: &seconds}}}}.program)
		require.Equal(t, want, r.One(t, "lb.TargetGroup", "web-blue").Inputs["stickiness"])
	}

	r = &enginetest.Engine{}
	r.MustRun(t, setup{service: someService}.program)
	for _, key := range []string{"protocolVersion", "stickiness", "slowStart"} {
		require.NotContains(t, r.One(t, "lb.TargetGroup", "web-blue").Inputs, key)
	}
}

func TestBlueGreenHasNoStickySessions(t *testing.T) {
	for seconds, allowed := range map[int]bool{0: true, 300: false} {
		var spec fargateservice.Spec
		defaults.Set(&spec)
		spec.StickinessSeconds = &seconds
		var found problems.List
		spec.ValidateDeployment("p.", true, &found)
		if allowed {
			require.NoError(t, found.Err())
			continue
		}
		require.ErrorContains(t, found.Err(), "p.stickinessSeconds: 300 is not allowed: 0 with a blue/green deployment")
	}
}

func TestTargetGroupOptionsRefuse(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*fargateservice.Spec)
		want   string
	}{
		"protocol": {func(s *fargateservice.Spec) { s.ProtocolVersion = "HTTP3" },
			`p.protocolVersion: "HTTP3" is not allowed: one of HTTP1, HTTP2, GRPC`},
		"HTTP/2 with the first image": {func(s *fargateservice.Spec) { s.ProtocolVersion = "HTTP2" },
			`p.protocolVersion: "HTTP2" is not allowed: HTTP1 without image`},
		"stickiness": {func(s *fargateservice.Spec) { s.StickinessSeconds = pulumi.IntRef(604801) },
			`p.stickinessSeconds: 604801 is not allowed: a whole number from 0 to 604800`},
		"slow start": {func(s *fargateservice.Spec) { s.SlowStartSeconds = 29 },
			`p.slowStartSeconds: 29 is not allowed: a whole number from 30 to 900`},
		"slow start and least requests": {func(s *fargateservice.Spec) {
			s.SlowStartSeconds, s.LoadBalancingAlgorithm = 30, "least_outstanding_requests"
		}, `p.slowStartSeconds: 30 is not allowed: 0 with loadBalancingAlgorithm least_outstanding_requests, which has no slow start`},
		"gRPC codes": {func(s *fargateservice.Spec) { s.Image, s.ProtocolVersion, s.HealthCheck.Matcher = "a", "GRPC", "200" },
			`p.healthCheck.matcher: "200" is not allowed: gRPC codes from 0 to 99`},
	} {
		t.Run(name, func(t *testing.T) {
			var spec fargateservice.Spec
			defaults.Set(&spec)
			test.change(&spec)
			problemtest.Require(t, problemtest.Of(&spec), test.want)
		})
	}
}

// No request reaches tasks that need HTTP/2 without HTTPS. The protocol of an existing load balancer is not known.
func TestProtocolNeedsHTTPS(t *testing.T) {
	grpc := fargateservice.Spec{Image: "a", TargetGroupSpec: fargateservice.TargetGroupSpec{ProtocolVersion: "GRPC"}}
	r := &enginetest.Engine{}
	require.ErrorContains(t, r.Run(setup{service: &fargateservice.Args{Spec: grpc}}.program, nil),
		`protocolVersion: "GRPC" is not allowed: HTTP1 without HTTPS: a load balancer accepts HTTP/2 and gRPC only by HTTPS`)
	require.Empty(t, r.All("fargate-cd:components:FargateService"), "no part of the service is registered")

	(&enginetest.Engine{}).MustRun(t, func(ctx *pulumi.Context) error {
		env, err := existing(ctx)
		require.NoError(t, err)
		_, err = fargateservice.New(ctx, "web", &fargateservice.Args{Environment: env, Spec: grpc})
		return err
	})
}

// A target group cannot change its protocol, and a new one has no tasks when the listener rule begins to forward to it.
func TestRunningServiceKeepsItsProtocol(t *testing.T) {
	for name, test := range map[string]struct {
		before    *types.Service
		labels    map[string]string
		blueGreen bool
		protocol  string
	}{
		"from gRPC":   {before: enginetest.Runs(revision), labels: map[string]string{"fargate-cd.protocol": "GRPC"}, protocol: "HTTP1"},
		"from HTTP/1": {before: enginetest.Runs(revision), protocol: "GRPC"},
		// ECS does not have to return the load balancers of a CodeDeploy service, whose task sets have them.
		"blue/green": {before: enginetest.Runs("", taskSets(revision), func(s *types.Service) { s.LoadBalancers = nil }), blueGreen: true,
			labels: map[string]string{"fargate-cd.controller": "CODE_DEPLOY"}, protocol: "GRPC"},
	} {
		t.Run(name, func(t *testing.T) {
			ran := container(image, test.labels)
			r := &enginetest.Engine{Before: test.before, Revisions: map[string]types.ContainerDefinition{revision: ran, "fargate-cd-test-web": ran}}
			err := r.Run(setup{environment: withHTTPS, blueGreen: test.blueGreen, service: &fargateservice.Args{Spec: fargateservice.Spec{Image: "a",
				TargetGroupSpec: fargateservice.TargetGroupSpec{ProtocolVersion: test.protocol}}}}.program, nil)
			require.ErrorContains(t, err, `service web: protocolVersion: "`+test.protocol+`" is not allowed: `)
			require.ErrorContains(t, err, "which the target group of the running service has; to change the protocol, create a service with another name")
			require.Empty(t, r.All("fargate-cd:components:FargateService"), "no part of the service is registered")
		})
	}
}

// A worker has no target group, so a service can change its protocol when it becomes or was a worker. Its revision gets
// the label of the new protocol: the next update would refuse the protocol otherwise.
func TestWorkerChangesItsProtocol(t *testing.T) {
	worker := func(s *types.Service) { s.LoadBalancers = nil }
	grpc := fargateservice.Spec{Image: "a", TargetGroupSpec: fargateservice.TargetGroupSpec{ProtocolVersion: "GRPC"}}
	for name, test := range map[string]struct {
		before *types.Service
		label  string // of the running revision; empty for none
		given  fargateservice.Spec
		kept   bool // the running revision
	}{
		"a worker gets gRPC":               {before: enginetest.Runs(revision, worker), given: grpc},
		"a gRPC service becomes a worker":  {before: enginetest.Runs(revision), label: "GRPC", given: fargateservice.Spec{Image: "a", PathPatterns: []string{}}},
		"a worker stays a worker":          {before: enginetest.Runs(revision, worker), given: fargateservice.Spec{Image: "a", PathPatterns: []string{}}, kept: true},
		"a gRPC service stays the same":    {before: enginetest.Runs(revision), label: "GRPC", given: grpc, kept: true},
		"a worker gets HTTP/1.1 and paths": {before: enginetest.Runs(revision, worker), given: fargateservice.Spec{Image: "a"}, kept: true},
	} {
		t.Run(name, func(t *testing.T) {
			args := &fargateservice.Args{Spec: test.given}
			before := labels(t, args, false)
			delete(before, "fargate-cd.protocol")
			if test.label != "" {
				before["fargate-cd.protocol"] = test.label
			}
			ran := container(image, before)
			r := &enginetest.Engine{Before: test.before, Revisions: map[string]types.ContainerDefinition{revision: ran, "fargate-cd-test-web": ran}}
			r.MustRun(t, setup{environment: withHTTPS, service: args}.program)
			definition := r.One(t, "ecs.TaskDefinition", "web")
			require.Equal(t, test.kept, len(definition.IgnoreChanges) > 0, "the running revision is kept")
			if want := test.given.ProtocolVersion; !test.kept && want != "" {
				require.Equal(t, want, definition.Container(t)["dockerLabels"].(object)["fargate-cd.protocol"])
			} else if !test.kept {
				require.NotContains(t, definition.Container(t)["dockerLabels"], "fargate-cd.protocol")
			}
		})
	}
}
