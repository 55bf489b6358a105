package fargateservice

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/problems"
)

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

// Protocol versions of a target group.
const (
	protocolHTTP1 = "HTTP1"
	protocolHTTP2 = "HTTP2"
	protocolGRPC  = "GRPC"
)

// roundRobin is the default of loadBalancingAlgorithm.
const roundRobin = "round_robin"

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

// NeedsHTTP2 reports whether the tasks get only HTTP/2 requests. A load balancer accepts these only over HTTPS
// ("Listeners for your Application Load Balancers", User Guide for Application Load Balancers).
func (s *TargetGroupSpec) NeedsHTTP2() bool {
	return s.ProtocolVersion == protocolHTTP2 || s.ProtocolVersion == protocolGRPC
}

// ValidateProtocol reports a protocol of the tasks that no request can have without HTTPS.
func (s *TargetGroupSpec) ValidateProtocol(prefix string, https bool, found *problems.List) {
	if s.NeedsHTTP2() && !https {
		found.Add(prefix+"protocolVersion", s.ProtocolVersion,
			"HTTP1 without HTTPS: a load balancer accepts HTTP/2 and gRPC only by HTTPS; set domainName or certificateArn")
	}
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

// checkProtocol refuses to change the protocol of a service that has a target group and keeps it. AWS cannot change it in
// a target group, and the listener rule would forward to a new group before it has tasks. A worker has no target group.
func (s *FargateService) checkProtocol() error {
	if s.running == nil || !s.running.hasTargetGroup() || s.spec.Worker() || s.running.protocol() == s.spec.ProtocolVersion {
		return nil
	}
	var found problems.List
	found.Add("service "+s.name+": protocolVersion", s.spec.ProtocolVersion,
		"%s, which the target group of the running service has; to change the protocol, %s", s.running.protocol(), s.spec.otherService())
	return found.Err()
}

// newTargets creates the target groups and the listener rules that forward to them. It
// returns the blue target group and the resources that the service depends on: ECS
// refuses a service whose target group has no load balancer.
func (s *FargateService) newTargets(ctx *pulumi.Context) (*lb.TargetGroup, []pulumi.Resource, error) {
	own := &Route{Spec: s.spec, Name: s.name}
	blue, err := s.newTargetGroup(ctx, s.name+"-blue", &s.spec)
	if err != nil {
		return nil, nil, err
	}
	s.BlueTargetGroupName, s.BlueTargetGroupArn, s.BlueTargetGroupArnSuffix = blue.Name, blue.Arn, blue.ArnSuffix
	production, err := s.newRule(ctx, s.name+"-production", own, s.balancer.ListenerArn, blue.Arn)
	if err != nil || !s.blueGreen {
		return blue, []pulumi.Resource{production}, err
	}
	green, err := s.newTargetGroup(ctx, s.name+"-green", &s.spec)
	if err != nil {
		return nil, nil, err
	}
	s.GreenTargetGroupName, s.GreenTargetGroupArn, s.GreenTargetGroupArnSuffix = green.Name, green.Arn, green.ArnSuffix
	if !s.balancer.HasTestListener() {
		return blue, []pulumi.Resource{production, green}, nil
	}
	// CodeDeploy points the test listener at the new tasks when a deployment begins. Until then it must forward to the
	// target group of the primary task set, or the deployment fails ("Troubleshoot Amazon ECS deployment issues",
	// CodeDeploy User Guide).
	serving := pulumi.StringInput(blue.Arn)
	if s.servesGreen() { // this matters only when the rule is new: later changes of its actions are ignored
		serving = pulumi.String(s.running.serving)
	}
	// Both rules can forward to the same target group. Because of this dependency, a change of the load balancer
	// deletes both old rules before it creates the first new one.
	listener := pulumi.All(production.ID(), s.balancer.TestListenerArn).ApplyT(func(values []any) string {
		return values[1].(string)
	}).(pulumi.StringOutput)
	test, err := s.newRule(ctx, s.name+"-test", own, listener, serving)
	return blue, []pulumi.Resource{production, test, green}, err
}

func (s *FargateService) newTargetGroup(ctx *pulumi.Context, name string, spec *Spec) (*lb.TargetGroup, error) {
	check := spec.Check()
	// The port of a target group is only a default: ECS registers each task with its own port. A changed port would
	// replace the group, and the rule would forward to a group without tasks.
	ignored := []string{"port"}
	args := &lb.TargetGroupArgs{
		VpcId:                      s.environment.VpcID,
		TargetType:                 pulumi.String("ip"),
		Protocol:                   pulumi.String("HTTP"),
		Port:                       pulumi.Int(spec.ContainerPort),
		DeregistrationDelay:        pulumi.Int(*spec.DeregistrationDelaySeconds),
		LoadBalancingAlgorithmType: pulumi.String(spec.LoadBalancingAlgorithm),
		HealthCheck: lb.TargetGroupHealthCheckArgs{
			Path:               pulumi.String(check.Path),
			Protocol:           pulumi.String("HTTP"),
			Interval:           pulumi.Int(check.IntervalSeconds),
			Timeout:            pulumi.Int(check.TimeoutSeconds),
			HealthyThreshold:   pulumi.Int(check.HealthyThreshold),
			UnhealthyThreshold: pulumi.Int(check.UnhealthyThreshold),
			Matcher:            pulumi.String(check.Matcher),
		},
	}
	spec.addTo(args)
	group, err := lb.NewTargetGroup(ctx, name, args, pulumi.Parent(s), pulumi.IgnoreChanges(ignored))
	if err != nil {
		return nil, fmt.Errorf("creating target group %s: %w", name, err)
	}
	return group, nil
}

// registration returns the load balancer setting with which ECS registers the tasks in a target group, with one of
// their ports.
func (s *FargateService) registration(group *lb.TargetGroup, port int) ecs.ServiceLoadBalancerArgs {
	return ecs.ServiceLoadBalancerArgs{TargetGroupArn: group.Arn, ContainerName: pulumi.String(s.name), ContainerPort: pulumi.Int(port)}
}

// addTargetGroups adds the outputs of the target groups that the service has.
func (s *FargateService) addTargetGroups(outputs pulumi.Map) {
	if !s.spec.Worker() {
		outputs["blueTargetGroupArn"] = s.BlueTargetGroupArn
		outputs["blueTargetGroupName"] = s.BlueTargetGroupName
		outputs["blueTargetGroupArnSuffix"] = s.BlueTargetGroupArnSuffix
	}
	if s.blueGreen {
		outputs["greenTargetGroupName"] = s.GreenTargetGroupName
		outputs["greenTargetGroupArn"] = s.GreenTargetGroupArn
		outputs["greenTargetGroupArnSuffix"] = s.GreenTargetGroupArnSuffix
	}
}
