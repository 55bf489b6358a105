package environment

import (
	"context"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	awsxec2 "github.com/pulumi/pulumi-awsx/sdk/v2/go/awsx/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/problems"
	"fargate-cd/internal/providers"
)

// Patterns of ids and zones, from the API references of the services that take them.
var (
	subnetPattern = regexp.MustCompile(`^subnet-[0-9a-f]{8,17}$`)
	vpcPattern    = regexp.MustCompile(`^vpc-[0-9a-f]{8,17}$`)
	zonePattern   = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d+[a-z]$`) // excludes local zones, such as us-west-2-lax-1a
)

// Descriptions of the ids that the patterns match, for error messages.
const (
	vpcAllowed    = "the id of a VPC, such as vpc-0123456789abcdef0"
	subnetAllowed = "the id of a subnet, such as subnet-0123456789abcdef0"
)

// newNetwork creates the network, unless the configuration names an existing VPC.
// It sets VpcID and TaskSubnetIDs and returns the public subnets.
func (e *Environment) newNetwork(ctx *pulumi.Context, name string, balancers []string) (pulumi.StringArrayInput, error) {
	if e.spec.existingVpc() {
		existing := e.spec.checkedVpc(ctx, balancers, pulumi.Parent(e))
		_, tasks := existing.TaskSubnets()
		e.VpcID, e.TaskSubnetIDs = existing.VpcID.ToStringOutput(), tasks.ToStringArrayOutput()
		return existing.PublicSubnetIDs, nil
	}
	strategy := awsxec2.SubnetAllocationStrategyAuto
	network, err := awsxec2.NewVpc(ctx, name+"-vpc", &awsxec2.VpcArgs{
		CidrBlock:             pulumi.StringRef(e.spec.VpcCidrBlock),
		AvailabilityZoneNames: e.spec.AvailabilityZones,
		SubnetStrategy:        &strategy,
		SubnetSpecs: []awsxec2.SubnetSpecArgs{
			{Type: awsxec2.SubnetTypePublic},
			{Type: awsxec2.SubnetTypePrivate},
		},
		NatGateways:        &awsxec2.NatGatewayConfigurationArgs{Strategy: awsxec2.NatGatewayStrategyNone}, // see newNatGateways
		EnableDnsHostnames: pulumi.Bool(true),
		EnableDnsSupport:   pulumi.Bool(true),
	}, pulumi.Parent(e), pulumi.Transforms([]pulumi.ResourceTransform{oneProvider, noPublicIPOnLaunch}))
	if err != nil {
		return nil, fmt.Errorf("creating VPC: %w", err)
	}
	// The default security group of a VPC lets its members connect to each other. This resource removes its rules (EC2.2).
	_, err = ec2.NewDefaultSecurityGroup(ctx, name+"-default", &ec2.DefaultSecurityGroupArgs{
		VpcId: network.VpcId,
	}, pulumi.Parent(e))
	if err != nil {
		return nil, fmt.Errorf("emptying the VPC's default security group: %w", err)
	}
	e.VpcID = network.VpcId
	e.TaskSubnetIDs = network.PrivateSubnetIds
	if e.spec.AssignPublicIP {
		e.TaskSubnetIDs = network.PublicSubnetIds
	}
	private := e.routeTables(ctx, network.PrivateSubnetIds)
	var addresses []pulumi.Resource
	if e.spec.NatGatewayStrategy != NatGatewayNone {
		if addresses, err = e.newNatGateways(ctx, network, name+"-vpc", private); err != nil {
			return nil, err
		}
	}
	s3, err := e.newS3Endpoint(ctx, network, name+"-vpc-s3", private, addresses)
	if err != nil {
		return nil, err
	}
	if e.spec.EndpointsOnly() {
		e.egress = append(e.egress, s3)
		return network.PublicSubnetIds, e.newInterfaceEndpoints(ctx, network, name+"-vpc")
	}
	return network.PublicSubnetIds, nil
}

// routeTables looks up the route table of the subnet in each zone. awsx creates the route tables, and its outputs
// contain them only as resources.
func (e *Environment) routeTables(ctx *pulumi.Context, subnets pulumi.StringArrayOutput) pulumi.StringArray {
	var tables pulumi.StringArray
	for i := range e.spec.AvailabilityZones {
		tables = append(tables, ec2.LookupRouteTableOutput(ctx, ec2.LookupRouteTableOutputArgs{
			SubnetId: subnets.Index(pulumi.Int(i)),
		}, pulumi.Parent(e)).Id())
	}
	return tables
}

// oneProvider sets the version of the AWS provider for the resources that awsx registers. Otherwise awsx requests the
// version that it was built with, which is a second plugin of several hundred megabytes. The resources keep the default
// provider, because a provider with another name would replace the whole network of an existing stack ("Resource
// options: provider", Pulumi documentation).
func oneProvider(_ context.Context, args *pulumi.ResourceTransformArgs) *pulumi.ResourceTransformResult {
	if !strings.HasPrefix(args.Type, "aws:") {
		return nil
	}
	args.Opts.Version = providers.AWS
	return &pulumi.ResourceTransformResult{Props: args.Props, Opts: args.Opts}
}

// noPublicIPOnLaunch turns off mapPublicIpOnLaunch, which awsx turns on for public
// subnets (EC2.15). Tasks and NAT gateways still get public addresses: ECS assigns
// them by the service's assignPublicIp ("Amazon ECS task networking options for
// Fargate", ECS Developer Guide), and a NAT gateway has an Elastic IP address. It is a
// transform and not a transformation, because a transformation does not reach the
// resources that the awsx provider registers.
func noPublicIPOnLaunch(_ context.Context, args *pulumi.ResourceTransformArgs) *pulumi.ResourceTransformResult {
	if args.Type != "aws:ec2/subnet:Subnet" {
		return nil
	}
	args.Props["mapPublicIpOnLaunch"] = pulumi.Bool(false)
	return &pulumi.ResourceTransformResult{Props: args.Props, Opts: args.Opts}
}

// EndpointsOnly reports whether tasks have no internet access and reach AWS only through VPC endpoints.
func (s *Spec) EndpointsOnly() bool {
	return !s.existingVpc() && s.NatGatewayStrategy == NatGatewayNone && !s.AssignPublicIP
}

// validateNetwork checks the settings of a created or of an existing network.
func (s *Spec) validateNetwork(prefix string, found *problems.List) {
	found.OneOf(prefix+"natGatewayStrategy", s.NatGatewayStrategy, NatGatewayNone, NatGatewaySingle, NatGatewayOnePerAz)
	if s.existingVpc() {
		s.validateExistingNetwork(prefix, found)
	} else {
		s.validateCreatedNetwork(prefix, found)
	}
}

func (s *Spec) validateCreatedNetwork(prefix string, found *problems.List) {
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
	if problems.GivenList(s.PublicSubnetIDs) || problems.GivenList(s.PrivateSubnetIDs) {
		found.Missing(prefix+"vpcId", "the id of the VPC of publicSubnetIds and privateSubnetIds")
	}
}
