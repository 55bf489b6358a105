package fargateservice

import (
	"regexp"

	"fargate-cd/internal/problems"
)

// HealthCheckSpec is the load balancer's health check of a service. ECS has one grace period for all target groups of a
// service (Service, Amazon ECS API Reference).
type HealthCheckSpec struct {
	TargetHealthCheckSpec
	// GracePeriodSeconds is the time during which a new task may fail its checks, in seconds.
	GracePeriodSeconds *int `json:"gracePeriodSeconds" default:"60"`
}

// TargetHealthCheckSpec is the health check of a target group.
type TargetHealthCheckSpec struct {
	// Path is the path that the load balancer requests. With protocolVersion GRPC it is a method, by default
	// /AWS.ALB/healthcheck.
	Path string `json:"path" default:"/"`
	// IntervalSeconds is the time between two checks, in seconds.
	IntervalSeconds int `json:"intervalSeconds" default:"10"`
	// TimeoutSeconds is the time that the load balancer waits for a response, in seconds. It must be less than
	// intervalSeconds.
	TimeoutSeconds int `json:"timeoutSeconds" default:"5"`
	// HealthyThreshold is the number of consecutive successful checks after which a task is healthy.
	HealthyThreshold int `json:"healthyThreshold" default:"2"`
	// UnhealthyThreshold is the number of consecutive failed checks after which a task is unhealthy.
	UnhealthyThreshold int `json:"unhealthyThreshold" default:"3"`
	// Matcher is the set of HTTP codes of a healthy response, such as 200-299 or 200,302. With protocolVersion GRPC it
	// is the set of gRPC codes, by default 12.
	Matcher string `json:"matcher" default:"200-299"`
}

// Defaults of TargetHealthCheckSpec, which apply to protocols other than gRPC.
const (
	httpPath    = "/"
	httpMatcher = "200-299"
)

// Defaults of AWS for the health check of a gRPC target group: the path of a method that does not exist, and the code
// that it returns (CreateTargetGroup, Elastic Load Balancing API Reference).
const (
	grpcPath    = "/AWS.ALB/healthcheck"
	grpcMatcher = "12"
)

// maxHealthPathLength is the maximum length of the path of a health check (CreateTargetGroup, Elastic Load Balancing API
// Reference). healthPathPattern cannot limit it, because a Go regexp repeats at most 1000 times.
const maxHealthPathLength = 1024

// Patterns of paths and codes (CreateTargetGroup and Matcher, Elastic Load Balancing API Reference).
var (
	healthPathPattern  = regexp.MustCompile(`^/[!-~]*$`)
	httpMatcherPattern = regexp.MustCompile(`^[2-4]\d\d([,-][2-4]\d\d)*$`)
	grpcMatcherPattern = regexp.MustCompile(`^\d{1,2}([,-]\d{1,2})*$`)
)

// validateHealthCheck checks the health check of a port.
func (s *Spec) validateHealthCheck(prefix string, found *problems.List) {
	check := s.Check()
	if s.ProtocolVersion == protocolGRPC {
		found.Matches(prefix+"matcher", check.Matcher, grpcMatcherPattern, "gRPC codes from 0 to 99, such as 0, 12 or 0-99")
	} else {
		found.Matches(prefix+"matcher", check.Matcher, httpMatcherPattern, "HTTP codes from 200 to 499, such as 200, 200-299 or 200,302")
	}
	if !healthPathPattern.MatchString(check.Path) || len(check.Path) > maxHealthPathLength {
		found.Add(prefix+"path", check.Path, `a path of up to %d characters that begins with "/"`, maxHealthPathLength)
	}
	found.Between(prefix+"intervalSeconds", check.IntervalSeconds, 5, 300)
	found.Between(prefix+"timeoutSeconds", check.TimeoutSeconds, 2, 120)
	if check.TimeoutSeconds >= check.IntervalSeconds {
		found.Add(prefix+"timeoutSeconds", check.TimeoutSeconds, "less than intervalSeconds, which is %d", check.IntervalSeconds)
	}
	found.Between(prefix+"healthyThreshold", check.HealthyThreshold, 2, 10)
	found.Between(prefix+"unhealthyThreshold", check.UnhealthyThreshold, 2, 10)
}

// Check returns the health check of the target group. The defaults of the path and of the codes depend on the protocol.
func (s *Spec) Check() TargetHealthCheckSpec {
	check := s.HealthCheck.TargetHealthCheckSpec
	if s.ProtocolVersion != protocolGRPC {
		return check
	}
	if check.Path == httpPath {
		check.Path = grpcPath
	}
	if check.Matcher == httpMatcher {
		check.Matcher = grpcMatcher
	}
	return check
}
