package sandbox

import (
	"fmt"
	"net/netip"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
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
	endpointType      = "aws:ec2/vpcEndpoint:VpcEndpoint"
)

// References that many resources have.
var (
	inVpc = ref{path: "vpcId", to: vpcType, by: "id",
		absent: "InvalidVpcID.NotFound: The vpc ID '%s' does not exist",
		holds:  "DependencyViolation: The vpc has dependencies and cannot be deleted."}
	nearVpc = ref{path: "vpcId", to: vpcType, by: "id", absent: inVpc.absent}
)

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

func ofRouteTable(holds string) ref {
	return ref{path: "routeTableId", to: routeTableType, by: "id", holds: holds,
		absent: "InvalidRouteTableID.NotFound: The routeTable ID '%s' does not exist"}
}

// inEc2 mints a resource that EC2 knows by an id, with the ARN made of it.
func inEc2(prefix, resourceType string, more func(a *account, id string) outputs,
) func(*account, resource.PropertyMap) (string, outputs) {
	return func(a *account, _ resource.PropertyMap) (string, outputs) {
		id := ec2ID(prefix)
		out := outputs{"arn": a.arn("ec2", resourceType+"/"+id)}
		if more != nil {
			for name, v := range more(a, id) {
				out[name] = v
			}
		}
		return id, out
	}
}

var groupRules = []rule{
	oneOf("ipProtocol", "-1", "tcp", "udp", "icmp", "icmpv6"),
	between("fromPort", -1, 65535), between("toPort", -1, 65535),
	cidr("cidrIpv4", 0, 32),
	exclusive("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"),
}

var groupRuleRefs = []ref{
	{path: "securityGroupId", to: securityGroupType, by: "id", absent: inGroups("").absent},
	inGroups("referencedSecurityGroupId"),
}

var sameGroupRule = &unique{
	"securityGroupId ipProtocol fromPort toPort cidrIpv4 cidrIpv6 prefixListId referencedSecurityGroupId",
	"InvalidPermission.Duplicate"}

func mintGroupRule(a *account, _ resource.PropertyMap) (string, outputs) {
	id := ec2ID("sgr")
	return id, outputs{"arn": a.arn("ec2", "security-group-rule/"+id), "securityGroupRuleId": id}
}

var networkKinds = []kind{
	{
		token: vpcType, args: ec2.VpcArgs{}, state: ec2.VpcState{}, foreign: true,
		fixed: "cidrBlock ipv4IpamPoolId ipv4NetmaskLength",
		later: "cidrBlock enableDnsHostnames enableNetworkAddressUsageMetrics ipv6CidrBlock ipv6CidrBlockNetworkBorderGroup",
		rules: []rule{cidr("cidrBlock", 16, 28), oneOf("instanceTenancy", "default", "dedicated")},
		mint: inEc2("vpc", "vpc", func(*account, string) outputs {
			table := ec2ID("rtb")
			return outputs{"defaultSecurityGroupId": ec2ID("sg"), "defaultNetworkAclId": ec2ID("acl"),
				"defaultRouteTableId": table, "mainRouteTableId": table, "dhcpOptionsId": ec2ID("dopt")}
		}),
	},
	{
		token: subnetType, args: ec2.SubnetArgs{}, state: ec2.SubnetState{}, foreign: true,
		fixed: "availabilityZone availabilityZoneId cidrBlock ipv6Native outpostArn vpcId",
		later: "availabilityZone availabilityZoneId privateDnsHostnameTypeOnLaunch",
		refs:  []ref{inVpc}, rules: []rule{cidr("cidrBlock", 16, 28)},
		admit: admitSubnet,
		mint: func(a *account, p resource.PropertyMap) (string, outputs) {
			id, out := inEc2("subnet", "subnet", nil)(a, p)
			zone := text(p, "availabilityZone")
			if zone == "" {
				zone = zones(a.region)[0]
			}
			out["availabilityZone"], out["availabilityZoneId"] = zone, zoneID(zone)
			return id, out
		},
	},
	{
		token: gatewayType, args: ec2.InternetGatewayArgs{}, state: ec2.InternetGatewayState{},
		later: "vpcId", refs: []ref{inVpc}, unique: &unique{"vpcId", "Resource.AlreadyAssociated"},
		mint: inEc2("igw", "internet-gateway", nil),
	},
	{
		token: routeTableType, args: ec2.RouteTableArgs{}, state: ec2.RouteTableState{},
		fixed: "vpcId", later: "propagatingVgws routes", refs: []ref{inVpc},
		mint: inEc2("rtb", "route-table", nil),
	},
	{
		token: "aws:ec2/routeTableAssociation:RouteTableAssociation",
		args:  ec2.RouteTableAssociationArgs{}, state: ec2.RouteTableAssociationState{},
		fixed: "gatewayId subnetId", unique: &unique{"subnetId gatewayId", "Resource.AlreadyAssociated"},
		refs: []ref{
			ofRouteTable("DependencyViolation: The routeTable has dependencies and cannot be deleted."),
			{path: "subnetId", to: subnetType, by: "id", absent: inSubnets("").absent},
		},
		mint: func(*account, resource.PropertyMap) (string, outputs) { return ec2ID("rtbassoc"), nil },
	},
	{
		token: "aws:ec2/route:Route", args: ec2.RouteArgs{}, state: ec2.RouteState{},
		fixed: "destinationCidrBlock destinationIpv6CidrBlock destinationPrefixListId routeTableId",
		later: "networkInterfaceId",
		rules: []rule{
			cidr("destinationCidrBlock", 0, 32),
			exclusive("destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId"),
			exclusive("gatewayId", "natGatewayId", "vpcEndpointId", "transitGatewayId", "networkInterfaceId"),
		},
		unique: &unique{"routeTableId destinationCidrBlock destinationIpv6CidrBlock destinationPrefixListId",
			"RouteAlreadyExists"},
		refs: []ref{
			ofRouteTable(""),
			{path: "gatewayId", to: gatewayType, by: "id", except: "local",
				absent: "InvalidGatewayID.NotFound: The gateway ID '%s' does not exist"},
			{path: "natGatewayId", to: natType, by: "id",
				absent: "InvalidNatGatewayID.NotFound: The natGateway ID '%s' does not exist"},
		},
		mint: func(_ *account, p resource.PropertyMap) (string, outputs) {
			return "r-" + text(p, "routeTableId") + randomHex(10), outputs{"origin": "CreateRoute", "state": "active"}
		},
	},
	{
		token: eipType, args: ec2.EipArgs{}, state: ec2.EipState{},
		fixed: "address domain networkBorderGroup publicIpv4Pool vpc",
		later: "domain instance networkBorderGroup networkInterface publicIpv4Pool vpc",
		rules: []rule{oneOf("domain", "vpc", "standard")},
		mint: func(a *account, _ resource.PropertyMap) (string, outputs) {
			id := ec2ID("eipalloc")
			return id, outputs{"allocationId": id, "arn": a.arn("ec2", "elastic-ip/"+id), "domain": "vpc",
				"networkBorderGroup": a.region, "publicIpv4Pool": "amazon", "publicIp": publicIP()}
		},
	},
	{
		token: natType, args: ec2.NatGatewayArgs{}, state: ec2.NatGatewayState{},
		fixed: "allocationId connectivityType privateIp secondaryPrivateIpAddressCount subnetId",
		later: "privateIp secondaryPrivateIpAddressCount secondaryPrivateIpAddresses",
		rules: []rule{oneOf("connectivityType", "public", "private")},
		refs: []ref{inSubnets("subnetId"), {path: "allocationId", to: eipType, by: "id",
			absent: "InvalidAllocationID.NotFound: The allocation ID '%s' does not exist",
			holds:  "AuthFailure: You do not have permission to access the specified resource (the address is in use)."}},
		unique: &unique{"allocationId", "Resource.AlreadyAssociated"},
		mint: func(a *account, p resource.PropertyMap) (string, outputs) {
			out := outputs{"networkInterfaceId": ec2ID("eni"), "associationId": ec2ID("eipassoc")}
			if eip, ok, err := a.find(eipType, "id", text(p, "allocationId")); ok && err == nil {
				out["publicIp"] = text(eip.Props, "publicIp")
			}
			return ec2ID("nat"), out
		},
	},
	{
		token: securityGroupType, args: ec2.SecurityGroupArgs{}, state: ec2.SecurityGroupState{}, foreign: true,
		name: named(255), fixed: "description name namePrefix vpcId",
		later: "egress ingress namePrefix vpcId description",
		refs:  []ref{inVpc}, unique: &unique{"name vpcId", "InvalidGroup.Duplicate"},
		rules: []rule{
			matches("name", `[\w .:/()#,@\[\]+=&;{}!$*-]{1,255}`, "at most 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*"),
			lacks("name", `(?i)^sg-`, "a name that does not begin with sg-"),
			matches("description", `[\w .:/()#,@\[\]+=&;{}!$*-]{1,255}`, "at most 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*"),
		},
		mint: inEc2("sg", "security-group", func(*account, string) outputs {
			return outputs{"description": "Managed by Pulumi"}
		}),
	},
	{
		token: "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
		args:  ec2.DefaultSecurityGroupArgs{}, state: ec2.DefaultSecurityGroupState{},
		fixed: "vpcId", later: "egress ingress vpcId",
		refs: []ref{nearVpc},
		mint: func(a *account, p resource.PropertyMap) (string, outputs) {
			id := ec2ID("sg")
			if owner, ok, err := a.find(vpcType, "id", text(p, "vpcId")); ok && err == nil {
				id = text(owner.Props, "defaultSecurityGroupId")
			}
			return id, outputs{"arn": a.arn("ec2", "security-group/"+id),
				"name": "default", "description": "default VPC security group"}
		},
	},
	{
		token: endpointType, args: ec2.VpcEndpointArgs{}, state: ec2.VpcEndpointState{},
		fixed: "serviceName vpcEndpointType vpcId", need: "serviceName",
		later: "dnsOptions ipAddressType policy privateDnsEnabled routeTableIds securityGroupIds subnetConfigurations subnetIds",
		refs: []ref{inVpc, inSubnets("subnetIds[]"), inGroups("securityGroupIds[]"),
			{path: "routeTableIds[]", to: routeTableType, by: "id", absent: ofRouteTable("").absent}},
		rules: []rule{oneOf("vpcEndpointType", "Gateway", "Interface", "GatewayLoadBalancer"),
			matches("serviceName", `(com|cn\.com|aws)\.[\w.-]+`, "a service such as com.amazonaws.REGION.s3"), policy("policy")},
		mint: inEc2("vpce", "vpc-endpoint", func(*account, string) outputs {
			return outputs{"state": "available", "prefixListId": "pl-" + randomHex(8)}
		}),
	},
	{
		token: "aws:ec2/flowLog:FlowLog", args: ec2.FlowLogArgs{}, state: ec2.FlowLogState{},
		fixed: "deliverCrossAccountRole destinationOptions eniId iamRoleArn logDestination logDestinationType logFormat " +
			"logGroupName maxAggregationInterval subnetId trafficType transitGatewayAttachmentId transitGatewayId vpcId",
		later: "logDestination logFormat logGroupName",
		refs:  []ref{nearVpc, {path: "subnetId", to: subnetType, by: "id", absent: inSubnets("").absent}, ofRole("iamRoleArn")},
		rules: []rule{numbers("maxAggregationInterval", 60, 600), oneOf("trafficType", "ACCEPT", "REJECT", "ALL"),
			oneOf("logDestinationType", "cloud-watch-logs", "s3", "kinesis-data-firehose"),
			exclusive("eniId", "subnetId", "vpcId", "transitGatewayId", "transitGatewayAttachmentId")},
		mint: inEc2("fl", "vpc-flow-log", nil),
	},
	{
		token: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
		args:  vpc.SecurityGroupIngressRuleArgs{}, state: vpc.SecurityGroupIngressRuleState{},
		fixed: "securityGroupId", refs: groupRuleRefs, rules: groupRules, unique: sameGroupRule, mint: mintGroupRule,
	},
	{
		token: "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
		args:  vpc.SecurityGroupEgressRuleArgs{}, state: vpc.SecurityGroupEgressRuleState{},
		fixed: "securityGroupId", refs: groupRuleRefs, rules: groupRules, unique: sameGroupRule, mint: mintGroupRule,
	},
}

// admitSubnet refuses a block outside the VPC's or overlapping another subnet's.
func admitSubnet(a *account, p resource.PropertyMap) error {
	block, err := netip.ParsePrefix(text(p, "cidrBlock"))
	if err != nil {
		return nil // an IPv6 subnet
	}
	network, ok, err := a.find(vpcType, "id", text(p, "vpcId"))
	if err != nil || !ok {
		return err
	}
	around, err := netip.ParsePrefix(text(network.Props, "cidrBlock"))
	if err == nil && (!around.Contains(block.Addr()) || around.Bits() > block.Bits()) {
		return fmt.Errorf("InvalidSubnet.Range: The CIDR '%s' is invalid: it is not within the VPC's %s", block, around)
	}
	subnets, err := a.all(subnetType)
	if err != nil {
		return err
	}
	for _, other := range subnets {
		taken, err := netip.ParsePrefix(text(other.Props, "cidrBlock"))
		if err != nil || text(other.Props, "vpcId") != text(p, "vpcId") {
			continue
		}
		if taken.Overlaps(block) && text(other.Props, "arn") != text(p, "arn") {
			return fmt.Errorf("InvalidSubnet.Conflict: The CIDR '%s' conflicts with another subnet (%s, %s)",
				block, other.ID, taken)
		}
	}
	return nil
}

// publicIP returns an address of a range that is reserved for documentation.
func publicIP() string {
	return fmt.Sprintf("203.0.113.%d", 1+int(randomHex(2)[0])%254)
}
