package trafficshift

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The summary of a change and the picture of a stack describe the shift by these numbers.
func TestOf(t *testing.T) {
	for name, want := range map[string]Shift{
		"ECSAllAtOnce":                    {Kind: AllAtOnce},
		"ECSCanary10Percent5Minutes":      {Kind: Canary, Percent: "10", Minutes: "5"},
		"ECSCanary10Percent15Minutes":     {Kind: Canary, Percent: "10", Minutes: "15"},
		"ECSLinear10PercentEvery1Minutes": {Kind: Linear, Percent: "10", Minutes: "1"},
		"ECSLinear10PercentEvery3Minutes": {Kind: Linear, Percent: "10", Minutes: "3"},
	} {
		require.Equal(t, want, Of(name), name)
	}
}
