package fargateservice_test

import (
	"maps"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/defaults"
	"fargate-cd/internal/enginetest"
	"fargate-cd/internal/problems/problemtest"
)

// worker returns the settings of a service that no request reaches.
func worker(change func(*fargateservice.Spec)) fargateservice.Spec {
	spec := fargateservice.Spec{PathPatterns: []string{}}
	change(&spec)
	return spec
}

// A worker needs no load balancer, and nothing may connect to its tasks.
func TestWorker(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*fargateservice.Spec)
		more   map[string]int // children besides those of every worker
	}{
		"minimal": {change: func(*fargateservice.Spec) {}},
		"scaled": {
			change: func(s *fargateservice.Spec) {
				s.Scaling = &fargateservice.ScalingSpec{MaxCapacity: pulumi.IntRef(4), TargetCpuPercent: 60}
			},
			more: map[string]int{"appautoscaling.Target": 1, "appautoscaling.Policy": 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{}
			r.MustRun(t, setup{balancers: []string{}, service: &fargateservice.Args{Spec: worker(test.change)}}.program)
			want := map[string]int{
				"cloudwatch.LogGroup": 1, "iam.Role": 2, "iam.RolePolicy": 1, "ec2.SecurityGroup": 1,
				"vpc.SecurityGroupEgressRule": 1, "ecs.TaskDefinition": 1, "ecs.Service": 1,
			}
			maps.Copy(want, test.more)
			require.Equal(t, want, r.Children(t, "FargateService", "web"))
			service := r.One(t, "ecs.Service", "web").Inputs
			require.NotContains(t, service, "loadBalancers")
			require.NotContains(t, service, "healthCheckGracePeriodSeconds", "nothing checks the tasks from outside")
			require.NotContains(t, r.One(t, "ecs.TaskDefinition", "web").Container(t)["dockerLabels"], "fargate-cd.balancer")
			require.Empty(t, r.All("lb.LoadBalancer"))
		})
	}
}

func TestWorkerRefuses(t *testing.T) {
	const none = " is not allowed: it cannot be combined with an empty list of pathPatterns, because no request reaches the service"
	for want, change := range map[string]func(*fargateservice.Spec){
		`p.hostHeaders: ["a.b"]` + none: func(s *fargateservice.Spec) { s.HostHeaders = []string{"a.b"} },
		`p.httpHeaders: 1` + none: func(s *fargateservice.Spec) {
			s.HttpHeaders = []fargateservice.HttpHeaderSpec{{HttpHeaderName: "A", Values: []string{"b"}}}
		},
		`p.queryStrings: 1` + none:      func(s *fargateservice.Spec) { s.QueryStrings = []fargateservice.QueryStringSpec{{Value: "a"}} },
		`p.priority: 1` + none:          func(s *fargateservice.Spec) { s.Priority = pulumi.IntRef(1) },
		`p.protocolVersion: "GRPC"`:     func(s *fargateservice.Spec) { s.Image, s.ProtocolVersion = "a", "GRPC" },
		`p.stickinessSeconds: 0` + none: func(s *fargateservice.Spec) { s.StickinessSeconds = pulumi.IntRef(0) },
		`p.slowStartSeconds: 30` + none: func(s *fargateservice.Spec) { s.SlowStartSeconds = 30 },
		`p.scaling.targetRequestsPerTarget: 9` + none: func(s *fargateservice.Spec) {
			s.Scaling = &fargateservice.ScalingSpec{MaxCapacity: pulumi.IntRef(4), TargetRequestsPerTarget: 9}
		},
	} {
		t.Run(want, func(t *testing.T) {
			spec := worker(change)
			defaults.Set(&spec)
			problemtest.Require(t, problemtest.Of(&spec), want)
		})
	}
	r := &enginetest.Engine{}
	err := r.Run(setup{blueGreen: true, service: &fargateservice.Args{Spec: worker(func(*fargateservice.Spec) {})}}.program, nil)
	require.ErrorContains(t, err, `pathPatterns: [] is not allowed: 1 to 5 patterns with a blue/green deployment, which shifts the traffic of a load balancer`)
}
