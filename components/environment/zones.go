package environment

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/problems"
)

// zoneCount is the number of zones of a created network. A load balancer needs
// subnets in two zones.
const zoneCount = 2

// zonesWithoutFargate are the ids of zones in which no task can run ("Supported Regions for Amazon ECS on AWS Fargate",
// ECS Developer Guide). The list has ids, because the names of zones differ between accounts.
var zonesWithoutFargate = []string{"apne1-az3", "usw1-az2"}

// zonesWithoutLinks are the ids of zones in which API Gateway has no VPC links ("Set up VPC links V2", API Gateway
// Developer Guide). Only an API needs VPC links, so the program does not choose these zones, but accepts them in the
// configuration.
var zonesWithoutLinks = []string{"ape1-az1", "use1-az3"}

// zones returns the names of the zones of the created network: the configured zones,
// or the first available zones of the region in alphabetical order. The program does
// not leave the choice to awsx, which takes the first zones that AWS returns. These
// can be local and Wavelength zones, which have no load balancers
// ("DescribeAvailabilityZones", Amazon EC2 API Reference).
//
// It calls AWS before the environment is registered, so opts must name the parent and
// the provider of the environment.
func (s *Spec) zones(ctx *pulumi.Context, opts []pulumi.InvokeOption, found *problems.List) ([]string, error) {
	if s.existingVpc() {
		return nil, nil
	}
	if len(s.AvailabilityZones) > 0 {
		return s.AvailabilityZones, s.checkZones(ctx, opts, found)
	}
	available, err := aws.GetAvailabilityZones(ctx, &aws.GetAvailabilityZonesArgs{
		State:          pulumi.StringRef("available"),
		Filters:        []aws.GetAvailabilityZonesFilter{{Name: "zone-type", Values: []string{"availability-zone"}}},
		ExcludeZoneIds: slices.Sorted(slices.Values(slices.Concat(zonesWithoutFargate, zonesWithoutLinks))),
	}, opts...)
	if err != nil {
		return nil, fmt.Errorf("reading the availability zones of the region: %w", err)
	}
	names := slices.Sorted(slices.Values(available.Names))
	if len(names) < zoneCount {
		return nil, fmt.Errorf("the region has %d suitable availability zones, %v, and a load balancer needs %d: "+
			"try again when more are available, or set availabilityZones", len(names), names, zoneCount)
	}
	return names[:zoneCount], nil
}

// checkZones reports configured zones that the region does not have, and zones without Fargate. AWS returns names and ids in
// the same order.
func (s *Spec) checkZones(ctx *pulumi.Context, opts []pulumi.InvokeOption, found *problems.List) error {
	all, err := aws.GetAvailabilityZones(ctx, &aws.GetAvailabilityZonesArgs{
		Filters: []aws.GetAvailabilityZonesFilter{{Name: "zone-type", Values: []string{"availability-zone"}}},
	}, opts...)
	if err != nil {
		return fmt.Errorf("reading the availability zones of the region: %w", err)
	}
	for i, zone := range s.AvailabilityZones {
		key, at := problems.Indexed("availabilityZones", i), slices.Index(all.Names, zone)
		switch {
		case at < 0:
			found.OneOf(key, zone, all.Names...)
		case at < len(all.ZoneIds) && slices.Contains(zonesWithoutFargate, all.ZoneIds[at]):
			found.Add(key, zone, "a zone with Fargate; in this account it is the zone %s, in which AWS does not offer Fargate", all.ZoneIds[at])
		}
	}
	return nil
}
