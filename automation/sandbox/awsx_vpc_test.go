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

// recorder remembers what a program registers.
type recorder struct {
	mu     sync.Mutex
	inputs map[string]resource.PropertyMap // by "Type name"
}

func (r *recorder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	kind := args.TypeToken[strings.LastIndex(args.TypeToken, ":")+1:]
	r.inputs[kind+" "+args.Name] = args.Inputs
	state := args.Inputs.Copy()
	state["allocationId"] = resource.NewProperty("eipalloc-" + args.Name)
	return kind + "-" + args.Name, state, nil
}

func (r *recorder) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return resource.NewPropertyMapFromMap(props{"names": []any{"a", "b", "c"}}), nil
}

// record builds a network and returns what it registered.
func record(t *testing.T, args vpcInputs) (map[string]resource.PropertyMap, error) {
	t.Helper()
	r := &recorder{inputs: map[string]resource.PropertyMap{}}
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		_, err := newVpc(ctx, "net", &args, pulumi.Protect(false))
		return err
	}, pulumi.WithMocks("project", "stack", r))
	return r.inputs, err
}

func TestVpcChildren(t *testing.T) {
	specs := []subnetInputs{{Type: "Public"}, {Type: "Private"}}
	registered, err := record(t, vpcInputs{NumberOfAvailabilityZones: at(2), SubnetSpecs: specs,
		Tags: pulumi.StringMap{"team": pulumi.String("x")}})
	require.NoError(t, err)
	want := []string{"Vpc net", "InternetGateway net", "Eip net-1", "Eip net-2", "NatGateway net-1", "NatGateway net-2"}
	for _, name := range []string{"net-private-1", "net-private-2", "net-public-1", "net-public-2"} {
		want = append(want, "Subnet "+name, "RouteTable "+name, "RouteTableAssociation "+name, "Route "+name)
	}
	slices.Sort(want)
	require.Equal(t, want, tokens(registered)) // the component and its inner VPC share a name

	require.Equal(t, props{"Name": "net-public-2", "SubnetType": "Public", "team": "x"}, registered["Subnet net-public-2"]["tags"].Mappable())
	require.Equal(t, "b", text(registered["Subnet net-public-2"], "availabilityZone"))
	require.True(t, flag(registered["Subnet net-public-1"], "mapPublicIpOnLaunch"))
	require.False(t, flag(registered["Subnet net-private-1"], "mapPublicIpOnLaunch"))
	require.Equal(t, "InternetGateway-net", text(registered["Route net-public-1"], "gatewayId"))
	require.Equal(t, "NatGateway-net-2", text(registered["Route net-private-2"], "natGatewayId"))
	require.Equal(t, "Subnet-net-public-2", text(registered["NatGateway net-2"], "subnetId"))
}

func TestVpcGateways(t *testing.T) {
	for _, c := range []struct {
		why       string
		nat       natInputs
		specs     []subnetInputs
		nats      int
		addresses int
		routes    map[string]string // of private and isolated subnets, to NAT gateways
	}{
		{"none", natInputs{Strategy: "None"}, nil, 0, 0, map[string]string{}},
		{"one for all", natInputs{Strategy: "Single"}, nil, 1, 1,
			map[string]string{"net-private-1": "NatGateway-net-1", "net-private-2": "NatGateway-net-1"}},
		{"one each", natInputs{Strategy: "OnePerAz"}, nil, 2, 2,
			map[string]string{"net-private-1": "NatGateway-net-1", "net-private-2": "NatGateway-net-2"}},
		{"with the user's address", natInputs{Strategy: "Single", ElasticIpAllocationIds: []pulumi.StringInput{pulumi.String("mine")}}, nil, 1, 0,
			map[string]string{"net-private-1": "NatGateway-net-1", "net-private-2": "NatGateway-net-1"}},
		{"isolated subnets have no way out", natInputs{Strategy: "Single"}, []subnetInputs{{Type: "Isolated"}, {Type: "Private"}, {Type: "Unused"}, {Type: "Public"}},
			1, 1, map[string]string{"net-private-1": "NatGateway-net-1", "net-private-2": "NatGateway-net-1"}},
	} {
		registered, err := record(t, vpcInputs{AvailabilityZoneNames: []string{"a", "b"}, NatGateways: &c.nat, SubnetSpecs: c.specs})
		require.NoError(t, err, c.why)
		count, routes := map[string]int{}, map[string]string{}
		for name, inputs := range registered {
			kind, name, _ := strings.Cut(name, " ")
			count[kind]++
			if nat := text(inputs, "natGatewayId"); kind == "Route" && nat != "" {
				routes[name] = nat
			}
			require.NotContains(t, name, "unused", c.why)
		}
		require.Equal(t, c.nats, count["NatGateway"], c.why)
		require.Equal(t, c.addresses, count["Eip"], c.why)
		require.Equal(t, c.routes, routes, c.why)
	}
}

func TestVpcRefusesTooManyZones(t *testing.T) {
	_, err := record(t, vpcInputs{NumberOfAvailabilityZones: at(4)})
	require.ErrorContains(t, err, "the region has 3 availability zones and 4 are asked for")
	_, err = record(t, vpcInputs{NumberOfAvailabilityZones: at(2), NatGateways: &natInputs{Strategy: "OnePerAz",
		ElasticIpAllocationIds: []pulumi.StringInput{pulumi.String("only")}}})
	require.ErrorContains(t, err, "has 1 ids; strategy OnePerAz takes 2")
}
