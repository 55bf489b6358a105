//go:build acceptance

package acceptance

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
)

// makeNetwork makes the network of one's own that a stack file names: a VPC
// with as many public and private subnets, each in a zone of its own. It points
// the configuration there. The test's end removes it.
func makeNetwork(t *testing.T, d *deployed) {
	t.Helper()
	vpc := ask(t, d.ec2.CreateVpc, &ec2.CreateVpcInput{CidrBlock: aws.String("10.20.0.0/16")}).Vpc.VpcId
	d.ownVpc, d.config["vpcId"] = *vpc, *vpc
	gateway := ask(t, d.ec2.CreateInternetGateway, &ec2.CreateInternetGatewayInput{}).InternetGateway.InternetGatewayId
	ask(t, d.ec2.AttachInternetGateway, &ec2.AttachInternetGatewayInput{VpcId: vpc, InternetGatewayId: gateway})
	public := ask(t, d.ec2.CreateRouteTable, &ec2.CreateRouteTableInput{VpcId: vpc}).RouteTable.RouteTableId
	ask(t, d.ec2.CreateRoute, &ec2.CreateRouteInput{
		RouteTableId: public, GatewayId: gateway, DestinationCidrBlock: aws.String("0.0.0.0/0"),
	})
	zones := ask(t, d.ec2.DescribeAvailabilityZones, &ec2.DescribeAvailabilityZonesInput{}).AvailabilityZones
	number := 0
	for _, key := range []string{"publicSubnetIds", "privateSubnetIds"} {
		given, _ := d.setting(key).([]any)
		var ids []string
		for i := range given {
			id := ask(t, d.ec2.CreateSubnet, &ec2.CreateSubnetInput{
				VpcId: vpc, AvailabilityZone: zones[i%len(zones)].ZoneName, CidrBlock: aws.String(fmt.Sprintf("10.20.%d.0/24", number)),
			}).Subnet.SubnetId
			number++
			ids = append(ids, *id)
			if key == "publicSubnetIds" {
				ask(t, d.ec2.AssociateRouteTable, &ec2.AssociateRouteTableInput{RouteTableId: public, SubnetId: id})
			}
		}
		if len(ids) > 0 {
			d.config[key] = ids
		}
	}
}
