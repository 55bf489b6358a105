package sandbox

import (
	"fmt"
	"net/netip"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const (
	vpcType           = "aws:ec2/vpc:Vpc"
	subnetType        = "aws:ec2/subnet:Subnet"
	gatewayType       = "aws:ec2/internetGateway:InternetGateway"
	routeTableType    = "aws:ec2/routeTable:RouteTable"
	eipType           = "aws:ec2/eip:Eip"
	natType           = "aws:ec2/natGateway:NatGateway"
	securityGroupType = "aws:ec2/securityGroup:SecurityGroup"
)

// inVpc is a reference to a VPC that prevents the deletion of the VPC.
var inVpc = ref{path: "vpcId", to: vpcType, by: "id",
	absent: "InvalidVpcID.NotFound: The vpc ID '%s' does not exist",
	holds:  "DependencyViolation: The vpc has dependencies and cannot be deleted."}

func inSubnets(path string) ref {
	return ref{path: path, to: subnetType, by: "id",
		absent: "InvalidSubnetID.NotFound: The subnet ID '%s' does not exist",
		holds:  "DependencyViolation: The subnet has dependencies and cannot be deleted."}
}

func inGroups(path string) ref {
	return ref{path: path, to: securityGroupType, by: "id",
		absent: "InvalidGroup.NotFound: The security group '%s' does not exist",
		holds:  "DependencyViolation: resource has a dependent object"}
}

var inRouteTable = ref{path: "routeTableId", to: routeTableType, by: "id",
	absent: "InvalidRouteTableID.NotFound: The routeTable ID '%s' does not exist",
	holds:  "DependencyViolation: The routeTable has dependencies and cannot be deleted."}

// ec2Arn returns the template of an ARN that ends in the id.
func ec2Arn(class string) outputs {
	return outputs{"arn": "arn:{partition}:ec2:{region}:{account}:" + class + "/{id}"}
}

var ec2Kinds = []kind{
	{
		new: ec2.NewVpc, fixed: "cidrBlock",
		id: "vpc-{ec2}", out: outputs{"arn": "arn:{partition}:ec2:{region}:{account}:vpc/{id}", "defaultSecurityGroupId": "sg-{ec2}"},
	},
	{
		new: ec2.NewSubnet, fixed: "availabilityZone cidrBlock vpcId",
		refs: []ref{inVpc}, admit: admitSubnet,
		id: "subnet-{ec2}", out: ec2Arn("subnet"),
	},
	{
		new: ec2.NewInternetGateway, refs: []ref{inVpc}, unique: &unique{"vpcId", "Resource.AlreadyAssociated"},
		id: "igw-{ec2}", out: ec2Arn("internet-gateway"),
	},
	{
		new: ec2.NewRouteTable, fixed: "vpcId", refs: []ref{inVpc}, id: "rtb-{ec2}", out: ec2Arn("route-table"),
	},
	{
		new:   ec2.NewRouteTableAssociation,
		fixed: "subnetId", unique: &unique{"subnetId", "Resource.AlreadyAssociated"},
		refs: []ref{inRouteTable, inSubnets("subnetId").asPart()}, id: "rtbassoc-{ec2}",
	},
	{
		new: ec2.NewRoute, fixed: "destinationCidrBlock routeTableId",
		rules:  []rule{exclusive("gatewayId", "natGatewayId")},
		unique: &unique{"routeTableId destinationCidrBlock", "RouteAlreadyExists"},
		refs: []ref{inRouteTable.asPart(),
			{path: "gatewayId", to: gatewayType, by: "id",
				absent: "InvalidGatewayID.NotFound: The gateway ID '%s' does not exist"},
			{path: "natGatewayId", to: natType, by: "id",
				absent: "InvalidNatGatewayID.NotFound: The natGateway ID '%s' does not exist"}},
		id: "r-{routeTableId}{hex10}", out: outputs{"origin": "CreateRoute", "state": "active"},
	},
	{
		new: ec2.NewEip, id: "eipalloc-{ec2}",
		out: outputs{"arn": "arn:{partition}:ec2:{region}:{account}:elastic-ip/{id}", "allocationId": "{id}", "domain": "vpc",
			"publicIp": "203.0.113.1"}, // reserved for documentation
	},
	{
		new: ec2.NewNatGateway, fixed: "allocationId subnetId",
		refs: []ref{inSubnets("subnetId"), {path: "allocationId", to: eipType, by: "id",
			absent: "InvalidAllocationID.NotFound: The allocation ID '%s' does not exist",
			holds:  "AuthFailure: You do not have permission to access the specified resource (the address is in use)."}},
		unique: &unique{"allocationId", "Resource.AlreadyAssociated"},
		id:     "nat-{ec2}", out: outputs{"publicIp": "203.0.113.1"},
	},
	{
		new: ec2.NewVpcEndpoint, fixed: "serviceName vpcEndpointType vpcId",
		refs: []ref{inVpc, {path: "routeTableIds[]", to: routeTableType, by: "id", absent: inRouteTable.absent},
			inSubnets("subnetIds[]"), inGroups("securityGroupIds[]")},
		id: "vpce-{ec2}", out: outputs{"arn": "arn:{partition}:ec2:{region}:{account}:vpc-endpoint/{id}", "state": "available"},
	},
	{
		new: ec2.NewFlowLog, fixed: "iamRoleArn logDestination maxAggregationInterval trafficType vpcId",
		refs: []ref{{path: "vpcId", to: vpcType, by: "id", absent: inVpc.absent, part: true}, ofRole("iamRoleArn")},
		id:   "fl-{ec2}", out: ec2Arn("vpc-flow-log"),
	},
	{
		new: ec2.NewSecurityGroup, name: named(255), fixed: "description name vpcId",
		refs: []ref{inVpc}, unique: &unique{"name vpcId", "InvalidGroup.Duplicate"},
		rules: []rule{ec2Description},
		id:    "sg-{ec2}",
		out:   outputs{"arn": "arn:{partition}:ec2:{region}:{account}:security-group/{id}", "description": "Managed by Pulumi"},
	},
	{
		new: ec2.NewDefaultSecurityGroup, fixed: "vpcId", refs: []ref{inVpc.asPart()}, id: "{defaultSecurityGroupId}",
		out: outputs{"arn": "arn:{partition}:ec2:{region}:{account}:security-group/{id}", "name": "default"},
		mint: func(a *account, p resource.PropertyMap) outputs {
			network, _, _ := a.find(vpcType, "id", text(p, "vpcId"))
			return outputs{"defaultSecurityGroupId": text(network.Props, "defaultSecurityGroupId")}
		},
	},
}

// ec2Description allows the descriptions of security groups and their rules that EC2 accepts.
var ec2Description = matches("description", `[\w .:/()#,@\[\]+=&;{}!$*-]{1,255}`, "at most 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*")

// admitSubnet refuses a subnet whose CIDR block is outside of the VPC's block or overlaps that of another subnet.
func admitSubnet(a *account, p resource.PropertyMap) error {
	block, err := netip.ParsePrefix(text(p, "cidrBlock"))
	if err != nil {
		return fmt.Errorf("InvalidParameterValue: reading the subnet's block: %w", err)
	}
	network, ok, err := a.find(vpcType, "id", text(p, "vpcId"))
	if err != nil {
		return err
	}
	around, err := netip.ParsePrefix(text(network.Props, "cidrBlock"))
	if ok && err == nil && (!around.Contains(block.Addr()) || around.Bits() > block.Bits()) {
		return fmt.Errorf("InvalidSubnet.Range: The CIDR '%s' is invalid: it is not within the VPC's %s", block, around)
	}
	subnets, err := a.all(subnetType)
	if err != nil {
		return err
	}
	for _, other := range subnets {
		taken, err := netip.ParsePrefix(text(other.Props, "cidrBlock"))
		if err == nil && text(other.Props, "vpcId") == text(p, "vpcId") && taken.Overlaps(block) && text(other.Props, "arn") != text(p, "arn") {
			return fmt.Errorf("InvalidSubnet.Conflict: The CIDR '%s' conflicts with another subnet (%s, %s)", block, other.ID, taken)
		}
	}
	return nil
}
