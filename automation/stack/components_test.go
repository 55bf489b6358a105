package stack

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/stretchr/testify/require"
)

func TestCountComponents(t *testing.T) {
	at := func(kind, name string, custom bool, parent resource.URN) apitype.ResourceV3 {
		return apitype.ResourceV3{
			URN:  resource.NewURN("test", "p", "", tokens.Type(kind), name),
			Type: tokens.Type(kind), Custom: custom, Parent: parent,
		}
	}
	root := at(string(resource.RootStackType), "p-test", false, "")
	env := at("p:index:Environment", "net", false, root.URN)
	network := at("awsx:ec2:Vpc", "net-vpc", false, env.URN)
	foreign := at("awsx:ec2:Vpc", "own", false, root.URN)
	nested := at("awsx:x:Inner", "own-inner", false, foreign.URN)
	provider := at("pulumi:providers:aws", "default", true, "")
	looked := at("aws:ec2/vpc:Vpc", "looked", true, env.URN)
	looked.External = true
	subnet := at("aws:ec2/subnet:Subnet", "net-vpc-a", true, network.URN)

	got := countComponents("p", []apitype.ResourceV3{
		root, env, network, foreign, nested, provider, looked, subnet,
		at("aws:ec2/route:Route", "net-vpc-a-r", true, subnet.URN), // A resource below a resource.
		at("aws:ecs/cluster:Cluster", "net", true, env.URN),
		at("aws:ec2/subnet:Subnet", "own-a", true, nested.URN),
		at("aws:s3/bucket:Bucket", "loose", true, root.URN),
	})

	require.Equal(t, []Component{
		{Resources: 1},
		{Type: "p:index:Environment", Name: "net", Resources: 3},
		{Type: "awsx:ec2:Vpc", Name: "own", Resources: 1},
	}, got)
}
