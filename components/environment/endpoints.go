package environment

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	awsxec2 "github.com/pulumi/pulumi-awsx/sdk/v2/go/awsx/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newS3Endpoint creates a gateway endpoint for Amazon S3 in the created network. The endpoint is free. Image layers
// come from Amazon S3, so they bypass the NAT gateway and its charges ("Amazon ECR interface VPC endpoints", Amazon ECR
// User Guide).
//
// The dependency on the addresses of the NAT gateways only shortens `destroy`. Pulumi deletes resources in steps: a
// step holds the resources whose dependency chains have the same length, and waits for the slowest resource. With the
// dependency, the endpoint and the NAT gateways, which take longest, are deleted in the same step.
func (e *Environment) newS3Endpoint(
	ctx *pulumi.Context, network *awsxec2.Vpc, name string, private pulumi.StringArray, addresses []pulumi.Resource,
) (*ec2.VpcEndpoint, error) {
	var tables pulumi.StringArray
	for i, public := range e.routeTables(ctx, network.PublicSubnetIds) {
		tables = append(tables, public, private[i])
	}
	endpoint, err := ec2.NewVpcEndpoint(ctx, name, &ec2.VpcEndpointArgs{
		VpcId:           network.VpcId,
		ServiceName:     pulumi.Sprintf("com.amazonaws.%s.s3", e.Account.Region),
		VpcEndpointType: pulumi.String("Gateway"),
		RouteTableIds:   tables,
		Tags:            pulumi.StringMap{"Name": pulumi.String(name)},
	}, pulumi.Parent(e), pulumi.DependsOn(addresses))
	if err != nil {
		return nil, fmt.Errorf("creating the endpoint for Amazon S3: %w", err)
	}
	return endpoint, nil
}

// taskEndpoints lists the services that every task needs on Fargate platform version 1.4, in addition to Amazon S3
// ("Amazon ECR interface VPC endpoints", Amazon ECR User Guide).
var taskEndpoints = []string{"ecr.api", "ecr.dkr", "logs"}

// newInterfaceEndpoints creates the interface endpoints in the private subnets, which replace internet access, and adds
// them to egress. Tasks resolve the public names of the services to the private addresses of the endpoints.
func (e *Environment) newInterfaceEndpoints(ctx *pulumi.Context, network *awsxec2.Vpc, name string) error {
	groupName := name + "-endpoints"
	group, err := ec2.NewSecurityGroup(ctx, groupName, &ec2.SecurityGroupArgs{
		Description: pulumi.String("Interface endpoints"),
		VpcId:       network.VpcId,
	}, pulumi.Parent(e))
	if err != nil {
		return fmt.Errorf("creating the security group of the endpoints: %w", err)
	}
	rule, err := vpc.NewSecurityGroupIngressRule(ctx, groupName+"-443", &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId: group.ID(),
		Description:     pulumi.String("HTTPS from the network"),
		CidrIpv4:        pulumi.String(e.spec.VpcCidrBlock),
		IpProtocol:      pulumi.String("tcp"),
		FromPort:        pulumi.Int(443),
		ToPort:          pulumi.Int(443),
	}, pulumi.Parent(e))
	if err != nil {
		return fmt.Errorf("creating the ingress rule of the endpoints: %w", err)
	}
	e.egress = append(e.egress, rule)
	for _, service := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(taskEndpoints, e.endpointServices)))) {
		name := name + "-" + strings.ReplaceAll(service, ".", "-")
		endpoint, err := ec2.NewVpcEndpoint(ctx, name, &ec2.VpcEndpointArgs{
			VpcId:             network.VpcId,
			ServiceName:       pulumi.Sprintf("com.amazonaws.%s.%s", e.Account.Region, service),
			VpcEndpointType:   pulumi.String("Interface"),
			SubnetIds:         network.PrivateSubnetIds,
			SecurityGroupIds:  pulumi.StringArray{group.ID()},
			PrivateDnsEnabled: pulumi.Bool(true),
			Tags:              pulumi.StringMap{"Name": pulumi.String(name)},
		}, pulumi.Parent(e))
		if err != nil {
			return fmt.Errorf("creating the endpoint for %s: %w", service, err)
		}
		e.egress = append(e.egress, endpoint)
	}
	return nil
}
