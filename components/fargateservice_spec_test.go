package components

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/internal/defaults"
	"fargate-cd/internal/problems/problemtest"
)

func defaultService() ServiceSpec {
	spec := ServiceSpec{}
	defaults.Set(&spec)
	return spec
}

func TestServiceSpecDefaults(t *testing.T) {
	spec := defaultService()
	require.Equal(t, ServiceSpec{
		Cpu: 256, Memory: 512, Architecture: "X86_64", ContainerPort: 8080,
		User: "65532:65532", ReadonlyRootFilesystem: pulumi.BoolRef(true), StopTimeoutSeconds: 30,
		DesiredCount: pulumi.IntRef(1), PathPatterns: []string{"/*"}, Priority: 100,
		HealthCheck: HealthCheckSpec{
			Path: "/", IntervalSeconds: 10, TimeoutSeconds: 5, HealthyThreshold: 2, UnhealthyThreshold: 3,
			Matcher: "200-299", GracePeriodSeconds: pulumi.IntRef(60),
		},
		DeregistrationDelaySeconds: pulumi.IntRef(30), LoadBalancingAlgorithm: "round_robin", EgressPorts: []int{443},
	}, spec)
	require.NoError(t, problemtest.Of(&spec))
}

// Where zero is a value of its own, the default must not replace it.
func TestServiceSpecKeepsZero(t *testing.T) {
	spec := ServiceSpec{
		DesiredCount: pulumi.IntRef(0), DeregistrationDelaySeconds: pulumi.IntRef(0), ReadonlyRootFilesystem: pulumi.BoolRef(false),
		EgressPorts: []int{}, HealthCheck: HealthCheckSpec{GracePeriodSeconds: pulumi.IntRef(0)},
	}
	defaults.Set(&spec)
	require.Zero(t, *spec.DesiredCount)
	require.Zero(t, *spec.DeregistrationDelaySeconds)
	require.False(t, *spec.ReadonlyRootFilesystem)
	require.Empty(t, spec.EgressPorts)
	require.Zero(t, *spec.HealthCheck.GracePeriodSeconds)
	require.NoError(t, problemtest.Of(&spec))
}

func TestServiceSpecAccepts(t *testing.T) {
	for name, change := range map[string]func(*ServiceSpec){
		"the longest paths": func(s *ServiceSpec) {
			s.PathPatterns[0] = "/" + strings.Repeat("a", 127)
			s.HealthCheck.Path = "/" + strings.Repeat("a", 1023)
		},
		"five patterns": func(s *ServiceSpec) { s.PathPatterns = []string{"/a", "/b/*", "/c?", "/d.html", "/~e"} },
		"the edges": func(s *ServiceSpec) {
			s.ContainerPort, s.StopTimeoutSeconds, s.Priority = 65535, 120, 50000
			*s.DesiredCount, *s.DeregistrationDelaySeconds = 5000, 3600
			s.HealthCheck.IntervalSeconds, s.HealthCheck.TimeoutSeconds = 300, 120
			s.HealthCheck.HealthyThreshold, s.HealthCheck.UnhealthyThreshold = 10, 10
		},
		"users and images": func(s *ServiceSpec) {
			s.User, s.Image = "app:app", "public.ecr.aws/docker/library/httpd:2.4@sha256:"+strings.Repeat("0", 64)
		},
		"codes":       func(s *ServiceSpec) { s.HealthCheck.Matcher = "200,302,400-404" },
		"environment": func(s *ServiceSpec) { s.Environment = map[string]string{"_A1": "", "b": "with = and \" in it"} },
	} {
		t.Run(name, func(t *testing.T) {
			spec := defaultService()
			change(&spec)
			require.NoError(t, problemtest.Of(&spec))
		})
	}
}

func TestServiceSpecRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*ServiceSpec)
		want   string
	}{
		"task size": {func(s *ServiceSpec) { s.Memory = 513 },
			`p.memory: 513 is not allowed: with cpu 256 Fargate has 512, 1024, 2048 MiB`},
		"port": {func(s *ServiceSpec) { s.ContainerPort = -1 },
			`p.containerPort: -1 is not allowed: a whole number from 1 to 65535`},
		"stop timeout": {func(s *ServiceSpec) { s.StopTimeoutSeconds = 121 },
			`p.stopTimeoutSeconds: 121 is not allowed: a whole number from 2 to 120`},
		"count": {func(s *ServiceSpec) { *s.DesiredCount = -1 },
			`p.desiredCount: -1 is not allowed: a whole number from 0 to 5000`},
		"priority": {func(s *ServiceSpec) { s.Priority = 50001 },
			`p.priority: 50001 is not allowed: a whole number from 1 to 50000`},
		"deregistration delay": {func(s *ServiceSpec) { *s.DeregistrationDelaySeconds = 3601 },
			`p.deregistrationDelaySeconds: 3601 is not allowed: a whole number from 0 to 3600`},
		"algorithm": {func(s *ServiceSpec) { s.LoadBalancingAlgorithm = "random" },
			`p.loadBalancingAlgorithm: "random" is not allowed: one of round_robin, least_outstanding_requests`},
		"user": {func(s *ServiceSpec) { s.User = "a b" },
			`p.user: "a b" is not allowed: a user or user:group`},
		"image": {func(s *ServiceSpec) { s.Image = "a b" },
			`p.image: "a b" is not allowed: the name of an image`},
		"environment": {func(s *ServiceSpec) { s.Environment = map[string]string{"OK": "", "1X": ""} },
			`p.environment: "1X" is not allowed: letters, digits and underscores`},
		"egress": {func(s *ServiceSpec) { s.EgressPorts = []int{443, 0} },
			`p.egressPorts[1]: 0 is not allowed: a whole number from 1 to 65535`},
		// Two rules would have one name, which the engine refuses only after other resources are made.
		"egress twice": {func(s *ServiceSpec) { s.EgressPorts = []int{443, 443} },
			`p.egressPorts[1]: 443 is not allowed: a port that is named once`},
		"no patterns": {func(s *ServiceSpec) { s.PathPatterns = []string{} },
			`p.pathPatterns: [] is not allowed: 1 to 5 patterns`},
		"six patterns": {func(s *ServiceSpec) { s.PathPatterns = strings.Split("/a /b /c /d /e /f", " ") },
			`p.pathPatterns: ["/a","/b","/c","/d","/e","/f"] is not allowed: 1 to 5 patterns`},
		"a pattern that no path has": {func(s *ServiceSpec) { s.PathPatterns = []string{"/a", "b/*"} },
			`p.pathPatterns[1]: "b/*" is not allowed: a path of up to 128 characters that begins with "/"`},
		"a long pattern": {func(s *ServiceSpec) { s.PathPatterns = []string{"/" + strings.Repeat("a", 128)} },
			`p.pathPatterns[0]: "/aaa`},
		"health path": {func(s *ServiceSpec) { s.HealthCheck.Path = "health" },
			`p.healthCheck.path: "health" is not allowed: a path of up to 1024 characters`},
		"a long health path": {func(s *ServiceSpec) { s.HealthCheck.Path = "/" + strings.Repeat("a", 1024) },
			`p.healthCheck.path: "/aaa`},
		"interval": {func(s *ServiceSpec) { s.HealthCheck.IntervalSeconds = 301 },
			`p.healthCheck.intervalSeconds: 301 is not allowed: a whole number from 5 to 300`},
		"timeout": {func(s *ServiceSpec) { s.HealthCheck.IntervalSeconds, s.HealthCheck.TimeoutSeconds = 300, 121 },
			`p.healthCheck.timeoutSeconds: 121 is not allowed: a whole number from 2 to 120`},
		"timeout beyond the interval": {func(s *ServiceSpec) { s.HealthCheck.TimeoutSeconds = 10 },
			`p.healthCheck.timeoutSeconds: 10 is not allowed: less than intervalSeconds, which is 10`},
		"healthy": {func(s *ServiceSpec) { s.HealthCheck.HealthyThreshold = 1 },
			`p.healthCheck.healthyThreshold: 1 is not allowed: a whole number from 2 to 10`},
		"unhealthy": {func(s *ServiceSpec) { s.HealthCheck.UnhealthyThreshold = 11 },
			`p.healthCheck.unhealthyThreshold: 11 is not allowed: a whole number from 2 to 10`},
		"matcher": {func(s *ServiceSpec) { s.HealthCheck.Matcher = "200-599" },
			`p.healthCheck.matcher: "200-599" is not allowed: HTTP codes from 200 to 499`},
		"grace period": {func(s *ServiceSpec) { *s.HealthCheck.GracePeriodSeconds = -1 },
			`p.healthCheck.gracePeriodSeconds: -1 is not allowed: a whole number from 0 to 2147483647`},
	} {
		t.Run(name, func(t *testing.T) {
			spec := defaultService()
			test.change(&spec)
			problemtest.Require(t, problemtest.Of(&spec), test.want)
		})
	}
}
