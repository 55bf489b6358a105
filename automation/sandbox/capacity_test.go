package sandbox

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/require"
)

// UpdateService changes the capacity providers of a rolling service to those of its cluster, but refuses this for a
// service of CodeDeploy.
func TestUpdateService(t *testing.T) {
	spot := []types.CapacityProviderStrategyItem{{CapacityProvider: aws.String("FARGATE_SPOT"), Weight: 1}}
	for controller, want := range map[string]string{"ECS": "", "CODE_DEPLOY": "Unable to update capacity provider strategy on services with a CODE_DEPLOY"} {
		t.Run(controller, func(t *testing.T) {
			d := newDesk(t)
			s := d.site(controller)
			d.create(serviceType, "web", d.serviceInputs(s))
			move := func() error {
				_, err := d.ecs().UpdateService(d.ctx, &ecs.UpdateServiceInput{Cluster: &s.cluster, Service: aws.String("web"), CapacityProviderStrategy: spot})
				return err
			}
			if want != "" {
				require.ErrorContains(t, move(), want)
				return
			}
			require.ErrorContains(t, move(), "The specified capacity provider FARGATE_SPOT was not found in cluster main")
			d.create(capacityType, "capacity", props{"clusterName": "main", "capacityProviders": []any{"FARGATE", "FARGATE_SPOT"}})
			require.NoError(t, move())
			require.Equal(t, spot, d.service().CapacityProviderStrategy)
		})
	}
	d := newDesk(t)
	s := d.site("ECS")
	_, err := d.ecs().UpdateService(d.ctx, &ecs.UpdateServiceInput{Cluster: &s.cluster, Service: aws.String("none")})
	require.ErrorContains(t, err, "Service not found")
}
