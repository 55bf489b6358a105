package sandbox

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func at(n int) *int { return &n }

func cidrs(plans []subnetPlan) map[string]string {
	all := map[string]string{}
	for _, plan := range plans {
		all[plan.name] = plan.cidr
	}
	return all
}

func TestLayout(t *testing.T) {
	for _, c := range []struct {
		why   string
		args  vpcInputs
		zones int
		want  map[string]string
	}{
		{"equal halves", vpcInputs{SubnetSpecs: []subnetInputs{{Type: "Public"}, {Type: "Private"}}}, 2, map[string]string{
			"net-public-1": "10.0.0.0/18", "net-private-1": "10.0.64.0/18",
			"net-public-2": "10.0.128.0/18", "net-private-2": "10.0.192.0/18"}},
		{"the smallest network whose subnets can hold a balancer", vpcInputs{CidrBlock: ptrTo("10.0.0.0/25"),
			SubnetSpecs: []subnetInputs{{Type: "Public"}, {Type: "Private"}}}, 2, map[string]string{
			"net-public-1": "10.0.0.0/27", "net-private-1": "10.0.0.32/27",
			"net-public-2": "10.0.0.64/27", "net-private-2": "10.0.0.96/27"}},
		{"awsx's own layout", vpcInputs{}, 3, map[string]string{
			"net-private-1": "10.0.0.0/19", "net-public-1": "10.0.32.0/20",
			"net-private-2": "10.0.64.0/19", "net-public-2": "10.0.96.0/20",
			"net-private-3": "10.0.128.0/19", "net-public-3": "10.0.160.0/20"}},
		{"a larger subnet after a smaller begins at a multiple of its size", vpcInputs{SubnetSpecs: []subnetInputs{
			{Type: "Public", CidrMask: at(24)}, {Type: "Private", CidrMask: at(20)}}}, 1, map[string]string{
			"net-public-1": "10.0.0.0/24", "net-private-1": "10.0.16.0/20"}},
		{"size and name", vpcInputs{SubnetSpecs: []subnetInputs{{Type: "Isolated", Size: at(256), Name: ptrTo("db")}}}, 1,
			map[string]string{"net-db-1": "10.0.0.0/24"}},
		{"explicit blocks", vpcInputs{SubnetSpecs: []subnetInputs{{Type: "Private", CidrBlocks: []string{"10.0.9.0/24", "10.0.8.0/24"}}}}, 2,
			map[string]string{"net-private-1": "10.0.9.0/24", "net-private-2": "10.0.8.0/24"}},
	} {
		plans, _, err := c.args.plan("net", c.zones)
		require.NoError(t, err, c.why)
		require.Equal(t, c.want, cidrs(plans), c.why)
	}
}

func ptrTo[T any](v T) *T { return &v }

func TestLayoutThatDoesNotFit(t *testing.T) {
	for _, c := range []struct {
		args  vpcInputs
		zones int
		want  string
	}{
		{vpcInputs{CidrBlock: ptrTo("10.0.0.5/16")}, 2, "canonical form"},
		{vpcInputs{CidrBlock: ptrTo("10.0.0.0/27"), SubnetSpecs: []subnetInputs{{Type: "Public"}}}, 4, "cannot be divided into 4 zones"},
		{vpcInputs{AvailabilityZoneCidrMask: at(17)}, 3, "cannot be divided into 3 zones of /17"},
		{vpcInputs{SubnetSpecs: []subnetInputs{{Type: "Public", CidrMask: at(17)}, {Type: "Private", CidrMask: at(17)}}}, 2, "does not fit"},
		{vpcInputs{SubnetSpecs: []subnetInputs{{Type: "Public", CidrBlocks: []string{"10.0.0.0/24"}}, {Type: "Private"}}}, 1, "subnetSpecs[1].cidrBlocks has 0 blocks"},
	} {
		_, _, err := c.args.plan("net", c.zones)
		require.ErrorContains(t, err, c.want)
	}
}

func TestVpcInputsThatAreNotBuilt(t *testing.T) {
	auto := ptrTo("Auto")
	for want, args := range map[string]vpcInputs{
		"Legacy (awsx's default) with subnetSpecs":              {SubnetSpecs: []subnetInputs{{Type: "Public"}, {Type: "Private"}}},
		`subnetStrategy is "Exact"`:                             {SubnetStrategy: ptrTo("Exact")},
		`subnetSpecs[0].type is "public"`:                       {SubnetStrategy: auto, SubnetSpecs: []subnetInputs{{Type: "public"}}},
		"subnetSpecs[0].size is 100; allowed is a power of":     {SubnetStrategy: auto, SubnetSpecs: []subnetInputs{{Type: "Public", Size: at(100)}}},
		`natGateways.strategy is "Many"`:                        {NatGateways: &natInputs{Strategy: "Many"}},
		"without both public and private subnets":               {SubnetStrategy: auto, SubnetSpecs: []subnetInputs{{Type: "Public"}}},
		"numberOfAvailabilityZones is 0":                        {NumberOfAvailabilityZones: at(0)},
		"availabilityZoneNames and numberOfAvailabilityZones a": {NumberOfAvailabilityZones: at(1), AvailabilityZoneNames: []string{"eu-central-1a"}},
	} {
		require.ErrorContains(t, args.validate(), want)
	}
	require.NoError(t, (&vpcInputs{}).validate())
}
