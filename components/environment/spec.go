package environment

import (
	"net/netip"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/problems"
)

// NAT gateway strategies, with the names that awsx uses.
const (
	NatGatewayNone     = "None"     // no NAT gateway
	NatGatewaySingle   = "Single"   // one NAT gateway for all zones
	NatGatewayOnePerAz = "OnePerAz" // one NAT gateway in each zone
)

// Spec holds the settings of an environment that a stack file can set.
type Spec struct {
	// VpcCidrBlock is the address range of the created network, from /16 to /25.
	VpcCidrBlock string `json:"vpcCidrBlock" default:"10.0.0.0/16"`
	// AvailabilityZones are the two availability zones of the created network, such as eu-central-1a. By default the
	// first two available zones. Set them for a long-lived stack: when the available zones change, the default moves
	// the subnets, and everything in them, to other zones.
	AvailabilityZones []string `json:"availabilityZones"`
	// NatGatewayStrategy is the number of NAT gateways: Single (one), OnePerAz (one in each zone), or None. With None
	// the tasks have either public addresses (assignPublicIp), which costs least, or no internet access. Without
	// internet access they reach the AWS services that they need through interface endpoints, and every image,
	// including the first one, must be in Amazon ECR.
	NatGatewayStrategy string `json:"natGatewayStrategy" default:"Single"`
	// VpcID is the id of an existing VPC to use instead of a created network.
	VpcID string `json:"vpcId"`
	// PublicSubnetIDs are the subnets of the internet-facing load balancer, in two zones or more. Required with vpcId.
	PublicSubnetIDs []string `json:"publicSubnetIds"`
	// PrivateSubnetIDs are the subnets of the tasks and of the internal load balancer, which needs two in different
	// zones. Only with vpcId. By default the tasks run in the public subnets, which requires assignPublicIp.
	PrivateSubnetIDs []string `json:"privateSubnetIds"`
	// AssignPublicIP runs the tasks in the public subnets, with public addresses.
	AssignPublicIP bool `json:"assignPublicIp"`
	// CertificateArn is the ARN of a certificate in AWS Certificate Manager, in the region of the stack. With it every
	// listener uses HTTPS, and the internet-facing load balancer redirects HTTP. By default HTTPS requires domainName and
	// hostedZoneId.
	CertificateArn pulumi.StringInput `json:"certificateArn"`
	// DomainName is the domain name of the load balancer, such as app.example.com. With it every listener uses HTTPS.
	// It requires certificateArn, with a certificate that covers the name, or hostedZoneId. Without an internet-facing
	// load balancer the name belongs to the internal one, and the API verifies its certificate by the name.
	DomainName string `json:"domainName"`
	// HostedZoneID is the Route 53 hosted zone of domainName. The stack creates an alias record there and, without
	// certificateArn, a certificate with its validation record. With certificateArn and without an internet-facing load
	// balancer it may be a private hosted zone. By default you point domainName to the load balancer yourself.
	HostedZoneID string `json:"hostedZoneId"`
	// ListenerPort is the port of the production listener; 0 means 80 for HTTP and 443 for HTTPS.
	ListenerPort int `json:"listenerPort"`
	// IngressCidrBlocks are the networks that can reach the production listener of the internet-facing load balancer,
	// and its redirect from HTTP.
	IngressCidrBlocks []string `json:"ingressCidrBlocks" default:"0.0.0.0/0"`
	// TestListenerPort is the port of the test listener, on which a blue/green deployment shows the new version before
	// it gets production traffic; 0 creates no test listener.
	TestListenerPort int `json:"testListenerPort"`
	// TestIngressCidrBlocks are the networks that can reach the test listener, such as the public addresses of an
	// office. Required with testListenerPort, unless the created network has only an internal load balancer. Its test
	// listener admits the range of the created network by default.
	TestIngressCidrBlocks []string `json:"testIngressCidrBlocks"`
	// AccessLogs stores the access logs of the load balancers in an S3 bucket, for logRetentionDays days.
	AccessLogs *bool `json:"accessLogs" default:"true"`
	// DesyncMitigationMode is the treatment of requests that a server could interpret differently from the load
	// balancer: monitor, defensive, or strictest, which admits only requests that comply with RFC 7230.
	DesyncMitigationMode string `json:"desyncMitigationMode" default:"defensive"`
	// IdleTimeoutSeconds is the maximum idle time of a connection to a load balancer, in seconds.
	IdleTimeoutSeconds int `json:"idleTimeoutSeconds" default:"60"`
	WafSpec
	InternalSpec
	// FlowLogs logs the connections in the created network to CloudWatch Logs, for logRetentionDays days. AWS charges
	// by the amount of data.
	FlowLogs bool `json:"flowLogs"`
	// Notifications sends messages about failed pipelines and deployments, and about pending approvals. By default
	// there are none. The topic is encrypted with its own KMS key.
	Notifications NotificationsSpec `json:"notifications"`
	// PullThroughCache makes builds pull base images of Docker Hub through Amazon ECR, which keeps a copy of them.
	// Dockerfiles need no change. By default builds pull from Docker Hub.
	PullThroughCache PullThroughCacheSpec `json:"pullThroughCache"`
	// DeletionProtection protects the load balancers and their listeners from deletion. AWS refuses to delete the load
	// balancers, and Pulumi refuses to delete the load balancers and listeners, and so to destroy the stack. By default
	// true, unless forceDestroy is true: a stack that may lose its data may also be destroyed.
	DeletionProtection *bool `json:"deletionProtection"`
}

// TaskSubnets returns the configuration key and the ids of the subnets of the tasks in an existing network.
func (s *Spec) TaskSubnets() (key string, ids []string) {
	if s.AssignPublicIP {
		return "publicSubnetIds", s.PublicSubnetIDs
	}
	return "privateSubnetIds", s.PrivateSubnetIDs
}

// EndpointsOnly reports whether tasks have no internet access and reach AWS only through VPC endpoints.
func (s *Spec) EndpointsOnly() bool {
	return s.VpcID == "" && s.NatGatewayStrategy == NatGatewayNone && !s.AssignPublicIP
}

// Patterns of names and ids, from the API references of the services that take them.
var (
	subnetPattern = regexp.MustCompile(`^subnet-[0-9a-f]{8,17}$`)
	vpcPattern    = regexp.MustCompile(`^vpc-[0-9a-f]{8,17}$`)
	webAclPattern = regexp.MustCompile(`^arn:aws[\w-]*:wafv2:[\w-]+:\d{12}:regional/webacl/[\w-]+/[0-9a-f-]+$`)
	zonePattern   = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d+[a-z]$`) // excludes local zones, such as us-west-2-lax-1a
	// The length of a name is checked separately: this pattern cannot limit it.
	namePattern = regexp.MustCompile(`^[A-Za-z]([A-Za-z0-9]|-[A-Za-z0-9])*$`)
)

// Descriptions of the ids that the patterns match, for error messages.
const (
	vpcAllowed    = "the id of a VPC, such as vpc-0123456789abcdef0"
	subnetAllowed = "the id of a subnet, such as subnet-0123456789abcdef0"
)

// maxSubnets is the maximum number of subnets of an ECS service.
const maxSubnets = 16

// Maximum lengths of an environment's name. The name of its load balancer has 32 characters at most: the environment's
// name, "-alb" and Pulumi's suffix of 8 characters.
const (
	maxNameLength = 20
	// The name of the internal load balancer is the environment's name, "-internal" and the same suffix.
	internalSuffix        = "-internal"
	maxInternalNameLength = 32 - len(internalSuffix) - 8
)

// ValidateName checks the name of an Environment. The names of AWS resources begin with it.
func ValidateName(key, name string, found *problems.List) {
	if !namePattern.MatchString(name) || len(name) > maxNameLength {
		found.Add(key, name, "1 to %d letters, digits and single hyphens, beginning with a letter and not ending in a hyphen: "+
			"AWS resources are named after it", maxNameLength)
	}
	found.Reserved(key, name, "internal-", "a load balancer")
	found.Reserved(key, name, "sg-", "a security group")
}

// Validate reports the values that AWS would refuse, under keys that begin with the prefix.
func (s *Spec) Validate(prefix string, found *problems.List) {
	s.Notifications.Validate(prefix+"notifications.", found)
	s.PullThroughCache.validate(prefix+"pullThroughCache.", found)
	s.validateNetwork(prefix, found)
	s.validateCertificate(prefix, found)
	s.validateBalancer(prefix, found)
	found.Between(prefix+"listenerPort", s.ProductionPort(), 1, 65535)
	found.CidrBlocks(prefix+"ingressCidrBlocks", s.IngressCidrBlocks)
	found.CidrBlocks(prefix+"testIngressCidrBlocks", s.TestIngressCidrBlocks)
	found.CidrBlocks(prefix+"internalIngressCidrBlocks", s.InternalIngressCidrBlocks)
	if s.TestListenerPort == 0 {
		if len(s.TestIngressCidrBlocks) > 0 {
			found.Add(prefix+"testIngressCidrBlocks", s.TestIngressCidrBlocks, "it requires testListenerPort")
		}
		return
	}
	found.Between(prefix+"testListenerPort", s.TestListenerPort, 1, 65535)
	if s.TestListenerPort == s.ProductionPort() {
		found.Add(prefix+"testListenerPort", s.TestListenerPort, "a port other than listenerPort")
	}
}

// validateBalancer checks the attributes of the load balancers ("Application Load Balancers", User Guide for Application
// Load Balancers).
func (s *Spec) validateBalancer(prefix string, found *problems.List) {
	found.OneOf(prefix+"desyncMitigationMode", s.DesyncMitigationMode, "monitor", "defensive", "strictest")
	found.Between(prefix+"idleTimeoutSeconds", s.IdleTimeoutSeconds, 1, 4000)
	s.WafSpec.validate(prefix, found)
}

func (s *Spec) validateNetwork(prefix string, found *problems.List) {
	found.OneOf(prefix+"natGatewayStrategy", s.NatGatewayStrategy, NatGatewayNone, NatGatewaySingle, NatGatewayOnePerAz)
	if s.VpcID == "" {
		block, err := netip.ParsePrefix(s.VpcCidrBlock)
		// A VPC is between /28 and /16 ("VPC CIDR blocks", Amazon VPC User Guide). A load balancer needs subnets of at least
		// /27 with 8 free addresses ("Application Load Balancers", User Guide for Application Load Balancers). awsx divides
		// the network into two zones with two subnets each, so a /25 has subnets of /27. AWS reserves 5 of a subnet's 32
		// addresses and a NAT gateway uses one: 26 are free.
		if err != nil || !block.Addr().Is4() || block.Masked() != block || block.Bits() < 16 || block.Bits() > 25 {
			found.Add(prefix+"vpcCidrBlock", s.VpcCidrBlock, "an IPv4 network from /16 to /25 such as 10.0.0.0/16; "+
				"in a smaller one the subnets are too small for a load balancer")
		}
		if n := len(s.AvailabilityZones); n != 0 && n != zoneCount {
			found.Add(prefix+"availabilityZones", s.AvailabilityZones, "%d zones, or none to use the first available ones", zoneCount)
		}
		for i, zone := range s.AvailabilityZones {
			key := prefix + problems.Indexed("availabilityZones", i)
			found.Matches(key, zone, zonePattern, "the name of an availability zone, such as eu-central-1a")
			if slices.Contains(s.AvailabilityZones[:i], zone) {
				found.Add(key, zone, "each zone only once")
			}
		}
		if len(s.PublicSubnetIDs)+len(s.PrivateSubnetIDs) > 0 {
			found.Missing(prefix+"vpcId", "the id of the VPC of publicSubnetIds and privateSubnetIds")
		}
		return
	}
	if s.FlowLogs {
		found.Add(prefix+"flowLogs", s.FlowLogs, "it requires a created network: an existing VPC has its own flow logs")
	}
	if len(s.AvailabilityZones) > 0 {
		found.Add(prefix+"availabilityZones", s.AvailabilityZones, "none with vpcId, because its subnets determine the zones")
	}
	found.Matches(prefix+"vpcId", s.VpcID, vpcPattern, vpcAllowed)
	if len(s.PublicSubnetIDs) < 2 {
		found.Add(prefix+"publicSubnetIds", s.PublicSubnetIDs, "with vpcId two subnets or more, each in a different zone")
	}
	if len(s.PrivateSubnetIDs) == 0 && !s.AssignPublicIP {
		found.Add(prefix+"privateSubnetIds", s.PrivateSubnetIDs,
			"with vpcId one subnet or more, or assignPublicIp: true to run the tasks in the public ones")
	}
	seen := map[string]bool{}
	subnets := func(key string, ids []string) {
		if len(ids) > maxSubnets {
			found.Add(prefix+key, len(ids), "%d subnets or fewer", maxSubnets)
		}
		for i, id := range ids {
			key := prefix + problems.Indexed(key, i)
			found.Matches(key, id, subnetPattern, subnetAllowed)
			if seen[id] {
				found.Add(key, id, "each subnet only once")
			}
			seen[id] = true
		}
	}
	subnets("publicSubnetIds", s.PublicSubnetIDs)
	subnets("privateSubnetIds", s.PrivateSubnetIDs)
}

// Protected reports whether AWS and Pulumi refuse to delete the load balancers (ELB.6).
func (s *Spec) Protected(forceDestroy bool) bool {
	if s.DeletionProtection == nil {
		return !forceDestroy
	}
	return *s.DeletionProtection
}

// validateLoadBalancers checks the kinds of load balancers, and the settings that they require.
func validateLoadBalancers(balancers []string, name string, spec *Spec, found *problems.List) {
	for i, balancer := range balancers {
		found.OneOf(problems.Indexed("loadBalancers", i), balancer, LoadBalancerPublic, LoadBalancerInternal)
	}
	if slices.Contains(balancers, LoadBalancerInternal) {
		spec.ValidateInternal("", "name", name, found)
	}
	spec.ValidateTestIngress("", balancers, found)
}

// ValidateTestIngress reports a test listener without testIngressCidrBlocks, unless the range of the created network is
// a useful default. It is not useful for an internet-facing load balancer, whose name resolves to public addresses even
// for clients in its VPC ("How Elastic Load Balancing works", Elastic Load Balancing User Guide). The test listener
// must not be open to all networks by default either (EC2.18), and the program does not know the range of an existing
// VPC.
func (s *Spec) ValidateTestIngress(prefix string, balancers []string, found *problems.List) {
	if s.TestListenerPort == 0 || len(s.TestIngressCidrBlocks) > 0 || len(balancers) == 0 {
		return
	}
	if slices.Contains(balancers, LoadBalancerPublic) {
		found.Missing(prefix+"testIngressCidrBlocks",
			"with testListenerPort, the public networks that reach the test listener, such as 203.0.113.0/24")
	} else if s.VpcID != "" {
		found.Missing(prefix+"testIngressCidrBlocks", "with testListenerPort and vpcId, the networks that reach the test listener")
	}
}

// ValidateInternal checks the settings that an internal load balancer requires. name is the name of the environment,
// and nameKey is its key in the configuration.
func (s *Spec) ValidateInternal(prefix, nameKey, name string, found *problems.List) {
	if len(name) > maxInternalNameLength && len(name) <= maxNameLength { // ValidateName reports a longer name
		found.Add(nameKey, name, "1 to %d characters with a service on the internal load balancer, "+
			"which is named after it", maxInternalNameLength)
	}
	if s.VpcID != "" && !s.AssignPublicIP && len(s.PrivateSubnetIDs) == 1 {
		found.Add(prefix+"privateSubnetIds", s.PrivateSubnetIDs,
			"two subnets or more, each in a different zone: the internal load balancer is in them")
	}
}
