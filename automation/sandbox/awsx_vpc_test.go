package sandbox

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

// recorder records the inputs of the resources that a program registers.
type recorder struct {
	mu     sync.Mutex
	inputs map[string]resource.PropertyMap // by "Type name"
}

func (r *recorder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	kind := args.TypeToken[strings.LastIndex(args.TypeToken, ":")+1:]
	r.inputs[kind+" "+args.Name] = args.Inputs
	return kind + "-" + args.Name, args.Inputs, nil
}

func (r *recorder) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) { return nil, nil }

// soundVpc returns supported inputs, with two zones.
func soundVpc() vpcInputs {
	return vpcInputs{AvailabilityZoneNames: []string{"a", "b"}, CidrBlock: "10.0.0.0/16", SubnetStrategy: "Auto",
		SubnetSpecs: subnetTypes, NatGateways: natInputs{Strategy: "None"}}
}

// record builds a network and returns the inputs of its resources.
func record(t *testing.T, args vpcInputs) map[string]resource.PropertyMap {
	t.Helper()
	require.NoError(t, args.validate())
	r := &recorder{inputs: map[string]resource.PropertyMap{}}
	require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) error {
		_, err := newVpc(ctx, "net", &args, pulumi.Protect(false))
		return err
	}, pulumi.WithMocks("project", "stack", r)))
	return r.inputs
}

func TestVpcChildren(t *testing.T) {
	args := soundVpc()
	args.Tags = pulumi.StringMap{"team": pulumi.String("x")}
	registered := record(t, args)
	want := []string{"Vpc net", "InternetGateway net", "Route net-public-1", "Route net-public-2"}
	for _, name := range []string{"net-private-1", "net-private-2", "net-public-1", "net-public-2"} {
		want = append(want, "Subnet "+name, "RouteTable "+name, "RouteTableAssociation "+name)
	}
	slices.Sort(want)
	require.Equal(t, want, sorted(registered)) // the component and its inner VPC have the same name

	require.Equal(t, props{"Name": "net-public-2", "SubnetType": "Public", "team": "x"}, registered["Subnet net-public-2"]["tags"].Mappable())
	require.Equal(t, props{"Name": "net", "team": "x"}, registered["Vpc net"]["tags"].Mappable())
	require.Equal(t, "b", text(registered["Subnet net-public-2"], "availabilityZone"))
	require.True(t, flag(registered["Subnet net-public-1"], "mapPublicIpOnLaunch"))
	require.False(t, flag(registered["Subnet net-private-1"], "mapPublicIpOnLaunch"))
	require.Equal(t, "InternetGateway-net", text(registered["Route net-public-1"], "gatewayId"))
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
