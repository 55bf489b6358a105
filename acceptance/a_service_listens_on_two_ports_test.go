//go:build acceptance

package acceptance

import (
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/stretchr/testify/require"

	"fargate-cd/acceptance/internal/lab"
)

// TestAdditionalPort adds a port with its own path patterns to a running service, and removes it again. A push keeps the
// port. Each task is a healthy target on both ports.
func TestAdditionalPort(t *testing.T) {
	t.Parallel()
	d := lab.NewStack(t, "Pulumi.test.yaml", nil).Alone()
	d.Up()
	w := lab.Follow(d, "welcomer", "welcomer")
	require.Equal(t, []int32{5000}, w.OpenPorts())

	d.Services()[0]["additionalPorts"] = []any{map[string]any{"containerPort": 9090, "pathPatterns": []string{"/admin/*"},
		"healthCheck": map[string]any{"path": "/admin/health"}}}
	d.Up()
	require.ElementsMatch(t, []int32{5000, 9090}, w.OpenPorts())
	requirePorts := func(want ...string) {
		t.Helper()
		require.Equal(t, want, healthyPorts(t, d, w))
		d.RequireStable()
	}
	requirePorts("welcomer-9090 9090 /admin/health", "welcomer-blue 5000 /welcomer/hello")

	w.Change()
	_, execution := w.Push()
	w.Succeeds(execution)
	requirePorts("welcomer-9090 9090 /admin/health", "welcomer-blue 5000 /welcomer/hello")

	delete(d.Services()[0], "additionalPorts")
	d.Up()
	require.Equal(t, []int32{5000}, w.OpenPorts())
	requirePorts("welcomer-blue 5000 /welcomer/hello")
	d.End()
}

// healthyPorts returns the target groups in which ECS registers the tasks of a service, with the ports of their healthy
// targets and the path of their health check. It requires that the load balancer forwards to each target group.
func healthyPorts(t *testing.T, d *lab.Stack, w *lab.Delivery) []string {
	t.Helper()
	groups := map[string]types.TargetGroup{}
	for _, group := range lab.TargetGroups(t, d) {
		groups[aws.ToString(group.TargetGroupArn)] = group
	}
	var found []string
	for _, registered := range w.Now().LoadBalancers {
		arn := aws.ToString(registered.TargetGroupArn)
		require.Contains(t, w.Traffic(w.ProductionPort()), arn+" 100 %")
		health := lab.Ask(t, d.ELB.DescribeTargetHealth, &elasticloadbalancingv2.DescribeTargetHealthInput{TargetGroupArn: &arn})
		for _, target := range health.TargetHealthDescriptions {
			if target.TargetHealth.State == types.TargetHealthStateEnumHealthy {
				found = append(found, fmt.Sprintf("%s %d %s", lab.WithoutSuffix(aws.ToString(groups[arn].TargetGroupName)),
					aws.ToInt32(target.Target.Port), aws.ToString(groups[arn].HealthCheckPath)))
			}
		}
	}
	slices.Sort(found)
	return found
}
