package program

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/internal/awsapi"
	"fargate-cd/internal/enginetest"
)

// starting is a fake ECS whose services start their tasks only after the program has registered all resources.
type starting struct {
	*enginetest.Engine
	resources int // how many the program registers
	deadline  time.Time
	waiting   atomic.Int64 // how many the program has not registered by the deadline
}

func (s *starting) DescribeServices(ctx context.Context, in *ecs.DescribeServicesInput, options ...func(*ecs.Options),
) (*ecs.DescribeServicesOutput, error) {
	out, err := s.Engine.DescribeServices(ctx, in, options...)
	if err != nil || s.Count() == s.resources {
		return out, err
	}
	if time.Now().After(s.deadline) {
		s.waiting.Store(int64(s.resources - s.Count()))
		return out, nil
	}
	service := &out.Services[0]
	service.RunningCount, service.Deployments[0].RunningCount = 0, 0
	service.Deployments[0].RolloutState = types.DeploymentRolloutStateInProgress
	return out, nil
}

// Tasks take a minute or two to start. Nothing may wait for them except the end of the update.
func TestNothingWaitsForRunningTasks(t *testing.T) {
	all := runStack(t, enginetest.Stack, twoOfEverything).Count()

	api := &starting{Engine: &enginetest.Engine{}, resources: all, deadline: time.Now().Add(20 * time.Second)}
	require.NoError(t, api.Run(func(ctx *pulumi.Context) error {
		return Run(awsapi.WithClient(ctx, api))
	}, stackFileConfig(t, twoOfEverything)))
	require.Zero(t, api.waiting.Load(), "resources that wait until the tasks run")
}
