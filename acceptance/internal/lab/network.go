//go:build acceptance

package lab

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
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
	zones := Ask(t, d.EC2.DescribeAvailabilityZones, &ec2.DescribeAvailabilityZonesInput{}).AvailabilityZones
	number := 0
	for _, key := range []string{"publicSubnetIds", "privateSubnetIds"} {
		given, _ := d.setting(key).([]any)
		var ids []string
		for i := range given {
			id := Ask(t, d.EC2.CreateSubnet, &ec2.CreateSubnetInput{
				VpcId: vpc, AvailabilityZone: zones[i%len(zones)].ZoneName, CidrBlock: aws.String(fmt.Sprintf("10.20.%d.0/24", number)),
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
