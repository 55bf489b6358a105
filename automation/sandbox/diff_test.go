package sandbox

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"
)

func TestDiff(t *testing.T) {
	auto := []any{"name"}
	for _, c := range []struct {
		why, token          string
		olds, news          props
		replaces            []string
		deleteFirst, nodiff bool
	}{
		{"nothing", clusterType, props{"name": "a"}, props{"name": "a"}, nil, false, true},
		{"what Check chose is no input", clusterType, props{"name": "a", defaultsKey: auto}, props{"name": "a"}, nil, false, true},
		{"in place", serviceType, props{"desiredCount": 1}, props{"desiredCount": 2}, nil, false, false},
		{"immutable", targetGroupType, props{"name": "a", "port": 80, defaultsKey: auto}, props{"name": "a", "port": 81, defaultsKey: auto},
			[]string{"port"}, false, false},
		{"immutable with a name of the program's", targetGroupType, props{"name": "a", "port": 80}, props{"name": "a", "port": 81},
			[]string{"port"}, true, false},
		{"new name", targetGroupType, props{"name": "a"}, props{"name": "b"}, []string{"name"}, false, false},
		{"nested immutable", serviceType, props{"deploymentController": props{"type": "ECS"}},
			props{"deploymentController": props{"type": "CODE_DEPLOY"}}, []string{"deploymentController.type"}, false, false},
		{"nested immutable added", serviceType, props{}, props{"deploymentController": props{"type": "CODE_DEPLOY"}},
			[]string{"deploymentController"}, false, false},
		{"unknown may be a change", serviceType, props{"taskDefinition": "a"}, props{"taskDefinition": unknownValue}, nil, false, false},
		{"unknown and immutable", listenerType, props{"loadBalancerArn": "a"}, props{"loadBalancerArn": unknownValue},
			[]string{"loadBalancerArn"}, false, false},
		{"AWS keeps what is no longer asked for", balancerType, props{"ipAddressType": "x"}, props{}, nil, false, true},
		{"task definitions do not change", taskDefinitionType, props{"cpu": "256"}, props{"cpu": "512"}, []string{"cpu"}, false, false},
	} {
		got := kinds[c.token].diff(resource.NewPropertyMapFromMap(c.olds), resource.NewPropertyMapFromMap(c.news))
		require.Equal(t, c.replaces, got.GetReplaces(), c.why)
		require.Equal(t, c.deleteFirst, got.GetDeleteBeforeReplace(), c.why)
		require.Equal(t, c.nodiff, len(got.GetDetailedDiff()) == 0, c.why)
		require.Equal(t, c.nodiff, got.GetChanges().String() == "DIFF_NONE", c.why)
	}
}
