package environment

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// zoneCount is the number of zones of a created network: a load balancer needs
// subnets in two.
const zoneCount = 2

// unsuitableZones are the ids of zones that lack what a service may need: Fargate
// ("Supported Regions for Amazon ECS on AWS Fargate", ECS Developer Guide) or a
// VPC link ("Set up VPC links V2", API Gateway Developer Guide). Each account has
// its own names for zones, and AWS's documents name them by their ids.
var unsuitableZones = []string{"ape1-az1", "apne1-az3", "use1-az3", "usw1-az2"}

// zones returns the names of the zones of the created network: the configured
// ones, or else the region's first ones by name that are available. awsx takes
// the first zones that it is told of, and without a filter AWS tells of local and
// Wavelength zones too, in which there is no load balancer ("DescribeAvailabilityZones",
// Amazon EC2 API Reference).
//
// It asks AWS at once, before the environment is registered, so opts are those of
// the environment: its parent and its provider answer.
func (s *Spec) zones(ctx *pulumi.Context, asking []pulumi.InvokeOption) ([]string, error) {
	if s.VpcID != "" || len(s.AvailabilityZones) > 0 {
		return s.AvailabilityZones, nil
	}
	found, err := aws.GetAvailabilityZones(ctx, &aws.GetAvailabilityZonesArgs{
		State:          pulumi.StringRef("available"),
		Filters:        []aws.GetAvailabilityZonesFilter{{Name: "zone-type", Values: []string{"availability-zone"}}},
		ExcludeZoneIds: unsuitableZones,
	}, asking...)
	if err != nil {
		return nil, fmt.Errorf("asking for the region's availability zones: %w", err)
	}
	names := slices.Sorted(slices.Values(found.Names))
	if len(names) < zoneCount {
		return nil, fmt.Errorf("the region has %d suitable availability zones, %v, and a load balancer needs %d: "+
			"try again when more are available, or name two by availabilityZones", len(names), names, zoneCount)
	}
	return names[:zoneCount], nil
}

// invokeOptions lets functions of the provider that are called before the
// environment is registered use the provider that its options name.
func invokeOptions(opts []pulumi.ResourceOption) ([]pulumi.InvokeOption, error) {
	given, err := pulumi.NewResourceOptions(opts...)
	if err != nil {
		return nil, fmt.Errorf("reading the environment's options: %w", err)
	}
	var asking []pulumi.InvokeOption
	if given.Parent != nil {
		asking = append(asking, pulumi.Parent(given.Parent))
	}
	if given.Provider != nil {
		asking = append(asking, pulumi.Provider(given.Provider))
	}
	return asking, nil
}
