//go:build acceptance

package acceptance

import (
	"context"
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
	inTheEnd(t, d.ec2.DeleteVpc, &ec2.DeleteVpcInput{VpcId: vpc})
	d.ownVpc, d.config["vpcId"] = *vpc, *vpc

	gateway := ask(t, d.ec2.CreateInternetGateway, &ec2.CreateInternetGatewayInput{}).InternetGateway.InternetGatewayId
	inTheEnd(t, d.ec2.DeleteInternetGateway, &ec2.DeleteInternetGatewayInput{InternetGatewayId: gateway})
	ask(t, d.ec2.AttachInternetGateway, &ec2.AttachInternetGatewayInput{VpcId: vpc, InternetGatewayId: gateway})
	inTheEnd(t, d.ec2.DetachInternetGateway, &ec2.DetachInternetGatewayInput{VpcId: vpc, InternetGatewayId: gateway})

	public := ask(t, d.ec2.CreateRouteTable, &ec2.CreateRouteTableInput{VpcId: vpc}).RouteTable.RouteTableId
	inTheEnd(t, d.ec2.DeleteRouteTable, &ec2.DeleteRouteTableInput{RouteTableId: public})
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
			inTheEnd(t, d.ec2.DeleteSubnet, &ec2.DeleteSubnetInput{SubnetId: id})
			number++
			ids = append(ids, *id)
			if key == "publicSubnetIds" {
				association := ask(t, d.ec2.AssociateRouteTable, &ec2.AssociateRouteTableInput{RouteTableId: public, SubnetId: id}).AssociationId
				inTheEnd(t, d.ec2.DisassociateRouteTable, &ec2.DisassociateRouteTableInput{AssociationId: association})
			}
		}
		if len(ids) > 0 {
			d.config[key] = ids
		}
	}
}

// inTheEnd makes a call at the test's end, in the reverse order of those that
// were asked for.
func inTheEnd[Input, Output, Option any](
	t *testing.T, call func(context.Context, *Input, ...func(*Option)) (*Output, error), input *Input,
) {
	t.Helper()
	t.Cleanup(func() {
		if _, err := call(context.Background(), input); err != nil {
			t.Logf("cleaning up: %v", err)
		}
	})
}
