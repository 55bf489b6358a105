//go:build acceptance

package acceptance

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
	"fargate-cd/acceptance/internal/readback"
)

// TestStackMovesToHTTPS begins with HTTP listeners and then adds a certificate. Up refuses a hosted zone
// that cannot validate the domain name. The listeners and their rules, which CodeDeploy
// uses, are not replaced. HTTP requests are redirected.
func TestStackMovesToHTTPS(t *testing.T) {
	t.Parallel()
	const file = "examples/s4-manual-reroute/Pulumi.s4.yaml"
	d := lab.NewStack(t, file, nil)
	zone, domain := d.Config["hostedZoneId"], readback.Systems[file].Domain
	d.Config["hostedZoneId"], d.Config["domainName"] = "", ""
	d.Up()
	before := listenerArns(t, d)

	for _, wrong := range []struct{ zone, domain, want string }{
		{fmt.Sprint(zone), "app.example.org", "a hosted zone that contains app.example.org; this zone is "},
		{"Z00000000000000000000", domain, "a hosted zone in the account of the stack"},
	} {
		d.Config["hostedZoneId"], d.Config["domainName"] = wrong.zone, wrong.domain
		_, err := d.TryUp()
		require.ErrorContains(t, err, wrong.want)
	}
	require.Equal(t, before, listenerArns(t, d))

	d.Config["hostedZoneId"], d.Config["domainName"] = zone, domain
	changes := d.Up().Changes
	require.Zero(t, changes.Replace+changes.Delete)
	after := listenerArns(t, d)
	require.Equal(t, before[80], after[443], "the production listener is the same")
	require.Equal(t, before[8080], after[8080], "the test listener is the same")
	readback.Compare(t, d, readback.Systems[file])
	d.RequireStable()
	d.End()
}

// listenerArns returns the ARNs of the listeners by their port.
func listenerArns(t *testing.T, d *lab.Stack) map[int32]string {
	t.Helper()
	arns := map[int32]string{}
	for _, balancer := range lab.Balancers(t, d) {
		for _, listener := range lab.Listeners(t, d, balancer) {
			arns[aws.ToInt32(listener.Port)] = aws.ToString(listener.ListenerArn)
		}
	}
	return arns
}
