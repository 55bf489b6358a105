package environment

import (
	"net/netip"
	"regexp"
	"slices"

	"fargate-cd/internal/problems"
)

// NAT gateway strategies, named as awsx names them.
const (
	NatGatewayNone     = "None"     // no way out of the private subnets
	NatGatewaySingle   = "Single"   // one NAT gateway for all zones
	NatGatewayOnePerAz = "OnePerAz" // one NAT gateway in each zone
)

// Spec is the part of an environment that is plain configuration.
type Spec struct {
	// VpcCidrBlock is the address range of the created network, from /16 to /25.
	VpcCidrBlock string `json:"vpcCidrBlock" default:"10.0.0.0/16"`
	// AvailabilityZones are the two zones of the created network, such as eu-central-1a. By default the first two that
	// are available. Name them if the stack must last: when the available zones change, the default moves the subnets,
	// and everything in them, to other zones.
	AvailabilityZones []string `json:"availabilityZones"`
	// NatGatewayStrategy is Single (one NAT gateway), OnePerAz (one in each zone), or None, which costs nothing and
	// requires assignPublicIp.
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
	// ListenerPort is the port of the production listener.
	ListenerPort int `json:"listenerPort" default:"80"`
	// IngressCidrBlocks are the networks that reach the production listener of the internet-facing load balancer.
	IngressCidrBlocks []string `json:"ingressCidrBlocks" default:"0.0.0.0/0"`
	// TestListenerPort is the port of the test listener, on which a blue/green deployment shows the new version before
	// it gets production traffic; 0 creates no test listener.
	TestListenerPort int `json:"testListenerPort"`
	// TestIngressCidrBlocks are the networks that reach the test listener, such as an office's public addresses.
	// Required with testListenerPort, unless the created network has only an internal load balancer, which admits the
	// network's own range by default.
	TestIngressCidrBlocks []string `json:"testIngressCidrBlocks"`
	// DeletionProtection makes AWS refuse to delete the load balancers.
	DeletionProtection bool `json:"deletionProtection"`
}

// Patterns of names and ids, from the API references of the services that take them.
var (
	subnetPattern = regexp.MustCompile(`^subnet-[0-9a-f]{8,17}$`)
	vpcPattern    = regexp.MustCompile(`^vpc-[0-9a-f]{8,17}$`)
	zonePattern   = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d+[a-z]$`) // of no local zone, such as us-west-2-lax-1a
	// The length of a name is checked beside its pattern, which cannot do both.
	namePattern = regexp.MustCompile(`^[A-Za-z]([A-Za-z0-9]|-[A-Za-z0-9])*$`)
)

// What the patterns of ids match.
const (
	vpcAllowed    = "the id of a VPC, such as vpc-0123456789abcdef0"
	subnetAllowed = "the id of a subnet, such as subnet-0123456789abcdef0"
)

// mostSubnets is how many subnets an ECS service takes.
const mostSubnets = 16

// An environment's name begins the name of its load balancer, which is 32 characters long at most, with "-alb" and
// Pulumi's suffix of 8.
const (
	nameLength = 20
	// An internal load balancer is named after its environment too: with "-internal" and the same suffix.
	internalSuffix     = "-internal"
	internalNameLength = 32 - len(internalSuffix) - 8
)

// ValidateName checks the name of an Environment, after which AWS resources are named.
func ValidateName(key, name string, found *problems.List) {
	if !namePattern.MatchString(name) || len(name) > nameLength {
		found.Add(key, name, "1 to %d letters, digits and single hyphens, beginning with a letter and not ending in a hyphen: "+
			"AWS resources are named after it", nameLength)
	}
	found.Reserved(key, name, "internal-", "a load balancer")
	found.Reserved(key, name, "sg-", "a security group")
}

// Validate notes what AWS would refuse, under keys that begin with the prefix.
func (s *Spec) Validate(prefix string, found *problems.List) {
	s.validateNetwork(prefix, found)
	found.Between(prefix+"listenerPort", s.ListenerPort, 1, 65535)
	found.CidrBlocks(prefix+"ingressCidrBlocks", s.IngressCidrBlocks)
	found.CidrBlocks(prefix+"testIngressCidrBlocks", s.TestIngressCidrBlocks)
	if s.TestListenerPort == 0 {
		if len(s.TestIngressCidrBlocks) > 0 {
			found.Add(prefix+"testIngressCidrBlocks", s.TestIngressCidrBlocks, "it requires testListenerPort")
		}
		return
	}
	found.Between(prefix+"testListenerPort", s.TestListenerPort, 1, 65535)
	if s.TestListenerPort == s.ListenerPort {
		found.Add(prefix+"testListenerPort", s.TestListenerPort, "a port other than listenerPort")
	}
}

func (s *Spec) validateNetwork(prefix string, found *problems.List) {
	found.OneOf(prefix+"natGatewayStrategy", s.NatGatewayStrategy, NatGatewayNone, NatGatewaySingle, NatGatewayOnePerAz)
	if s.VpcID == "" {
		block, err := netip.ParsePrefix(s.VpcCidrBlock)
		// A VPC is a /28 at least and a /16 at most ("VPC CIDR blocks", Amazon VPC User Guide). A balancer needs subnets of
		// at least /27 with 8 free addresses ("Application Load Balancers", its User Guide). awsx gives each of the two
		// zones half of the network and each of a zone's two subnets half of that, so a /25 has subnets of /27. AWS takes 5
		// of a subnet's 32 addresses and a NAT gateway one: 26 are left.
		if err != nil || !block.Addr().Is4() || block.Masked() != block || block.Bits() < 16 || block.Bits() > 25 {
			found.Add(prefix+"vpcCidrBlock", s.VpcCidrBlock, "an IPv4 network from /16 to /25 such as 10.0.0.0/16; "+
				"in a smaller one the subnets are too small for a load balancer")
		}
		if n := len(s.AvailabilityZones); n != 0 && n != zoneCount {
			found.Add(prefix+"availabilityZones", s.AvailabilityZones, "%d zones, or none for the first that are available", zoneCount)
		}
		for i, zone := range s.AvailabilityZones {
			key := prefix + problems.Indexed("availabilityZones", i)
			found.Matches(key, zone, zonePattern, "the name of an availability zone, such as eu-central-1a")
			if slices.Contains(s.AvailabilityZones[:i], zone) {
				found.Add(key, zone, "a zone that is named once")
			}
		}
		if len(s.PublicSubnetIDs)+len(s.PrivateSubnetIDs) > 0 {
			found.Missing(prefix+"vpcId", "publicSubnetIds and privateSubnetIds are subnets of a VPC of your own")
		}
		if s.NatGatewayStrategy == NatGatewayNone && !s.AssignPublicIP {
			found.Add(prefix+"natGatewayStrategy", s.NatGatewayStrategy,
				"None only with assignPublicIp: true, as tasks could pull no image otherwise")
		}
		return
	}
	if len(s.AvailabilityZones) > 0 {
		found.Add(prefix+"availabilityZones", s.AvailabilityZones, "none with vpcId, whose subnets are in zones already")
	}
	found.Matches(prefix+"vpcId", s.VpcID, vpcPattern, vpcAllowed)
	if len(s.PublicSubnetIDs) < 2 {
		found.Add(prefix+"publicSubnetIds", s.PublicSubnetIDs, "with vpcId two subnets or more, each in a zone of its own")
	}
	if len(s.PrivateSubnetIDs) == 0 && !s.AssignPublicIP {
		found.Add(prefix+"privateSubnetIds", s.PrivateSubnetIDs,
			"with vpcId one subnet or more, or assignPublicIp: true to run the tasks in the public ones")
	}
	seen := map[string]bool{}
	subnets := func(key string, ids []string) {
		if len(ids) > mostSubnets {
			found.Add(prefix+key, len(ids), "%d subnets or fewer", mostSubnets)
		}
		for i, id := range ids {
			key := prefix + problems.Indexed(key, i)
			found.Matches(key, id, subnetPattern, subnetAllowed)
			if seen[id] {
				found.Add(key, id, "a subnet that is named once")
			}
			seen[id] = true
		}
	}
	subnets("publicSubnetIds", s.PublicSubnetIDs)
	subnets("privateSubnetIds", s.PrivateSubnetIDs)
}

// validateLoadBalancers checks the kinds of load balancers, and what they require of the specification.
func validateLoadBalancers(balancers []string, name string, spec *Spec, found *problems.List) {
	for i, balancer := range balancers {
		found.OneOf(problems.Indexed("loadBalancers", i), balancer, LoadBalancerPublic, LoadBalancerInternal)
	}
	if slices.Contains(balancers, LoadBalancerInternal) {
		spec.ValidateInternal("", "name", name, found)
	}
	spec.ValidateTestIngress("", balancers, found)
}

// ValidateTestIngress notes a test listener whose networks are not named, where
// the created network's own range is no default. It admits nobody to an
// internet-facing load balancer, whose name resolves to public addresses for
// clients in its VPC too ("How Elastic Load Balancing works", Elastic Load
// Balancing User Guide); the world is no default either (EC2.18). The range of
// a VPC that exists already is not known.
func (s *Spec) ValidateTestIngress(prefix string, balancers []string, found *problems.List) {
	if s.TestListenerPort == 0 || len(s.TestIngressCidrBlocks) > 0 {
		return
	}
	if slices.Contains(balancers, LoadBalancerPublic) {
		found.Missing(prefix+"testIngressCidrBlocks",
			"with testListenerPort, the public networks that reach the test listener, such as 203.0.113.0/24")
	} else if s.VpcID != "" {
		found.Missing(prefix+"testIngressCidrBlocks", "with testListenerPort and vpcId, the networks that reach the test listener")
	}
}

// ValidateInternal checks what an internal load balancer requires of the specification.
// The name is that of the environment, found at nameKey.
func (s *Spec) ValidateInternal(prefix, nameKey, name string, found *problems.List) {
	if len(name) > internalNameLength && len(name) <= nameLength { // a longer one is a problem already
		found.Add(nameKey, name, "1 to %d characters with a service that only the API reaches: "+
			"the internal load balancer is named after it", internalNameLength)
	}
	if s.VpcID != "" && !s.AssignPublicIP && len(s.PrivateSubnetIDs) == 1 {
		found.Add(prefix+"privateSubnetIds", s.PrivateSubnetIDs,
			"with a service that only the API reaches two subnets or more, each in a zone of its own: the internal load balancer is in them")
	}
}
