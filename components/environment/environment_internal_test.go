package environment

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/internal/enginetest"
)

// Each field with a pulumi tag is an output of the component, whoever created the cluster. The simulated engine does not
// record the outputs of components, so the test compares the values that New and NewGuest register.
func TestOutputs(t *testing.T) {
	var want []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Environment]()) {
		if key := field.Tag.Get("pulumi"); key != "" && len(field.Index) == 1 {
			want = append(want, key)
		}
	}
	want = append(want, LoadBalancerPublic)
	r := &enginetest.Engine{Stacks: map[string]map[string]any{"organization/fargate-cd/platform": {OutputName: map[string]any{
		"clusterName": "platform", "vpcId": "vpc-1", "taskSubnetIds": []any{"subnet-1"},
		"public": map[string]any{"listenerArn": "arn:aws:elasticloadbalancing:eu-central-1:111122223333:listener/app/a/b/c", "securityGroupId": "sg-1"},
	}}}}
	r.MustRun(t, func(ctx *pulumi.Context) error {
		guest, err := NewGuest(ctx, "guest", &GuestArgs{Stack: "platform", FixedName: "guest"})
		if err != nil {
			return err
		}
		require.ElementsMatch(t, want, slices.Collect(maps.Keys(guest.outputs())))
		owner, err := New(ctx, "owner", &Args{ClusterName: "owner"})
		if err != nil {
			return err
		}
		require.ElementsMatch(t, want, slices.Collect(maps.Keys(owner.outputs())))
		return nil
	})
}
