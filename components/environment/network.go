package environment

import (
	"context"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	awsxec2 "github.com/pulumi/pulumi-awsx/sdk/v2/go/awsx/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newNetwork creates the network, unless the configuration names an existing VPC.
// It sets VpcID and TaskSubnetIDs and returns the public subnets.
func (e *Environment) newNetwork(ctx *pulumi.Context, name string) (pulumi.StringArrayInput, error) {
	if e.spec.VpcID != "" {
		_, tasks := e.spec.TaskSubnets()
		e.VpcID = pulumi.String(e.spec.VpcID).ToStringOutput()
		e.TaskSubnetIDs = pulumi.ToStringArray(tasks).ToStringArrayOutput()
		return pulumi.ToStringArray(e.spec.PublicSubnetIDs), nil
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

// awsVersion is the version of the AWS provider that the program uses. A test compares it with go.mod.
const awsVersion = "6.83.2"

// oneProvider sets the version of the AWS provider for the resources that awsx registers. Otherwise awsx requests the
// version that it was built with, which is a second plugin of several hundred megabytes. The resources keep the default
// provider, because a provider with another name would replace the whole network of an existing stack ("Resource
// options: provider", Pulumi documentation).
func oneProvider(_ context.Context, args *pulumi.ResourceTransformArgs) *pulumi.ResourceTransformResult {
	if !strings.HasPrefix(args.Type, "aws:") {
		return nil
	}
	args.Opts.Version = awsVersion
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
