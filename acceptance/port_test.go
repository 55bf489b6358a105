//go:build acceptance

package acceptance

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestChangedPort changes the port of a rolling service while it serves. At every
// moment there is a healthy target, and the balancer reaches every one.
func TestChangedPort(t *testing.T) {
	t.Parallel()
	d := deploy(t, "Pulumi.test.yaml", nil)
	before := inventory(t, d)
	d.up()
	w := follow(d, "welcomer", "welcomer")
	image := w.arrives()
	traffic := w.traffic(80)

	w.setPort(5001)
	done := make(chan struct{})
	go func() { defer close(done); d.up() }()
	looks := 0
	for over := false; !over; looks++ {
		select {
		case <-done:
			over = true
		default:
		}
		targets := w.targets()
		require.NotEmpty(t, targets, "healthy targets while the port changes")
		open := w.openPorts()
		for _, target := range targets {
			_, text, _ := strings.Cut(target, ":")
			port, err := strconv.ParseInt(text, 10, 32)
			require.NoError(t, err)
			for _, still := range w.targets() { // it may have left since
				if still == target {
					require.Contains(t, open, int32(port), "the balancer does not reach the target %s", target)
				}
			}
		}
	}
	require.Greater(t, looks, 10, "looks at the targets")
	require.Equal(t, traffic, w.traffic(80), "the target group stays")
	w.runs(image)
	require.Equal(t, []int32{5001}, w.openPorts(), "the old port is closed")
	requireStable(t, d)
	d.destroy()
	requireNothingLeft(t, d, before, nil)
}
