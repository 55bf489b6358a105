//go:build acceptance

package acceptance

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
	"fargate-cd/acceptance/internal/readback"
)

// TestWorker begins with a service without path patterns, in a stack without a load
// balancer. It adds path patterns and removes them again. The ECS service is not replaced.
func TestWorker(t *testing.T) {
	t.Parallel()
	d := lab.NewStack(t, "Pulumi.test.yaml", nil)
	paths := d.Services()[0]["pathPatterns"]
	service := func() types.Service {
		services := lab.Ask(t, d.ECS.DescribeServices, &ecs.DescribeServicesInput{
			Cluster: aws.String("fargate-cd-" + d.Name), Services: []string{"welcomer"},
		}).Services
		require.Len(t, services, 1)
		return services[0]
	}
	requireNoBalancer := func() {
		require.Empty(t, lab.Balancers(t, d))
		require.Empty(t, lab.TargetGroups(t, d))
		require.Empty(t, service().LoadBalancers)
		require.EqualValues(t, 1, service().RunningCount)
		d.RequireStable()
	}
	d.Services()[0]["pathPatterns"] = []string{}
	d.Up()
	requireNoBalancer()
	created := service().CreatedAt

	d.Services()[0]["pathPatterns"] = paths
	d.Up()
	t.Run("reached", func(t *testing.T) { readback.Compare(t, d, readback.Systems["Pulumi.test.yaml"]) })

	d.Services()[0]["pathPatterns"] = []string{}
	d.Up()
	requireNoBalancer()
	require.Equal(t, created, service().CreatedAt, "the service is the same")
	d.End()
}
