package sandbox

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"net/netip"
	"strings"

	awsxec2 "github.com/pulumi/pulumi-awsx/sdk/v2/go/awsx/ec2"
)

// subnetPlan is one subnet of the network.
type subnetPlan struct {
	name string // e.g. network-public-1
	zone int    // number of the zone, from 0
	kind awsxec2.SubnetType
	cidr string
	spec int // number of the subnet's spec
}

// layOut divides a VPC's block among zones and specs as awsx's strategy Auto does: zones get equal parts; in
// each zone the specs follow one another, each at the next multiple of its size.
func layOut(name, block string, zones, zoneBits int, specs []subnetInputs) ([]subnetPlan, error) {
	vpc, err := netip.ParsePrefix(block)
	if err != nil || !vpc.Addr().Is4() || vpc.Masked() != vpc {
		return nil, fmt.Errorf("cidrBlock is %q; allowed is an IPv4 block in canonical form such as 10.0.0.0/16", block)
	}
	if zoneBits == 0 {
		zoneBits = vpc.Bits() + log2(zones)
	}
	if zoneBits < vpc.Bits() || zoneBits > 28 || uint64(zones)<<(32-zoneBits) > uint64(1)<<(32-vpc.Bits()) {
		return nil, fmt.Errorf("cidrBlock %s cannot be divided into %d zones of /%d; make the VPC larger or use fewer zones",
			block, zones, zoneBits)
	}
	base := uint64(binary.BigEndian.Uint32(vpc.Addr().AsSlice()))
	var plans []subnetPlan
	for zone := range zones {
		cursor := base + uint64(zone)<<(32-zoneBits)
		end := cursor + uint64(1)<<(32-zoneBits)
		for i, spec := range specs {
			size := uint64(1) << (32 - spec.mask(zoneBits, len(specs)))
			cursor = (cursor + size - 1) / size * size
			plan := subnetPlan{name: spec.subnetName(name, zone), zone: zone, kind: spec.kind(), spec: i,
				cidr: fmt.Sprintf("%s/%d", address4(cursor), spec.mask(zoneBits, len(specs)))}
			if cursor += size; cursor > end {
				return nil, fmt.Errorf("subnet %s (%s) does not fit into its zone's /%d; make the VPC larger, the subnets "+
					"smaller, or use fewer zones", plan.name, plan.cidr, zoneBits)
			}
			plans = append(plans, plan)
		}
	}
	return plans, nil
}

// explicit takes the blocks that the specs give for each zone.
func explicit(name string, zones int, specs []subnetInputs) ([]subnetPlan, error) {
	var faults []error
	var plans []subnetPlan
	for zone := range zones {
		for i, spec := range specs {
			if len(spec.CidrBlocks) != zones {
				faults = append(faults, fmt.Errorf("subnetSpecs[%d].cidrBlocks has %d blocks; when one spec has cidrBlocks, each "+
					"must have one for every zone (%d)", i, len(spec.CidrBlocks), zones))
				continue
			}
			plans = append(plans, subnetPlan{name: spec.subnetName(name, zone), zone: zone, kind: spec.kind(), spec: i,
				cidr: spec.CidrBlocks[zone]})
		}
		if len(faults) > 0 {
			return nil, errors.Join(faults...)
		}
	}
	return plans, nil
}

// usualSpecs are those of a network without subnetSpecs: a private subnet of half the zone, a public one of a
// quarter.
func usualSpecs(vpcBits, zones int) []subnetInputs {
	half := max(vpcBits+log2(zones), 16) + 1
	quarter := half + 1
	return []subnetInputs{
		{Type: string(awsxec2.SubnetTypePrivate), CidrMask: &half}, {Type: string(awsxec2.SubnetTypePublic), CidrMask: &quarter},
	}
}

// mask returns the prefix length of a spec's subnets.
func (s subnetInputs) mask(zoneBits, specs int) int {
	switch {
	case s.CidrMask != nil:
		return *s.CidrMask
	case s.Size != nil:
		return 32 - log2(*s.Size)
	default:
		return zoneBits + log2(specs)
	}
}

func (s subnetInputs) kind() awsxec2.SubnetType { return awsxec2.SubnetType(s.Type) }

// subnetName returns network-public-1 for the first zone's public subnet of network.
func (s subnetInputs) subnetName(network string, zone int) string {
	name := strings.ToLower(s.Type)
	if s.Name != nil {
		name = *s.Name
	}
	return fmt.Sprintf("%s-%s-%d", network, name, zone+1)
}

// log2 returns the number of bits that count n things.
func log2(n int) int { return bits.Len(uint(max(n, 1) - 1)) }

func address4(n uint64) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], uint32(n))
	return netip.AddrFrom4(b)
}
