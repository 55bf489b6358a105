//go:build acceptance

package lab

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/require"
)

// makeNetwork creates the existing network that a stack file requires: a VPC with as many
// public and private subnets as in the file, spread over the Availability Zones. It writes
// the ids into the configuration. The end of the test deletes the network.
func makeNetwork(t *testing.T, d *Stack) {
	t.Helper()
	vpc := Ask(t, d.EC2.CreateVpc, &ec2.CreateVpcInput{CidrBlock: aws.String("10.20.0.0/16")}).Vpc.VpcId
	askAtEnd(t, d.EC2.DeleteVpc, &ec2.DeleteVpcInput{VpcId: vpc})
	d.OwnVPC, d.Config["vpcId"] = *vpc, *vpc

	gateway := Ask(t, d.EC2.CreateInternetGateway, &ec2.CreateInternetGatewayInput{}).InternetGateway.InternetGatewayId
	askAtEnd(t, d.EC2.DeleteInternetGateway, &ec2.DeleteInternetGatewayInput{InternetGatewayId: gateway})
	Ask(t, d.EC2.AttachInternetGateway, &ec2.AttachInternetGatewayInput{VpcId: vpc, InternetGatewayId: gateway})
	askAtEnd(t, d.EC2.DetachInternetGateway, &ec2.DetachInternetGatewayInput{VpcId: vpc, InternetGatewayId: gateway})

	public := Ask(t, d.EC2.CreateRouteTable, &ec2.CreateRouteTableInput{VpcId: vpc}).RouteTable.RouteTableId
	askAtEnd(t, d.EC2.DeleteRouteTable, &ec2.DeleteRouteTableInput{RouteTableId: public})
	Ask(t, d.EC2.CreateRoute, &ec2.CreateRouteInput{
		RouteTableId: public, GatewayId: gateway, DestinationCidrBlock: aws.String("0.0.0.0/0"),
	})
	zones := d.Zones()
	number := 0
	for _, key := range []string{"publicSubnetIds", "privateSubnetIds"} {
		given, _ := d.setting(key).([]any)
		var ids []string
		for i := range given {
			id := Ask(t, d.EC2.CreateSubnet, &ec2.CreateSubnetInput{
				VpcId: vpc, AvailabilityZone: aws.String(zones[i%len(zones)]), CidrBlock: aws.String(fmt.Sprintf("10.20.%d.0/24", number)),
			}).Subnet.SubnetId
			askAtEnd(t, d.EC2.DeleteSubnet, &ec2.DeleteSubnetInput{SubnetId: id})
			number++
			ids = append(ids, *id)
			if key == "publicSubnetIds" {
				association := Ask(t, d.EC2.AssociateRouteTable, &ec2.AssociateRouteTableInput{RouteTableId: public, SubnetId: id}).AssociationId
				askAtEnd(t, d.EC2.DisassociateRouteTable, &ec2.DisassociateRouteTableInput{AssociationId: association})
			}
		}
		if len(ids) > 0 {
			d.Config[key] = ids
		}
	}
}

// SetDNSSupport turns the DNS resolution of the VPC that the test has created on or off.
func (d *Stack) SetDNSSupport(on bool) {
	d.t.Helper()
	Ask(d.t, d.EC2.ModifyVpcAttribute, &ec2.ModifyVpcAttributeInput{VpcId: &d.OwnVPC, EnableDnsSupport: &types.AttributeBooleanValue{Value: &on}})
}

// DefaultSubnet returns the id of a subnet of the region's default VPC.
func (d *Stack) DefaultSubnet() string {
	d.t.Helper()
	found := Ask(d.t, d.EC2.DescribeSubnets, &ec2.DescribeSubnetsInput{
		Filters: []types.Filter{{Name: aws.String("default-for-az"), Values: []string{"true"}}},
	}).Subnets
	require.NotEmpty(d.t, found, "subnets of the default VPC")
	return *found[0].SubnetId
}

// MakeSecurityGroup creates a security group in the VPC of the stack's load balancers, as a
// user would, and returns its id. The end of the test deletes it.
func (d *Stack) MakeSecurityGroup(name string) (id string) {
	d.t.Helper()
	group := Ask(d.t, d.EC2.CreateSecurityGroup, &ec2.CreateSecurityGroupInput{
		GroupName: &name, Description: aws.String("A group of the user"), VpcId: aws.String(VPC(d.t, d)),
	}).GroupId
	askAtEnd(d.t, d.EC2.DeleteSecurityGroup, &ec2.DeleteSecurityGroupInput{GroupId: group})
	return *group
}
