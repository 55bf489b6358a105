package environment_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
	"fargate-cd/internal/enginetest"
)

// Each private subnet has a route to the NAT gateway of its zone, or to the only one.
func TestNatGateways(t *testing.T) {
	for strategy, want := range map[string]map[string]any{ // id of the NAT gateway by route
		environment.NatGatewayNone:     {},
		environment.NatGatewaySingle:   {"test-vpc-private-1": "test-vpc-1-natgateway", "test-vpc-private-2": "test-vpc-1-natgateway"},
		environment.NatGatewayOnePerAz: {"test-vpc-private-1": "test-vpc-1-natgateway", "test-vpc-private-2": "test-vpc-2-natgateway"},
	} {
		t.Run(strategy, func(t *testing.T) {
			r := &enginetest.Engine{}
			r.MustRun(t, program(environment.Args{Spec: environment.Spec{NatGatewayStrategy: strategy, AssignPublicIP: true}}))
			routes := map[string]any{}
			for _, route := range r.All("ec2.Route") {
				routes[route.Name] = route.Inputs["natGatewayId"]
				require.Equal(t, "rtb-of-subnet-"+strings.TrimPrefix(route.Name, "test-vpc-"), route.Inputs["routeTableId"])
			}
			require.Equal(t, want, routes)
			for _, gateway := range r.All("ec2.NatGateway") {
				require.Equal(t, "subnet-public-"+strings.TrimPrefix(gateway.Name, "test-vpc-"), gateway.Inputs["subnetId"])
			}
		})
	}
}

// An update of a stack whose NAT gateways awsx created must not replace them: the tasks would lose internet access.
func TestNatGatewaysKeepTheirIdentity(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, program(environment.Args{}))
	const inSubnet = "urn:pulumi:test::fargate-cd::fargate-cd:components:Environment$awsx:ec2:Vpc$aws:ec2/vpc:Vpc$aws:ec2/subnet:Subnet$"
	for kind, want := range map[string]string{
		"ec2.Eip":        inSubnet + "aws:ec2/eip:Eip::test-vpc-1",
		"ec2.NatGateway": inSubnet + "aws:ec2/natGateway:NatGateway::test-vpc-1",
		"ec2.Route":      inSubnet + "aws:ec2/routeTable:RouteTable$aws:ec2/route:Route::test-vpc-private-1",
	} {
		require.Equal(t, []string{want}, r.All(kind)[0].Aliases, kind)
	}
}

// Load balancers and NAT gateways are created at the same time, because AWS takes about as long for both.
func TestLoadBalancersAndNatGatewaysAreCreatedTogether(t *testing.T) {
	r := &enginetest.Engine{}
	var egress []pulumi.Resource
	r.MustRun(t, func(ctx *pulumi.Context) error {
		made, err := environment.New(ctx, enginetest.Stack, &environment.Args{
			ClusterName: clusterName, LoadBalancers: []string{environment.LoadBalancerPublic, environment.LoadBalancerInternal},
		})
		if err != nil {
			return err
		}
		egress = made.Egress()
		return nil
	})
	require.Len(t, egress, 2, "a route in each zone")
	for _, balancer := range r.All("lb.LoadBalancer") {
		for _, urn := range balancer.DependsOn {
			require.NotContains(t, urn, "atGateway")
			require.NotContains(t, urn, "ec2/route:Route")
		}
	}
}
