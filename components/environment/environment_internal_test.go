package environment

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/internal/enginetest"
)

// Each field with a pulumi tag is an output of the component, whoever created the cluster. The output of a load balancer
// of another stack has no zone, because the host does not share it.
func TestOutputs(t *testing.T) {
	want, ofBalancer := enginetest.OutputKeys[Environment](), enginetest.OutputKeys[LoadBalancer]()
	balancer := map[string]any{
		"listenerArn":     "arn:aws:elasticloadbalancing:eu-central-1:111122223333:listener/app/a/b/c",
		"testListenerArn": "arn:aws:elasticloadbalancing:eu-central-1:111122223333:listener/app/a/b/d", "securityGroupId": "sg-1",
	}
	r := &enginetest.Engine{Stacks: map[string]map[string]any{"organization/fargate-cd/platform": {OutputName: map[string]any{
		"clusterName": "platform", "vpcId": "vpc-1", "taskSubnetIds": []any{"subnet-1"}, "public": balancer, "internal": balancer,
	}}}}
	var values <-chan map[string]any
	r.MustRun(t, func(ctx *pulumi.Context) error {
		guest, err := NewGuest(ctx, "guest", &GuestArgs{Stack: "platform", FixedName: "guest"})
		if err != nil {
			return err
		}
		require.Equal(t, want, enginetest.Keys(guest.outputs()))
		require.ElementsMatch(t, ofBalancer, append(enginetest.Keys(guest.Public.outputs()), "zoneId"))
		owner, err := New(ctx, "owner", &Args{
			ClusterName: "owner", LoadBalancers: []string{LoadBalancerPublic, LoadBalancerInternal},
			Spec: Spec{TestListenerPort: 9000, TestIngressCidrBlocks: []string{"203.0.113.0/24"}},
		})
		if err != nil {
			return err
		}
		require.Equal(t, want, enginetest.Keys(owner.outputs()))
		require.Equal(t, ofBalancer, enginetest.Keys(owner.Internal.outputs()))
		values = enginetest.Values(owner.Public.outputs())
		return nil
	})
	require.Equal(t, map[string]any{
		"dnsName": "owner-alb.elb.example", "zoneId": "zone of owner-alb", "securityGroupId": "owner-alb-securitygroup",
		"arn": "arn:aws:lb:eu-central-1:111122223333:loadbalancer/owner-alb", "arnSuffix": "loadbalancer/owner-alb",
		"listenerArn":     "arn:aws:lb:eu-central-1:111122223333:listener/owner-production",
		"testListenerArn": "arn:aws:lb:eu-central-1:111122223333:listener/owner-test",
	}, <-values)
}
