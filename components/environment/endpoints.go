package environment

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	awsxec2 "github.com/pulumi/pulumi-awsx/sdk/v2/go/awsx/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newS3Endpoint creates a gateway endpoint for Amazon S3 in the created network, which
// is free. The layers of images come from Amazon S3, and so they do not pass, and pay
// for, a NAT gateway ("Amazon ECR interface VPC endpoints", Amazon ECR User Guide).
func (e *Environment) newS3Endpoint(ctx *pulumi.Context, network *awsxec2.Vpc, name string, private pulumi.StringArray) error {
	var tables pulumi.StringArray
	for i, public := range e.routeTables(ctx, network.PublicSubnetIds) {
		tables = append(tables, public, private[i])
	}
	_, err := ec2.NewVpcEndpoint(ctx, name, &ec2.VpcEndpointArgs{
		VpcId:           network.VpcId,
		ServiceName:     pulumi.Sprintf("com.amazonaws.%s.s3", e.Account.Region),
		VpcEndpointType: pulumi.String("Gateway"),
		RouteTableIds:   tables,
		Tags:            pulumi.StringMap{"Name": pulumi.String(name)},
	}, pulumi.Parent(e))
	if err != nil {
		return fmt.Errorf("creating the endpoint for Amazon S3: %w", err)
	}
	return nil
}
