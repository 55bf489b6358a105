//go:build acceptance

package lab

import "testing"

// NewSharing returns the stacks of the shared-environment example, in one region: platform is
// the host, orders and payments are its guests. None of them exists yet. payments.End also
// ends the other two, platform last.
func NewSharing(t *testing.T) (platform, orders, payments *Stack) {
	t.Helper()
	const folder = "examples/shared-environment/"
	platform = NewStack(t, folder+"Pulumi.platform.yaml", nil)
	guest := func(file string, beside *Stack) *Stack {
		d := newStack(t, platform.Region, folder+file, map[string]any{"environment": map[string]any{"stack": platform.Name}})
		d.state, d.beside, d.host = platform.state, beside, platform
		return d
	}
	orders = guest("Pulumi.orders.yaml", platform)
	return platform, orders, guest("Pulumi.payments.yaml", orders)
}
