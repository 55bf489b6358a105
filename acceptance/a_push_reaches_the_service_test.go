//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
	"fargate-cd/acceptance/internal/readback"
)

// pushReachesTheService pushes two versions, each of which replaces the running one.
func pushReachesTheService(t *testing.T, w *lab.Delivery) {
	require.Equal(t, readback.Bootstrap, w.Running(), "image before the first push")
	first := w.Arrives()
	w.RequireStable()
	w.Change()
	require.NotEqual(t, first, w.Arrives(), "each commit has its own image")
}

// pushReachesTheBlueGreenService does the same with a blue/green service. Each version
// moves the traffic to the other target group.
func pushReachesTheBlueGreenService(t *testing.T, w *lab.Delivery) {
	require.Equal(t, readback.Bootstrap, w.Running(), "image before the first push")
	blue := w.Traffic(w.ProductionPort())
	require.Equal(t, blue, w.Traffic(8080), "without a deployment the test listener leads to the running version")
	first := w.Arrives()
	require.NotEqual(t, blue, w.Traffic(w.ProductionPort()), "the first version is in the other target group")
	w.RequireStable()
	w.Change()
	require.NotEqual(t, first, w.Arrives(), "each commit has its own image")
	require.Equal(t, blue, w.Traffic(w.ProductionPort()), "the second version is in the first target group")
}
