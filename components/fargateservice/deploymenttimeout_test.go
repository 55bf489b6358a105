package fargateservice

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/internal/defaults"
)

// CodePipeline's ECS action does not notice a rollback. It blocks its stage until this
// timeout, which must not end before a successful deployment does.
func TestDeploymentTimeout(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Spec)
		want   int
	}{
		// A task starts within 120 s, has a grace period of 60 s, fails 3 checks of 10 s, and stops within 30 s + 30 s:
		// about 270 s. The circuit breaker acts after three rounds. The rollback needs 2 checks: 260 s. These 18 minutes
		// are rounded up to 20.
		"one task":           {func(*Spec) {}, 20},
		"none":               {func(s *Spec) { s.DesiredCount = pulumi.IntRef(0) }, 20},
		"two fail in rounds": {func(s *Spec) { s.DesiredCount = pulumi.IntRef(2) }, 20},
		"three fail at once": {func(s *Spec) { s.DesiredCount = pulumi.IntRef(3) }, 20},
		"many start slowly":  {func(s *Spec) { s.DesiredCount = pulumi.IntRef(1000) }, 20},
		"none until it scales": {func(s *Spec) {
			s.DesiredCount, s.Scaling = pulumi.IntRef(0), &ScalingSpec{MinCapacity: pulumi.IntRef(0), MaxCapacity: pulumi.IntRef(5000)}
		}, 40},
		"slow checks":  {func(s *Spec) { s.HealthCheck.IntervalSeconds = 30 }, 40},
		"a long grace": {func(s *Spec) { s.HealthCheck.GracePeriodSeconds = pulumi.IntRef(300) }, 40},
		"long requests": {func(s *Spec) {
			s.DeregistrationDelaySeconds, s.StopTimeoutSeconds = pulumi.IntRef(120), 120
		}, 40},
		"the maximum": {func(s *Spec) { s.HealthCheck.GracePeriodSeconds = pulumi.IntRef(2147483647) }, 60},
	} {
		t.Run(name, func(t *testing.T) {
			spec, rolling := defaultService(), RollingSpec{}
			defaults.Set(&rolling)
			test.change(&spec)
			require.Equal(t, test.want, spec.deploymentTimeoutMinutes(&rolling, false))
		})
	}
}
