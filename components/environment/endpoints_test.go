package environment_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
	"fargate-cd/internal/enginetest"
)

// Without NAT gateways and public addresses, tasks reach the AWS services that they need through interface endpoints in
// the private subnets. Only the network itself can connect to the endpoints.
func TestInterfaceEndpoints(t *testing.T) {
	r := &enginetest.Engine{}
	var egress []pulumi.Resource
	r.MustRun(t, func(ctx *pulumi.Context) error {
		made, err := environment.New(ctx, enginetest.Stack, &environment.Args{
			ClusterName: clusterName, Spec: environment.Spec{NatGatewayStrategy: environment.NatGatewayNone, VpcCidrBlock: "10.1.0.0/16"},
			EndpointServices: []string{"secretsmanager", "ssm", "secretsmanager"},
		})
		if err != nil {
			return err
		}
		require.True(t, made.EndpointsOnly())
		egress = made.Egress()
		return nil
	})
	services := map[string]any{}
	for _, endpoint := range r.All("ec2.VpcEndpoint") {
		services[endpoint.Name] = endpoint.Inputs["serviceName"]
	}
	const prefix = "com.amazonaws.eu-central-1."
	require.Equal(t, map[string]any{
		"test-vpc-s3": prefix + "s3", "test-vpc-ecr-api": prefix + "ecr.api", "test-vpc-ecr-dkr": prefix + "ecr.dkr",
		"test-vpc-logs": prefix + "logs", "test-vpc-secretsmanager": prefix + "secretsmanager", "test-vpc-ssm": prefix + "ssm",
	}, services)
	require.Equal(t, object{
		"vpcId": "test-vpc-id", "serviceName": prefix + "ecr.dkr", "vpcEndpointType": "Interface", "privateDnsEnabled": true,
		"subnetIds":        list{"subnet-private-1", "subnet-private-2"},
		"securityGroupIds": list{"test-vpc-endpoints-securitygroup"},
		"tags":             object{"Name": "test-vpc-ecr-dkr"},
	}, r.One(t, "ec2.VpcEndpoint", "test-vpc-ecr-dkr").Inputs)
	require.Equal(t, object{
		"securityGroupId": "test-vpc-endpoints-securitygroup", "description": "HTTPS from the network",
		"cidrIpv4": "10.1.0.0/16", "ipProtocol": "tcp", "fromPort": 443.0, "toPort": 443.0,
	}, r.One(t, "vpc.SecurityGroupIngressRule", "test-vpc-endpoints-443").Inputs)
	require.Empty(t, r.All("ec2.NatGateway"))
	require.Len(t, egress, 7, "a task needs every endpoint, and the rule of their security group, before it can start")
}

// A gateway endpoint is free. It is in every route table of the created network.
func TestS3Endpoint(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, program(environment.Args{}))
	require.Equal(t, object{
		"vpcId": "test-vpc-id", "serviceName": "com.amazonaws.eu-central-1.s3", "vpcEndpointType": "Gateway",
		"routeTableIds": list{"rtb-of-subnet-public-1", "rtb-of-subnet-private-1", "rtb-of-subnet-public-2", "rtb-of-subnet-private-2"},
		"tags":          object{"Name": "test-vpc-s3"},
	}, r.One(t, "ec2.VpcEndpoint", "test-vpc-s3").Inputs)
	for _, balancer := range r.All("lb.LoadBalancer") {
		require.False(t, balancer.Needs(r.One(t, "ec2.VpcEndpoint", "test-vpc-s3")))
	}
}
