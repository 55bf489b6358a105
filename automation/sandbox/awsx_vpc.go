package sandbox

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/bits"
	"net/netip"
	"reflect"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	awsxec2 "github.com/pulumi/pulumi-awsx/sdk/v2/go/awsx/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// vpcInputs holds the inputs of awsx:ec2:Vpc that the sandbox supports: a public and a private subnet in each zone,
// with awsx's strategy Auto. The sandbox refuses every other input.
type vpcInputs struct {
	AvailabilityZoneNames []string              `pulumi:"availabilityZoneNames"`
	CidrBlock             string                `pulumi:"cidrBlock"`
	EnableDnsHostnames    pulumi.BoolPtrInput   `pulumi:"enableDnsHostnames"`
	EnableDnsSupport      pulumi.BoolPtrInput   `pulumi:"enableDnsSupport"`
	NatGateways           natInputs             `pulumi:"natGateways"`
	SubnetSpecs           []subnetInputs        `pulumi:"subnetSpecs"`
	SubnetStrategy        string                `pulumi:"subnetStrategy"`
	Tags                  pulumi.StringMapInput `pulumi:"tags"`
}

type natInputs struct {
	Strategy string `pulumi:"strategy"`
}

type subnetInputs struct {
	Type string `pulumi:"type"`
}

// subnetTypes lists the types of a zone's subnets, in the order of their CIDR blocks.
var subnetTypes = []subnetInputs{{string(awsxec2.SubnetTypePublic)}, {string(awsxec2.SubnetTypePrivate)}}

// readVpcInputs reads the inputs and refuses those that the sandbox does not support.
func readVpcInputs(req *pulumirpc.ConstructRequest, inputs provider.ConstructInputs) (*vpcInputs, error) {
	p, err := decode(req.GetInputs())
	if err != nil {
		return nil, err
	}
	var wrong []error
	for _, f := range conform(p, reflect.TypeOf(vpcInputs{})) {
		wrong = append(wrong, fmt.Errorf("%s %s (this is what the sandbox builds of awsx)", f.path, f.reason))
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	args := &vpcInputs{}
	if err := inputs.CopyTo(args); err != nil {
		return nil, fmt.Errorf("reading inputs: %w", err)
	}
	return args, args.validate()
}

// validate returns all errors of the inputs.
func (a *vpcInputs) validate() error {
	var wrong []error
	fail := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	if a.SubnetStrategy != string(awsxec2.SubnetAllocationStrategyAuto) {
		fail("subnetStrategy is %q; the sandbox builds Auto", a.SubnetStrategy)
	}
	if !slices.Equal(a.SubnetSpecs, subnetTypes) {
		fail("subnetSpecs is %v; the sandbox builds %v", a.SubnetSpecs, subnetTypes)
	}
	if a.NatGateways.Strategy != string(awsxec2.NatGatewayStrategyNone) {
		fail("natGateways.strategy is %q; the sandbox builds None", a.NatGateways.Strategy)
	}
	if len(a.AvailabilityZoneNames) == 0 {
		fail("availabilityZoneNames is empty; the sandbox builds a network in named zones")
	}
	if _, err := a.block(0, 0); err != nil {
		wrong = append(wrong, err)
	}
	return errors.Join(wrong...)
}

// block returns the CIDR block of a zone's subnet. Each zone gets an equal part of the VPC, and each subnet an equal
// part of its zone.
func (a *vpcInputs) block(zone, subnet int) (string, error) {
	network, err := netip.ParsePrefix(a.CidrBlock)
	if err != nil || !network.Addr().Is4() || network.Masked() != network {
		return "", fmt.Errorf("cidrBlock is %q; allowed is an IPv4 block in canonical form such as 10.0.0.0/16", a.CidrBlock)
	}
	zoneSize := 32 - network.Bits() - bits.Len(uint(max(len(a.AvailabilityZoneNames), 1)-1)) // as a power of two
	size := zoneSize - bits.Len(uint(len(subnetTypes)-1))
	if size < 4 {
		return "", fmt.Errorf("cidrBlock %s cannot be divided into %d zones; make the VPC larger or use fewer zones",
			a.CidrBlock, len(a.AvailabilityZoneNames))
	}
	var first [4]byte
	binary.BigEndian.PutUint32(first[:], binary.BigEndian.Uint32(network.Addr().AsSlice())+uint32(zone)<<zoneSize+uint32(subnet)<<size)
	return netip.PrefixFrom(netip.AddrFrom4(first), 32-size).String(), nil
}

// network is the component awsx:ec2:Vpc. Its children have the same names, parents and tags as those of awsx 2.22, so
// that a stack in the sandbox equals the stack that awsx creates.
type network struct {
	pulumi.ResourceState
	VpcID            pulumi.StringOutput      `pulumi:"vpcId"`
	PublicSubnetIDs  pulumi.StringArrayOutput `pulumi:"publicSubnetIds"`
	PrivateSubnetIDs pulumi.StringArrayOutput `pulumi:"privateSubnetIds"`

	ctx     *pulumi.Context
	name    string
	args    *vpcInputs
	vpc     *ec2.Vpc
	gateway *ec2.InternetGateway
}

// newVpc registers the component and its children.
func newVpc(ctx *pulumi.Context, name string, args *vpcInputs, opts pulumi.ResourceOption) (*network, error) {
	n := &network{ctx: ctx, name: name, args: args}
	if err := ctx.RegisterComponentResource(awsxVpc, name, n, opts); err != nil {
		return nil, fmt.Errorf("registering the component: %w", err)
	}
	if err := n.addVpc(); err != nil {
		return nil, err
	}
	ids := make([]pulumi.StringArray, len(subnetTypes))
	for zone := range args.AvailabilityZoneNames {
		for i, kind := range subnetTypes {
			name := fmt.Sprintf("%s-%s-%d", name, strings.ToLower(kind.Type), zone+1)
			subnet, err := n.addSubnet(name, zone, i)
			if err != nil {
				return nil, fmt.Errorf("subnet %s: %w", name, err)
			}
			ids[i] = append(ids[i], subnet.ID())
		}
	}
	n.VpcID = n.vpc.ID().ToStringOutput()
	n.PublicSubnetIDs, n.PrivateSubnetIDs = ids[0].ToStringArrayOutput(), ids[1].ToStringArrayOutput()
	return n, ctx.RegisterResourceOutputs(n, pulumi.Map{})
}

// tags returns the tags of a child: the component's name and tags, overridden by the child's own tags.
func (n *network) tags(own map[string]string) pulumi.StringMapInput {
	given := pulumi.StringMap{}.ToStringMapOutput()
	if n.args.Tags != nil {
		given = n.args.Tags.ToStringMapOutput()
	}
	return given.ApplyT(func(given map[string]string) map[string]string {
		all := map[string]string{"Name": n.name}
		maps.Copy(all, given)
		maps.Copy(all, own)
		return all
	}).(pulumi.StringMapOutput)
}

func (n *network) addVpc() (err error) {
	tags := n.tags(nil)
	n.vpc, err = ec2.NewVpc(n.ctx, n.name, &ec2.VpcArgs{
		CidrBlock: pulumi.String(n.args.CidrBlock), EnableDnsHostnames: n.args.EnableDnsHostnames,
		EnableDnsSupport: n.args.EnableDnsSupport, Tags: tags,
	}, pulumi.Parent(n))
	if err != nil {
		return fmt.Errorf("creating VPC: %w", err)
	}
	n.gateway, err = ec2.NewInternetGateway(n.ctx, n.name, &ec2.InternetGatewayArgs{
		VpcId: n.vpc.ID(), Tags: tags,
	}, pulumi.Parent(n.vpc))
	if err != nil {
		return fmt.Errorf("creating internet gateway: %w", err)
	}
	return nil
}

// addSubnet creates a subnet with its route table, and the route of a public subnet to the internet gateway.
func (n *network) addSubnet(name string, zone, i int) (*ec2.Subnet, error) {
	block, err := n.args.block(zone, i)
	if err != nil {
		return nil, err
	}
	public := i == 0
	tags := n.tags(map[string]string{"Name": name, "SubnetType": subnetTypes[i].Type})
	subnet, err := ec2.NewSubnet(n.ctx, name, &ec2.SubnetArgs{
		VpcId: n.vpc.ID(), AvailabilityZone: pulumi.String(n.args.AvailabilityZoneNames[zone]), CidrBlock: pulumi.String(block),
		MapPublicIpOnLaunch: pulumi.Bool(public), Tags: tags,
	}, pulumi.Parent(n.vpc))
	if err != nil {
		return nil, fmt.Errorf("creating subnet: %w", err)
	}
	table, err := ec2.NewRouteTable(n.ctx, name, &ec2.RouteTableArgs{VpcId: n.vpc.ID(), Tags: tags}, pulumi.Parent(subnet))
	if err != nil {
		return nil, fmt.Errorf("creating route table: %w", err)
	}
	_, err = ec2.NewRouteTableAssociation(n.ctx, name, &ec2.RouteTableAssociationArgs{
		RouteTableId: table.ID(), SubnetId: subnet.ID(),
	}, pulumi.Parent(table))
	if err != nil {
		return nil, fmt.Errorf("associating route table: %w", err)
	}
	if !public {
		return subnet, nil // a private subnet has no route to the internet
	}
	_, err = ec2.NewRoute(n.ctx, name, &ec2.RouteArgs{
		RouteTableId: table.ID(), DestinationCidrBlock: pulumi.String("0.0.0.0/0"), GatewayId: n.gateway.ID(),
	}, pulumi.Parent(table))
	if err != nil {
		return nil, fmt.Errorf("creating route: %w", err)
	}
	return subnet, nil
}
