package sandbox

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/internal/enginetest"
)

// soundVpc returns supported inputs, with two zones.
func soundVpc() vpcInputs {
	return vpcInputs{AvailabilityZoneNames: []string{"a", "b"}, CidrBlock: "10.0.0.0/16", SubnetStrategy: "Auto",
		SubnetSpecs: subnetTypes, NatGateways: natInputs{Strategy: "None"}}
}

func TestVpcChildren(t *testing.T) {
	args := soundVpc()
	args.Tags = pulumi.StringMap{"team": pulumi.String("x")}
	require.NoError(t, args.validate())
	var engine enginetest.Engine
	engine.MustRun(t, func(ctx *pulumi.Context) error {
		_, err := newVpc(ctx, "net", &args, pulumi.Protect(false))
		return err
	})
	want := []string{"awsx:ec2:Vpc net", "ec2.Vpc net", "ec2.InternetGateway net", "ec2.Route net-public-1", "ec2.Route net-public-2"}
	for _, name := range []string{"net-private-1", "net-private-2", "net-public-1", "net-public-2"} {
		want = append(want, "ec2.Subnet "+name, "ec2.RouteTable "+name, "ec2.RouteTableAssociation "+name)
	}
	var registered []string
	for _, each := range engine.Registered {
		registered = append(registered, each.Kind+" "+each.Name)
	}
	require.ElementsMatch(t, want, registered)

	public := engine.One(t, "ec2.Subnet", "net-public-2").Inputs
	require.Equal(t, props{"Name": "net-public-2", "SubnetType": "Public", "team": "x"}, public["tags"])
	require.Equal(t, props{"Name": "net", "team": "x"}, engine.One(t, "ec2.Vpc", "net").Inputs["tags"])
	require.Equal(t, "b", public["availabilityZone"])
	require.Equal(t, true, public["mapPublicIpOnLaunch"])
	require.Equal(t, false, engine.One(t, "ec2.Subnet", "net-private-1").Inputs["mapPublicIpOnLaunch"])
	require.Equal(t, "net-internetgateway", engine.One(t, "ec2.Route", "net-public-1").Inputs["gatewayId"])
}

func TestVpcBlocks(t *testing.T) {
	for network, want := range map[string][]string{
		"10.0.0.0/16": {"10.0.0.0/18", "10.0.64.0/18", "10.0.128.0/18", "10.0.192.0/18"},
		"10.0.0.0/25": {"10.0.0.0/27", "10.0.0.32/27", "10.0.0.64/27", "10.0.0.96/27"},
	} {
		args := soundVpc()
		args.CidrBlock = network
		var blocks []string
		for zone := range 2 {
			for subnet := range 2 {
				block, err := args.block(zone, subnet)
				require.NoError(t, err)
				blocks = append(blocks, block)
			}
		}
		require.Equal(t, want, blocks)
	}
}

func TestVpcInputsThatAreNotBuilt(t *testing.T) {
	for want, change := range map[string]func(*vpcInputs){
		`subnetStrategy is "Exact"`:        func(a *vpcInputs) { a.SubnetStrategy = "Exact" },
		"the sandbox builds [{Public} {Pr": func(a *vpcInputs) { a.SubnetSpecs = subnetTypes[:1] },
		`natGateways.strategy is "Many"`:   func(a *vpcInputs) { a.NatGateways.Strategy = "Many" },
		"availabilityZoneNames is empty":   func(a *vpcInputs) { a.AvailabilityZoneNames = nil },
		"canonical form":                   func(a *vpcInputs) { a.CidrBlock = "10.0.0.5/16" },
		"cannot be divided into 2 zones":   func(a *vpcInputs) { a.CidrBlock = "10.0.0.0/27" },
	} {
		args := soundVpc()
		change(&args)
		require.ErrorContains(t, args.validate(), want)
	}
}
