//go:build acceptance

package acceptance

import (
	"maps"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
	"fargate-cd/automation/stack"
)

// TestServiceConnect adds Service Connect to two running services, and removes it again. The services are not replaced. A
// push keeps the name of the port, without which ECS refuses the revision. The emulator does not store the Service Connect
// configuration of a service. The sandbox and the unit tests check it.
func TestServiceConnect(t *testing.T) {
	t.Parallel()
	d := lab.NewStack(t, "Pulumi.test.yaml", nil).Alone()
	orders := maps.Clone(d.Services()[0])
	orders["name"], orders["source"], orders["pathPatterns"] = "orders", map[string]any{"provider": "CodeCommit", "repository": "orders"}, []string{"/orders/*"}
	d.Config["services"] = []any{d.Services()[0], orders}
	d.Up()
	require.Empty(t, lab.Namespaces(t, d))

	d.Services()[0]["serviceConnect"] = map[string]any{"connectsTo": []string{"orders"}}
	d.Services()[1]["serviceConnect"] = map[string]any{"clientAlias": "orders:80", "appProtocol": "http2"}
	requireServicesStay(t, d.Up())
	require.Len(t, lab.Namespaces(t, d), 1)
	w := lab.Follow(d, "orders", "orders")
	requirePort := func() {
		t.Helper()
		port := w.Container(w.Revision(), "orders").PortMappings[0]
		require.Equal(t, "orders", aws.ToString(port.Name))
		require.Equal(t, types.ApplicationProtocolHttp2, port.AppProtocol)
	}
	requirePort()
	require.Equal(t, []string{d.Name + "-alb", "welcomer-tasks"}, admitted(t, d, "orders-tasks"))
	require.Equal(t, []string{d.Name + "-alb"}, admitted(t, d, "welcomer-tasks"))
	d.RequireStable()

	w.Arrives()
	requirePort()
	d.RequireStable()

	for _, service := range d.Services() {
		delete(service, "serviceConnect")
	}
	requireServicesStay(t, d.Up())
	require.Empty(t, lab.Namespaces(t, d))
	require.Equal(t, []string{d.Name + "-alb"}, admitted(t, d, "orders-tasks"))
	require.Empty(t, aws.ToString(w.Container(w.Revision(), "orders").PortMappings[0].Name))
	d.RequireStable()
	d.End()
}

// requireServicesStay requires that an update changes both services in place.
func requireServicesStay(t *testing.T, got stack.Result) {
	t.Helper()
	var ops []string
	for _, step := range got.Steps {
		if step.Type == "aws:ecs/service:Service" {
			ops = append(ops, step.Op)
		}
	}
	require.Equal(t, []string{"update", "update"}, ops)
}

// admitted returns the names of the security groups that a security group admits on port 5000. It requires that the group
// admits no address ranges and no other port.
func admitted(t *testing.T, d *lab.Stack, group string) []string {
	t.Helper()
	var names []string
	byID := map[string]string{}
	groups := lab.SecurityGroups(t, d, aws.ToString(lab.Balancers(t, d)[0].VpcId))
	for _, each := range groups {
		byID[aws.ToString(each.GroupId)] = lab.WithoutSuffix(aws.ToString(each.GroupName))
	}
	for _, each := range groups {
		if byID[aws.ToString(each.GroupId)] != group {
			continue
		}
		for _, rule := range each.IpPermissions {
			require.Empty(t, rule.IpRanges)
			require.Equal(t, []int32{5000, 5000}, []int32{aws.ToInt32(rule.FromPort), aws.ToInt32(rule.ToPort)})
			for _, pair := range rule.UserIdGroupPairs {
				names = append(names, byID[aws.ToString(pair.GroupId)])
			}
		}
	}
	slices.Sort(names)
	return names
}
