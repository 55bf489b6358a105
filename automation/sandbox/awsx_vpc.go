package sandbox

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	awsxec2 "github.com/pulumi/pulumi-awsx/sdk/v2/go/awsx/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// network builds the children of awsx:ec2:Vpc with the names, parents and tags that awsx 2.22 gives them, so
// that a stack made here is the stack that the real component makes.
type network struct {
	ctx  *pulumi.Context
	name string
	args *vpcInputs

	component *awsxec2.Vpc
	zones     []string
	vpc       *ec2.Vpc
	gateway   *ec2.InternetGateway
	given     []pulumi.StringInput // allocation ids of the program's own addresses

	subnets      ec2.SubnetArray
	tables       ec2.RouteTableArray
	associations ec2.RouteTableAssociationArray
	routes       ec2.RouteArray
	nats         ec2.NatGatewayArray
	natIDs       []pulumi.StringInput
	eips         ec2.EipArray
	ids          map[awsxec2.SubnetType]pulumi.StringArray
}

// newVpc registers the component and its children.
func newVpc(ctx *pulumi.Context, name string, args *vpcInputs, opts pulumi.ResourceOption) (*awsxec2.Vpc, error) {
	n := &network{ctx: ctx, name: name, args: args, component: &awsxec2.Vpc{}, ids: map[awsxec2.SubnetType]pulumi.StringArray{}}
	if err := ctx.RegisterComponentResource(awsxVpc, name, n.component, opts); err != nil {
		return nil, fmt.Errorf("registering the component: %w", err)
	}
	if err := n.pickZones(); err != nil {
		return nil, err
	}
	plans, specs, err := args.plan(name, len(n.zones))
	if err != nil {
		return nil, err
	}
	if n.given, err = args.addresses(len(n.zones)); err != nil {
		return nil, err
	}
	if err := n.addVpc(); err != nil {
		return nil, err
	}
	order := map[awsxec2.SubnetType]int{awsxec2.SubnetTypePublic: 0, awsxec2.SubnetTypePrivate: 1, awsxec2.SubnetTypeIsolated: 2}
	slices.SortStableFunc(plans, func(a, b subnetPlan) int { // a zone's gateway stands in its public subnet: public first
		return (a.zone-b.zone)*len(order) + order[a.kind] - order[b.kind]
	})
	for _, plan := range plans {
		if plan.kind == awsxec2.SubnetTypeUnused {
			continue
		}
		if err := n.addSubnet(plan, specs[plan.spec]); err != nil {
			return nil, fmt.Errorf("subnet %s: %w", plan.name, err)
		}
	}
	n.publish(specs)
	return n.component, ctx.RegisterResourceOutputs(n.component, pulumi.Map{})
}

// pickZones takes the zones by name, or the region's first ones.
func (n *network) pickZones() error {
	if n.zones = n.args.AvailabilityZoneNames; n.zones != nil {
		return nil
	}
	want := defaultZones
	if n.args.NumberOfAvailabilityZones != nil {
		want = *n.args.NumberOfAvailabilityZones
	}
	found, err := aws.GetAvailabilityZones(n.ctx, nil, pulumi.Parent(n.component))
	if err != nil {
		return fmt.Errorf("listing availability zones: %w", err)
	}
	if len(found.Names) < want {
		return fmt.Errorf("the region has %d availability zones and %d are asked for; set numberOfAvailabilityZones or "+
			"availabilityZoneNames", len(found.Names), want)
	}
	n.zones = found.Names[:want]
	return nil
}

// tags returns the component's own tags with others on top.
func (n *network) tags(own pulumi.StringMapInput, more map[string]string) pulumi.StringMapInput {
	if n.args.Tags == nil {
		n.args.Tags = pulumi.StringMap{}
	}
	if own == nil {
		own = pulumi.StringMap{}
	}
	merge := func(parts []any) map[string]string {
		all := map[string]string{}
		for _, part := range []map[string]string{{"Name": n.name}, parts[0].(map[string]string), parts[1].(map[string]string), more} {
			for key, tag := range part {
				all[key] = tag
			}
		}
		return all
	}
	return pulumi.All(n.args.Tags.ToStringMapOutput(), own.ToStringMapOutput()).ApplyT(merge).(pulumi.StringMapOutput)
}

func (n *network) addVpc() (err error) {
	n.vpc, err = ec2.NewVpc(n.ctx, n.name, &ec2.VpcArgs{
		CidrBlock: pulumi.String(n.args.block()), EnableDnsHostnames: n.args.EnableDnsHostnames,
		EnableDnsSupport: n.args.EnableDnsSupport, InstanceTenancy: n.args.InstanceTenancy, Tags: n.tags(nil, nil),
	}, pulumi.Parent(n.component))
	if err != nil {
		return fmt.Errorf("creating VPC: %w", err)
	}
	n.gateway, err = ec2.NewInternetGateway(n.ctx, n.name, &ec2.InternetGatewayArgs{
		VpcId: n.vpc.ID(), Tags: n.tags(nil, nil),
	}, pulumi.Parent(n.vpc))
	if err != nil {
		return fmt.Errorf("creating internet gateway: %w", err)
	}
	return nil
}

// addSubnet creates a subnet with its route table, its way out, and the zone's NAT gateway if it belongs here.
func (n *network) addSubnet(plan subnetPlan, spec subnetInputs) error {
	labels := map[string]string{"Name": plan.name, "SubnetType": string(plan.kind)}
	subnet, err := ec2.NewSubnet(n.ctx, plan.name, &ec2.SubnetArgs{
		VpcId: n.vpc.ID(), AvailabilityZone: pulumi.String(n.zones[plan.zone]), CidrBlock: pulumi.String(plan.cidr),
		MapPublicIpOnLaunch: pulumi.Bool(plan.kind == awsxec2.SubnetTypePublic), Tags: n.tags(spec.Tags, labels),
	}, pulumi.Parent(n.vpc))
	if err != nil {
		return fmt.Errorf("creating subnet: %w", err)
	}
	table, err := ec2.NewRouteTable(n.ctx, plan.name, &ec2.RouteTableArgs{
		VpcId: n.vpc.ID(), Tags: n.tags(nil, labels),
	}, pulumi.Parent(subnet))
	if err != nil {
		return fmt.Errorf("creating route table: %w", err)
	}
	association, err := ec2.NewRouteTableAssociation(n.ctx, plan.name, &ec2.RouteTableAssociationArgs{
		RouteTableId: table.ID(), SubnetId: subnet.ID(),
	}, pulumi.Parent(table))
	if err != nil {
		return fmt.Errorf("associating route table: %w", err)
	}
	n.subnets, n.tables = append(n.subnets, subnet), append(n.tables, table)
	n.associations = append(n.associations, association)
	n.ids[plan.kind] = append(n.ids[plan.kind], subnet.ID())
	if plan.kind == awsxec2.SubnetTypePublic && n.needsNat(plan.zone) {
		if err := n.addNat(plan.zone, subnet); err != nil {
			return err
		}
	}
	return n.addRoute(plan, table)
}

// needsNat tells whether a zone still lacks its NAT gateway.
func (n *network) needsNat(zone int) bool {
	switch n.args.nat() {
	case awsxec2.NatGatewayStrategySingle:
		return len(n.nats) == 0
	case awsxec2.NatGatewayStrategyOnePerAz:
		return len(n.nats) <= zone
	default:
		return false
	}
}

func (n *network) addNat(zone int, subnet *ec2.Subnet) error {
	name := fmt.Sprintf("%s-%d", n.name, zone+1)
	tags := n.tags(nil, map[string]string{"Name": name})
	// An address can only be used once the VPC is connected, which nothing in the inputs says.
	after := pulumi.DependsOn([]pulumi.Resource{n.gateway})
	var allocation pulumi.StringInput
	if len(n.given) > 0 {
		allocation = n.given[len(n.nats)]
	} else {
		eip, err := ec2.NewEip(n.ctx, name, &ec2.EipArgs{Tags: tags}, pulumi.Parent(subnet), after)
		if err != nil {
			return fmt.Errorf("creating address: %w", err)
		}
		n.eips, allocation = append(n.eips, eip), eip.AllocationId
	}
	nat, err := ec2.NewNatGateway(n.ctx, name, &ec2.NatGatewayArgs{
		SubnetId: subnet.ID(), AllocationId: allocation.ToStringOutput().ToStringPtrOutput(), Tags: tags,
	}, pulumi.Parent(subnet), after)
	if err != nil {
		return fmt.Errorf("creating NAT gateway: %w", err)
	}
	n.nats, n.natIDs = append(n.nats, nat), append(n.natIDs, nat.ID().ToStringOutput())
	return nil
}

// addRoute gives a public subnet the internet gateway and a private one the NAT gateway; an isolated one has
// no way out.
func (n *network) addRoute(plan subnetPlan, table *ec2.RouteTable) error {
	args := &ec2.RouteArgs{RouteTableId: table.ID(), DestinationCidrBlock: pulumi.String("0.0.0.0/0")}
	switch {
	case plan.kind == awsxec2.SubnetTypePublic:
		args.GatewayId = n.gateway.ID()
	case plan.kind == awsxec2.SubnetTypePrivate && len(n.natIDs) > 0:
		args.NatGatewayId = n.natIDs[min(plan.zone, len(n.natIDs)-1)].ToStringOutput().ToStringPtrOutput()
	default:
		return nil
	}
	route, err := ec2.NewRoute(n.ctx, plan.name, args, pulumi.Parent(table))
	if err != nil {
		return fmt.Errorf("creating route: %w", err)
	}
	n.routes = append(n.routes, route)
	return nil
}

// publish sets the component's outputs.
func (n *network) publish(specs []subnetInputs) {
	out := n.component
	out.Vpc, out.VpcId = n.vpc.ToVpcOutput(), n.vpc.ID().ToStringOutput()
	out.InternetGateway = n.gateway.ToInternetGatewayOutput()
	out.PublicSubnetIds = n.ids[awsxec2.SubnetTypePublic].ToStringArrayOutput()
	out.PrivateSubnetIds = n.ids[awsxec2.SubnetTypePrivate].ToStringArrayOutput()
	out.IsolatedSubnetIds = n.ids[awsxec2.SubnetTypeIsolated].ToStringArrayOutput()
	out.Subnets, out.RouteTables = n.subnets.ToSubnetArrayOutput(), n.tables.ToRouteTableArrayOutput()
	out.RouteTableAssociations = n.associations.ToRouteTableAssociationArrayOutput()
	out.Routes, out.Eips = n.routes.ToRouteArrayOutput(), n.eips.ToEipArrayOutput()
	out.NatGateways = n.nats.ToNatGatewayArrayOutput()
	out.VpcEndpoints = ec2.VpcEndpointArray{}.ToVpcEndpointArrayOutput()
	layout := make([]awsxec2.ResolvedSubnetSpec, len(specs))
	for i, spec := range specs {
		layout[i] = awsxec2.ResolvedSubnetSpec{CidrBlocks: spec.CidrBlocks, CidrMask: spec.CidrMask, Name: spec.Name,
			Size: spec.Size, Type: spec.kind()}
	}
	resolved := n.vpc.ID().ApplyT(func(pulumi.ID) []awsxec2.ResolvedSubnetSpec { return layout })
	out.SubnetLayout = resolved.(awsxec2.ResolvedSubnetSpecArrayOutput)
}
