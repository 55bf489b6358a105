package fargateservice

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/internal/defaults"
	"fargate-cd/internal/problems"
	"fargate-cd/internal/problems/problemtest"
)

func defaultService() Spec {
	spec := Spec{}
	defaults.Set(&spec)
	return spec
}

func TestSpecDefaults(t *testing.T) {
	spec := defaultService()
	require.Equal(t, Spec{
		Cpu: 256, Memory: 512, Architecture: "X86_64", ContainerPort: 8080,
		User: "65532:65532", ReadonlyRootFilesystem: pulumi.BoolRef(true), StopTimeoutSeconds: 30,
		PathPatterns: []string{"/*"},
		HealthCheck: HealthCheckSpec{TargetHealthCheckSpec{
			Path: "/", IntervalSeconds: 10, TimeoutSeconds: 5, HealthyThreshold: 2, UnhealthyThreshold: 3, Matcher: "200-299",
		}, pulumi.IntRef(60)},
		DeregistrationDelaySeconds: pulumi.IntRef(30), LoadBalancingAlgorithm: "round_robin",
		TargetGroupSpec: TargetGroupSpec{ProtocolVersion: "HTTP1"}, EgressPorts: []int{443},
	}, spec)
	require.NoError(t, problemtest.Of(&spec))
}

// The code compares values with the defaults, which a tag cannot take from a constant.
func TestDefaultsEqualConstants(t *testing.T) {
	spec, rolling, connect := defaultService(), RollingSpec{}, ServiceConnectSpec{}
	defaults.Set(&rolling)
	defaults.Set(&connect)
	require.Equal(t, defaultRequestTimeout, *connect.PerRequestTimeoutSeconds)
	require.Equal(t, defaultMinimumHealthyPercent, *rolling.MinimumHealthyPercent)
	require.Equal(t, defaultMaximumPercent, rolling.MaximumPercent)
	require.Equal(t, []string{httpPath, httpMatcher}, []string{spec.HealthCheck.Path, spec.HealthCheck.Matcher})
	require.Equal(t, []string{protocolHTTP1, roundRobin}, []string{spec.ProtocolVersion, spec.LoadBalancingAlgorithm})
	require.Equal(t, ArchitectureX86, spec.Architecture)
}

// The default must not replace a zero that the configuration sets.
func TestSpecKeepsZero(t *testing.T) {
	spec := Spec{
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

func TestSpecAccepts(t *testing.T) {
	for name, change := range map[string]func(*Spec){
		"the longest paths": func(s *Spec) {
			s.PathPatterns[0] = "/" + strings.Repeat("a", 127)
			s.HealthCheck.Path = "/" + strings.Repeat("a", 1023)
		},
		"five patterns": func(s *Spec) { s.PathPatterns = []string{"/a", "/b/*", "/c?", "/d.html", "/~e"} },
		"the edges": func(s *Spec) {
			s.ContainerPort, s.StopTimeoutSeconds, s.Priority = 65535, 120, pulumi.IntRef(50000)
			s.DesiredCount, *s.DeregistrationDelaySeconds = pulumi.IntRef(5000), 3600
			s.HealthCheck.IntervalSeconds, s.HealthCheck.TimeoutSeconds = 300, 120
			s.HealthCheck.HealthyThreshold, s.HealthCheck.UnhealthyThreshold = 10, 10
		},
		"users and images": func(s *Spec) {
			s.User, s.Image = "app:app", "public.ecr.aws/docker/library/httpd:2.4@sha256:"+strings.Repeat("0", 64)
		},
		"codes":       func(s *Spec) { s.HealthCheck.Matcher = "200,302,400-404" },
		"environment": func(s *Spec) { s.Environment = map[string]string{"_A1": "", "b": "with = and \" in it"} },
	} {
		t.Run(name, func(t *testing.T) {
			spec := defaultService()
			change(&spec)
			require.NoError(t, problemtest.Of(&spec))
		})
	}
}

func TestSpecRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Spec)
		want   string
	}{
		"task size": {func(s *Spec) { s.Memory = 513 },
			`p.memory: 513 is not allowed: with cpu 256 Fargate has 512, 1024, 2048 MiB`},
		"port": {func(s *Spec) { s.ContainerPort = -1 },
			`p.containerPort: -1 is not allowed: a whole number from 1 to 65535`},
		"stop timeout": {func(s *Spec) { s.StopTimeoutSeconds = 121 },
			`p.stopTimeoutSeconds: 121 is not allowed: a whole number from 2 to 120`},
		"count": {func(s *Spec) { s.DesiredCount = pulumi.IntRef(-1) },
			`p.desiredCount: -1 is not allowed: a whole number from 0 to 5000`},
		"priority": {func(s *Spec) { s.Priority = pulumi.IntRef(50001) },
			`p.priority: 50001 is not allowed: a whole number from 1 to 50000`},
		"deregistration delay": {func(s *Spec) { *s.DeregistrationDelaySeconds = 3601 },
			`p.deregistrationDelaySeconds: 3601 is not allowed: a whole number from 0 to 3600`},
		"algorithm": {func(s *Spec) { s.LoadBalancingAlgorithm = "random" },
			`p.loadBalancingAlgorithm: "random" is not allowed: one of round_robin, least_outstanding_requests`},
		"user": {func(s *Spec) { s.User = "a b" },
			`p.user: "a b" is not allowed: a user or user:group`},
		"image": {func(s *Spec) { s.Image = "a b" },
			`p.image: "a b" is not allowed: the name of an image`},
		"environment": {func(s *Spec) { s.Environment = map[string]string{"OK": "", "1X": ""} },
			`p.environment: "1X" is not allowed: letters, digits and underscores`},
		"egress": {func(s *Spec) { s.EgressPorts = []int{443, 0} },
			`p.egressPorts[1]: 0 is not allowed: a whole number from 1 to 65535`},
		// Two rules would have the same name. The engine refuses that only after it has created other resources.
		"egress twice": {func(s *Spec) { s.EgressPorts = []int{443, 443} },
			`p.egressPorts[1]: 443 is not allowed: each port only once`},
		"six patterns": {func(s *Spec) { s.PathPatterns = strings.Split("/a /b /c /d /e /f", " ") },
			`p.pathPatterns: ["/a","/b","/c","/d","/e","/f"] is not allowed: 1 to 5 patterns`},
		"a pattern without a slash": {func(s *Spec) { s.PathPatterns = []string{"/a", "b/*"} },
			`p.pathPatterns[1]: "b/*" is not allowed: a path of up to 128 characters that begins with "/"`},
		"a long pattern": {func(s *Spec) { s.PathPatterns = []string{"/" + strings.Repeat("a", 128)} },
			`p.pathPatterns[0]: "/aaa`},
		"health path": {func(s *Spec) { s.HealthCheck.Path = "health" },
			`p.healthCheck.path: "health" is not allowed: a path of up to 1024 characters`},
		"a long health path": {func(s *Spec) { s.HealthCheck.Path = "/" + strings.Repeat("a", 1024) },
			`p.healthCheck.path: "/aaa`},
		"interval": {func(s *Spec) { s.HealthCheck.IntervalSeconds = 301 },
			`p.healthCheck.intervalSeconds: 301 is not allowed: a whole number from 5 to 300`},
		"timeout": {func(s *Spec) { s.HealthCheck.IntervalSeconds, s.HealthCheck.TimeoutSeconds = 300, 121 },
			`p.healthCheck.timeoutSeconds: 121 is not allowed: a whole number from 2 to 120`},
		"timeout beyond the interval": {func(s *Spec) { s.HealthCheck.TimeoutSeconds = 10 },
			`p.healthCheck.timeoutSeconds: 10 is not allowed: less than intervalSeconds, which is 10`},
		"healthy": {func(s *Spec) { s.HealthCheck.HealthyThreshold = 1 },
			`p.healthCheck.healthyThreshold: 1 is not allowed: a whole number from 2 to 10`},
		"unhealthy": {func(s *Spec) { s.HealthCheck.UnhealthyThreshold = 11 },
			`p.healthCheck.unhealthyThreshold: 11 is not allowed: a whole number from 2 to 10`},
		"matcher": {func(s *Spec) { s.HealthCheck.Matcher = "200-599" },
			`p.healthCheck.matcher: "200-599" is not allowed: HTTP codes from 200 to 499`},
		"grace period": {func(s *Spec) { *s.HealthCheck.GracePeriodSeconds = -1 },
			`p.healthCheck.gracePeriodSeconds: -1 is not allowed: a whole number from 0 to 2147483647`},
	} {
		t.Run(name, func(t *testing.T) {
			spec := defaultService()
			test.change(&spec)
			problemtest.Require(t, problemtest.Of(&spec), test.want)
		})
	}
}

func TestValidateName(t *testing.T) {
	for _, test := range []struct {
		given string
		valid bool
	}{
		{"a", true},
		{"web-2", true},
		{strings.Repeat("a", 18), true},
		{strings.Repeat("a", 19), false},
		// A pattern that allows single hyphens cannot also limit the length. AWS refuses a long name only much later.
		{strings.Repeat("a-", 8) + "ab", true},
		{strings.Repeat("a-", 9) + "a", false},
		{"", false},
		{"Web", false},
		{"2web", false},
		{"web-", false},
		{"web--2", false},
		{"web_2", false},
		{"web\n", false},
	} {
		t.Run(test.given, func(t *testing.T) {
			want := ""
			if !test.valid {
				want = "name: " + problems.Shown(test.given) + " is not allowed: 1 to "
			}
			problemtest.Require(t, problemtest.OfName(ValidateName, test.given), want)
		})
	}
}

// The names of AWS resources begin with the service's name, and AWS refuses "sg-" at the beginning of a security group's
// name.
func TestReservedNames(t *testing.T) {
	for _, test := range []struct {
		given string
		want  string // the problem; empty for none
	}{
		{"sg", `name: "sg" is not allowed: a name other than sg and sg-…: a security group`},
		{"sg-api", `name: "sg-api" is not allowed: a name other than sg and sg-…: a security group`},
		{"sga", ""},
		{"internal-api", ""}, // AWS reserves internal- only for load balancers, which are not named after a service
	} {
		t.Run(test.given, func(t *testing.T) {
			problemtest.Require(t, problemtest.OfName(ValidateName, test.given), test.want)
		})
	}
}
