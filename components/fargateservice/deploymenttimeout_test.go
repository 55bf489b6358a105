package fargateservice

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

// The ECS action of CodePipeline does not notice a rollback: it holds its stage
// until this time is over, and must not end before a good deployment does.
func TestDeploymentTimeout(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Spec)
		want   int
	}{
		// A task starts within 120 s, may fail for 60 s and until 3 checks of 10 s have failed, and leaves within 30 s + 30 s: 270 s
		// and a little. Three rounds until the breaker acts, then the way back with 2 checks, 260 s: 18 minutes, in steps of 20.
		"one task":           {func(*Spec) {}, 20},
		"none":               {func(s *Spec) { s.DesiredCount = pulumi.IntRef(0) }, 20},
		"two fail in rounds": {func(s *Spec) { s.DesiredCount = pulumi.IntRef(2) }, 20},
		"three fail at once": {func(s *Spec) { s.DesiredCount = pulumi.IntRef(3) }, 20},
		"many start slowly":  {func(s *Spec) { s.DesiredCount = pulumi.IntRef(1000) }, 20},
		"slow checks":        {func(s *Spec) { s.HealthCheck.IntervalSeconds = 30 }, 40},
		"a patient start":    {func(s *Spec) { s.HealthCheck.GracePeriodSeconds = pulumi.IntRef(300) }, 40},
		"long requests": {func(s *Spec) {
			s.DeregistrationDelaySeconds, s.StopTimeoutSeconds = pulumi.IntRef(120), 120
		}, 40},
		"CodePipeline's most": {func(s *Spec) { s.HealthCheck.GracePeriodSeconds = pulumi.IntRef(2147483647) }, 60},
	} {
		t.Run(name, func(t *testing.T) {
			spec := defaultService()
			test.change(&spec)
			require.Equal(t, test.want, spec.deploymentTimeoutMinutes())
		})
	}
}
