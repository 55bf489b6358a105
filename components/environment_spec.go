package components

import (
	"net/netip"
	"slices"

	"fargate-cd/internal/problems"
)

// Validate notes what AWS would refuse, under keys that begin with the prefix.
func (s *EnvironmentSpec) Validate(prefix string, found *problems.List) {
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

func (s *EnvironmentSpec) validateNetwork(prefix string, found *problems.List) {
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
	found.Matches(prefix+"vpcId", s.VpcID, vpcPattern, "the id of a VPC, such as vpc-0123456789abcdef0")
	if len(s.PublicSubnetIDs) < 2 {
		found.Add(prefix+"publicSubnetIds", s.PublicSubnetIDs, "with vpcId two subnets or more, each in a zone of its own")
	}
	if len(s.PrivateSubnetIDs) == 0 && !s.AssignPublicIP {
		found.Add(prefix+"privateSubnetIds", s.PrivateSubnetIDs,
			"with vpcId one subnet or more, or assignPublicIp: true to run the tasks in the public ones")
	}
	seen := map[string]bool{}
	subnets := func(key string, ids []string) {
		if len(ids) > 16 { // an ECS service takes no more
			found.Add(prefix+key, len(ids), "16 subnets or fewer")
		}
		for i, id := range ids {
			key := prefix + problems.Indexed(key, i)
			found.Matches(key, id, subnetPattern, "the id of a subnet, such as subnet-0123456789abcdef0")
			if seen[id] {
				found.Add(key, id, "a subnet that is named once")
			}
			seen[id] = true
		}
	}
	subnets("publicSubnetIds", s.PublicSubnetIDs)
	subnets("privateSubnetIds", s.PrivateSubnetIDs)
}
