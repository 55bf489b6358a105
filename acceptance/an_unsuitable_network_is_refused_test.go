//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
)

// TestUnsuitableNetworkIsRefused runs up in an existing network in which the load balancer or the
// tasks would not work. Up reports all problems and creates nothing. After the network is
// corrected, up succeeds.
func TestUnsuitableNetworkIsRefused(t *testing.T) {
	t.Parallel()
	d := lab.NewStack(t, "examples/s1-test-then-production/Pulumi.s1.yaml", map[string]any{
		"retainRepositories": false, "assignPublicIp": false,
		"privateSubnetIds": []any{"one", "two"}, // the suite creates as many private subnets
	}).Alone()
	good := d.Config["publicSubnetIds"].([]string)
	private := d.Config["privateSubnetIds"].([]string)
	other := d.DefaultSubnet()
	before := lab.Inventory(t, d)
	d.SetDNSSupport(false)
	d.Config["publicSubnetIds"] = []string{good[0], other}

	_, err := d.TryUp()
	for _, want := range []string{
		"the configuration has 4 problems",
		`vpcId: "` + d.OwnVPC + `" is not allowed: a VPC with enableDnsSupport`,
		`publicSubnetIds[1]: "` + other + `" is not allowed: a subnet of ` + d.OwnVPC,
		`privateSubnetIds[0]: "` + private[0] + `" is not allowed: a subnet with a route to 0.0.0.0/0 through a NAT gateway`,
		`privateSubnetIds[1]: "` + private[1] + `" is not allowed`,
		"endpoints for s3, ecr.api, ecr.dkr and logs",
	} {
		require.ErrorContains(t, err, want)
	}
	require.Equal(t, before, lab.Inventory(t, d), "the up has created nothing")

	d.SetDNSSupport(true)
	d.Config["publicSubnetIds"], d.Config["privateSubnetIds"], d.Config["assignPublicIp"] = good, []string{}, true
	d.Up()
	d.End()
}
