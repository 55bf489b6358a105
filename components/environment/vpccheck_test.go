package environment_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
	"fargate-cd/internal/enginetest"
)

// fakeVPC describes an existing network. The first two subnets of the tested stack are public, the others private.
type fakeVPC struct {
	missing, noDNS bool
	zones          map[string]string   // of each subnet
	zoneIDs        map[string]string   // id of each zone; may be incomplete
	routes         map[string][]object // of each route table
	tables         map[string]string   // table of each associated subnet; the other subnets use "main"
	broken         string              // the function that fails
}

// validVPC returns a network without a problem.
func validVPC() *fakeVPC {
	return &fakeVPC{
		zones: map[string]string{"subnet-00000001": "a", "subnet-00000002": "b", "subnet-00000003": "a", "subnet-00000004": "b"},
		routes: map[string][]object{
			"main":   {{"cidrBlock": "10.0.0.0/16", "gatewayId": "local"}, {"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}},
			"rtb-1":  {{"cidrBlock": "0.0.0.0/0", "natGatewayId": "nat-1"}},
			"rtb-no": {{"cidrBlock": "10.0.0.0/16", "gatewayId": "local"}},
		},
		tables: map[string]string{"subnet-00000003": "rtb-1", "subnet-00000004": "rtb-1"},
	}
}

// functions returns provider functions that describe the network as AWS would.
func (v *fakeVPC) functions() map[string]enginetest.Function {
	answers := map[string]enginetest.Function{
		"aws:ec2/getVpc:getVpc": func(object) (object, error) {
			if v.missing {
				return nil, errors.New("no matching EC2 VPC found")
			}
			return object{"enableDnsSupport": !v.noDNS}, nil
		},
		"aws:ec2/getSubnets:getSubnets": func(args object) (object, error) {
			var ids []any
			for _, id := range args["filters"].([]any)[1].(object)["values"].([]any) {
				if v.zones[id.(string)] != "" {
					ids = append(ids, id)
				}
			}
			return object{"ids": ids}, nil
		},
		"aws:ec2/getSubnet:getSubnet": func(args object) (object, error) {
			zone := v.zones[args["id"].(string)]
			return object{"availabilityZone": zone, "availabilityZoneId": v.zoneIDs[zone]}, nil
		},
		"aws:ec2/getRouteTables:getRouteTables": func(object) (object, error) {
			var ids []any
			for _, id := range slices.Sorted(maps.Keys(v.routes)) {
				ids = append(ids, id)
			}
			return object{"ids": ids}, nil
		},
		"aws:ec2/getRouteTable:getRouteTable": func(args object) (object, error) {
			id := args["routeTableId"].(string)
			associations, routes := []any{object{"main": id == "main"}}, []any{}
			for subnet, table := range v.tables {
				if table == id {
					associations = append(associations, object{"subnetId": subnet})
				}
			}
			for _, route := range v.routes[id] {
				routes = append(routes, route)
			}
			return object{"routeTableId": id, "associations": associations, "routes": routes}, nil
		},
	}
	for token, answer := range answers {
		answers[token] = func(args object) (object, error) {
			if strings.HasSuffix(token, ":"+v.broken) {
				return nil, fmt.Errorf("UnauthorizedOperation: no %s", v.broken)
			}
			return answer(args)
		}
	}
	return answers
}

func TestExistingNetworkIsChecked(t *testing.T) {
	publicTasks := func(s *environment.Spec) { s.AssignPublicIP, s.PrivateSubnetIDs = true, nil }
	for name, test := range map[string]struct {
		network   func(*fakeVPC)
		given     func(*environment.Spec)
		balancers []string // by default both
		want      []string // the problems; none for a suitable network
	}{
		"good":              {},
		"good public tasks": {given: publicTasks},
		"no such VPC": {network: func(v *fakeVPC) { v.missing = true },
			want: []string{`vpcId: "vpc-0123456789abcdef0" is not allowed: a VPC in the account and the region of the stack`}},
		"no DNS": {network: func(v *fakeVPC) { v.noDNS = true }, want: []string{`vpcId: "vpc-0123456789abcdef0" is not allowed: a VPC with enableDnsSupport`}},
		"subnets of another VPC": {network: func(v *fakeVPC) { delete(v.zones, "subnet-00000002"); delete(v.zones, "subnet-00000003") },
			want: []string{`publicSubnetIds[1]: "subnet-00000002" is not allowed: a subnet of vpc-0123456789abcdef0`,
				`privateSubnetIds[0]: "subnet-00000003" is not allowed: a subnet of vpc-0123456789abcdef0`}},
		"one zone": {network: func(v *fakeVPC) { v.zones["subnet-00000002"], v.zones["subnet-00000004"] = "a", "a" },
			want: []string{`publicSubnetIds[1]: "subnet-00000002" is not allowed: a subnet in another zone than subnet-00000001, which is in a too`,
				`privateSubnetIds[1]: "subnet-00000004" is not allowed: a subnet in another zone than subnet-00000003, which is in a too`}},
		"one zone without its load balancer": {network: func(v *fakeVPC) { v.zones["subnet-00000004"] = "a" },
			balancers: []string{environment.LoadBalancerPublic}},
		"tasks in a zone without Fargate": {network: func(v *fakeVPC) { v.zoneIDs = map[string]string{"a": "usw1-az1", "b": "usw1-az2"} },
			want: []string{`privateSubnetIds[1]: "subnet-00000004" is not allowed: a subnet in a zone with Fargate, which AWS does not offer in usw1-az2`}},
		"no internet gateway": {network: func(v *fakeVPC) { v.routes["main"] = v.routes["rtb-1"] },
			want: []string{`publicSubnetIds[0]: "subnet-00000001" is not allowed: a subnet with a route to 0.0.0.0/0 through an internet gateway; main has none`,
				`publicSubnetIds[1]: "subnet-00000002" is not allowed: a subnet with a route`}},
		"no internet gateway, internal only": {network: func(v *fakeVPC) { v.routes["main"] = v.routes["rtb-1"] },
			balancers: []string{environment.LoadBalancerInternal}},
		"public tasks without an internet gateway": {network: func(v *fakeVPC) { v.tables["subnet-00000001"] = "rtb-no" }, given: publicTasks,
			balancers: []string{environment.LoadBalancerInternal},
			want:      []string{`publicSubnetIds[0]: "subnet-00000001" is not allowed: a subnet with a route to 0.0.0.0/0 through an internet gateway; rtb-no has none`}},
		"no way out": {network: func(v *fakeVPC) { v.tables["subnet-00000004"] = "rtb-no" },
			want: []string{`privateSubnetIds[1]: "subnet-00000004" is not allowed: a subnet with a route to 0.0.0.0/0 through a NAT gateway ` +
				`or a transit gateway, or in a VPC with endpoints for s3, ecr.api, ecr.dkr and logs`}},
		"private tasks behind an internet gateway": {network: func(v *fakeVPC) { delete(v.tables, "subnet-00000003") },
			want: []string{`privateSubnetIds[0]: "subnet-00000003" is not allowed: a subnet with a route to 0.0.0.0/0 through a NAT gateway`}},
		"endpoints": {network: func(v *fakeVPC) {
			v.tables["subnet-00000004"] = "rtb-no"
			v.routes["rtb-no"] = append(v.routes["rtb-no"], object{"destinationPrefixListId": "pl-1", "gatewayId": "vpce-1"})
		}},
		"route tables that AWS does not show": {network: func(v *fakeVPC) { v.routes = nil }},
		"no permission":                       {network: func(v *fakeVPC) { v.broken = "getRouteTable" }, want: []string{"UnauthorizedOperation: no getRouteTable"}},
	} {
		t.Run(name, func(t *testing.T) {
			network, spec := validVPC(), existingNetwork()
			if test.network != nil {
				test.network(network)
			}
			if test.given != nil {
				test.given(&spec)
			}
			balancers := test.balancers
			if balancers == nil {
				balancers = []string{environment.LoadBalancerPublic, environment.LoadBalancerInternal}
			}
			r := &enginetest.Engine{Functions: network.functions()}
			err := r.Run(func(ctx *pulumi.Context) error {
				_, err := environment.New(ctx, "test", &environment.Args{Spec: spec, ClusterName: "c", LoadBalancers: balancers})
				return err
			}, nil)
			if test.want == nil {
				require.NoError(t, err)
				return
			}
			require.Empty(t, r.Registered, "nothing is registered")
			for _, want := range test.want {
				require.ErrorContains(t, err, want)
			}
			if problems := strings.Count(err.Error(), " is not allowed: "); problems > 0 {
				require.Equal(t, len(test.want), problems, "problems in %s", err)
			}
		})
	}
}
