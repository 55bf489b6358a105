package sandbox

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/stretchr/testify/require"
)

// A creation time without a source cannot be checked, and a creation time of a type without a row has no effect.
func TestCreationTimes(t *testing.T) {
	for token, typical := range creationTimes {
		require.Contains(t, kinds, token)
		require.NotEmpty(t, typical.source, token)
		require.Greater(t, typical.takes, otherTypes, token)
	}
	require.Equal(t, 165*time.Second, CreationTime(balancerType))
	require.Equal(t, time.Second, CreationTime(listenerType))
}

func TestLatencyOfCreations(t *testing.T) {
	l, err := newLatency(0.5)
	require.NoError(t, err)
	all := l.faults()
	require.Len(t, all, len(kinds))
	require.Contains(t, all, Fault{Operation: "create", Type: clusterType, Delay: 5500 * time.Millisecond})

	none, err := newLatency(0)
	require.NoError(t, err)
	require.Empty(t, none.faults())
	_, err = newLatency(-1)
	require.ErrorContains(t, err, "latency scale -1; allowed are 0 for no latency and positive numbers")
}

// The tasks of a service run some time after the service is created, and the tasks of a new revision some time after
// the update.
func TestLatencyOfTasks(t *testing.T) {
	d := newDesk(t)
	l, err := newLatency(0.002) // 180 ms
	require.NoError(t, err)
	d.server.latency = l
	s := d.site("ECS")
	inputs := d.serviceInputs(s)
	id, state := d.create(serviceType, "web", inputs)
	api := (&Sandbox{store: d.server.store, latency: l}).API("eu-central-1")
	ask := func(ctx context.Context) error {
		_, err := api.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &s.cluster, Services: []string{"web"}})
		return err
	}
	waits := func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		return ask(ctx) != nil
	}
	require.True(t, waits())
	require.NoError(t, ask(t.Context()))
	require.False(t, waits())

	counted := merged(inputs, props{"desiredCount": 2})
	state, err = d.update(serviceType, "web", id, state, inputs, counted)
	require.NoError(t, err)
	require.False(t, waits(), "the running tasks answer while more start")
	moved := merged(counted, props{"taskDefinition": d.register("web", "image:2")})
	_, err = d.update(serviceType, "web", id, state, counted, moved)
	require.NoError(t, err)
	require.True(t, waits())
	require.NoError(t, ask(t.Context()))
}
