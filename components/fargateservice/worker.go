package fargateservice

import (
	"fargate-cd/internal/problems"
)

// Worker reports whether no request reaches the service: it has no path patterns, or a schedule starts its tasks. So it has
// no target group and no load balancer.
func (s *Spec) Worker() bool { return len(s.PathPatterns) == 0 || s.Scheduled() }

// validateWorker reports load balancer settings of a service without a load balancer.
func (s *Spec) validateWorker(prefix string, found *problems.List) {
	allowed := "it cannot be combined with an empty list of pathPatterns, because no request reaches the service"
	if s.Scheduled() {
		allowed = "it cannot be combined with schedule, because no request reaches the tasks"
	}
	for _, setting := range []struct {
		key   string
		value any
		given bool
	}{
		{"hostHeaders", s.HostHeaders, len(s.HostHeaders) > 0},
		{"httpHeaders", len(s.HttpHeaders), len(s.HttpHeaders) > 0},
		{"queryStrings", len(s.QueryStrings), len(s.QueryStrings) > 0},
		{"priority", s.Priority, s.Priority != nil},
		{"protocolVersion", s.ProtocolVersion, s.NeedsHTTP2()},
		{"stickinessSeconds", s.StickinessSeconds, s.StickinessSeconds != nil},
		{"slowStartSeconds", s.SlowStartSeconds, s.SlowStartSeconds != 0},
	} {
		if setting.given {
			found.Add(prefix+setting.key, setting.value, "%s", allowed)
		}
	}
	if s.Scaling != nil && s.Scaling.TargetRequestsPerTarget != 0 {
		found.Add(prefix+"scaling.targetRequestsPerTarget", s.Scaling.TargetRequestsPerTarget, "%s", allowed)
	}
}

// ValidateReached reports a service that needs a load balancer but has none. The parameter what ends the message with
// the reason.
func (s *Spec) ValidateReached(prefix, what string, found *problems.List) {
	if s.Scheduled() {
		found.Add(prefix+"schedule", s.Schedule.Expression, "no schedule %s", what)
	} else if s.Worker() {
		found.Add(prefix+"pathPatterns", s.PathPatterns, "1 to 5 patterns %s", what)
	}
}
