package fargateservice

import (
	"cmp"
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/problems"
)

// Protocol versions of a target group.
const (
	protocolHTTP1 = "HTTP1"
	protocolHTTP2 = "HTTP2"
	protocolGRPC  = "GRPC"
)

// roundRobin is the default of loadBalancingAlgorithm.
const roundRobin = "round_robin"

// TargetGroupSpec holds the settings with which the load balancer sends requests to the tasks.
type TargetGroupSpec struct {
	// ProtocolVersion is the protocol in which the load balancer sends requests to the tasks: HTTP1, HTTP2, or GRPC. HTTP2
	// and GRPC require HTTPS and image, and clients that speak HTTP/2. It cannot change while the service exists.
	ProtocolVersion string `json:"protocolVersion" default:"HTTP1"`
	// StickinessSeconds is the time during which the load balancer sends the requests of a client to the same task, in
	// seconds, up to 604800. It uses a cookie (lb_cookie). By default a request can go to any task. To end the
	// stickiness of an existing service, set 0.
	StickinessSeconds *int `json:"stickinessSeconds"`
	// SlowStartSeconds is the time during which a new task gets fewer requests than the others, in seconds, from 30 to
	// 900. It requires the loadBalancingAlgorithm round_robin. 0 means no slow start.
	SlowStartSeconds int `json:"slowStartSeconds"`
}

// Defaults of AWS for the health check of a gRPC target group: the path of a method that does not exist, and the code
// that it returns (CreateTargetGroup, Elastic Load Balancing API Reference).
const (
	grpcPath    = "/AWS.ALB/healthcheck"
	grpcMatcher = "12"
)

// Defaults of HealthCheckSpec for protocols other than gRPC.
const (
	httpPath    = "/"
	httpMatcher = "200-299"
)

// grpcPattern matches gRPC codes from 0 to 99 (Matcher, Elastic Load Balancing API Reference).
var grpcPattern = regexp.MustCompile(`^\d{1,2}([,-]\d{1,2})*$`)

// Check returns the health check of the target group. The defaults of the path and of the codes depend on the protocol.
func (s *Spec) Check() HealthCheckSpec {
	check := s.HealthCheck
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

// validateTargetGroup checks the limits of TargetGroupAttribute in the Elastic Load Balancing API Reference.
func (s *Spec) validateTargetGroup(prefix string, found *problems.List) {
	found.OneOf(prefix+"protocolVersion", s.ProtocolVersion, protocolHTTP1, protocolHTTP2, protocolGRPC)
	if s.NeedsHTTP2() && s.Image == "" {
		found.Add(prefix+"protocolVersion", s.ProtocolVersion,
			"HTTP1 without image: the image that runs until the first deployment by default speaks HTTP/1.1 only")
	}
	if s.StickinessSeconds != nil {
		found.Between(prefix+"stickinessSeconds", *s.StickinessSeconds, 0, 604800)
	}
	if s.SlowStartSeconds == 0 {
		return
	}
	found.Between(prefix+"slowStartSeconds", s.SlowStartSeconds, 30, 900)
	if s.LoadBalancingAlgorithm != roundRobin { // "Target groups for your Application Load Balancers", User Guide for Application Load Balancers
		found.Add(prefix+"slowStartSeconds", s.SlowStartSeconds, "0 with loadBalancingAlgorithm %s, which has no slow start", s.LoadBalancingAlgorithm)
	}
}

// validateMatcher checks the codes of a healthy response.
func (s *Spec) validateMatcher(key string, found *problems.List) {
	if s.ProtocolVersion == protocolGRPC {
		found.Matches(key, s.Check().Matcher, grpcPattern, "gRPC codes from 0 to 99, such as 0, 12 or 0-99")
		return
	}
	found.Matches(key, s.HealthCheck.Matcher, matcherPattern, "HTTP codes from 200 to 499, such as 200, 200-299 or 200,302")
}

// NeedsHTTP2 reports whether the tasks get only HTTP/2 requests. A load balancer accepts these only over HTTPS
// ("Listeners for your Application Load Balancers", User Guide for Application Load Balancers).
func (s *TargetGroupSpec) NeedsHTTP2() bool {
	return s.ProtocolVersion == protocolHTTP2 || s.ProtocolVersion == protocolGRPC
}

// addTo sets the optional properties of a target group.
func (s *TargetGroupSpec) addTo(args *lb.TargetGroupArgs) {
	if s.ProtocolVersion != protocolHTTP1 {
		args.ProtocolVersion = pulumi.String(s.ProtocolVersion)
	}
	// Without the property the provider does not change the stickiness, so only an explicit false ends it.
	if seconds := s.StickinessSeconds; seconds != nil {
		stickiness := lb.TargetGroupStickinessArgs{Type: pulumi.String("lb_cookie"), Enabled: pulumi.Bool(*seconds != 0)}
		if *seconds != 0 {
			stickiness.CookieDuration = pulumi.Int(*seconds)
		}
		args.Stickiness = stickiness
	}
	if s.SlowStartSeconds != 0 {
		args.SlowStart = pulumi.Int(s.SlowStartSeconds)
	}
}

// checkProtocol refuses to change the protocol of an existing service. AWS cannot change it in a target group, and the
// listener rule would forward to a new group before it has tasks.
func (s *FargateService) checkProtocol() error {
	if s.running == nil {
		return nil
	}
	current := cmp.Or(s.running.labels[protocolLabel], protocolHTTP1)
	if current == s.spec.ProtocolVersion {
		return nil
	}
	var found problems.List
	found.Add("service "+s.name+": protocolVersion", s.spec.ProtocolVersion,
		"%s, which the target group of the running service has; to change the protocol, %s", current, s.spec.otherService())
	return found.Err()
}
