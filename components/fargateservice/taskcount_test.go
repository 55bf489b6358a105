package fargateservice_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

// Application Auto Scaling controls the number of tasks of a scaled service. The
// program corrects only a number outside the limits, and keeps the number when it
// replaces the service.
func TestScalingOwnsTheCount(t *testing.T) {
	runs := func(tasks int32, blueGreen bool) *types.Service {
		if blueGreen {
			return enginetest.Runs("", taskSets(revision), func(s *types.Service) {
				s.TaskSets[0].ComputedDesiredCount, s.TaskSets[0].RunningCount = tasks, tasks
			})
		}
		return enginetest.Runs(revision, func(s *types.Service) { s.Deployments[0].DesiredCount, s.Deployments[0].RunningCount = tasks, tasks })
	}
	nothing := func(*fargateservice.ScalingSpec) {}
	night := func(s *fargateservice.ScalingSpec) {
		s.Schedules = []fargateservice.ScheduleSpec{{Name: "night", Cron: "0 20 * * ? *", MinCapacity: pulumi.IntRef(0), MaxCapacity: pulumi.IntRef(0)}}
	}
	for name, test := range map[string]struct {
		args          *fargateservice.Args
		from, to      bool // blue/green before and after
		tasks         int32
		want          float64
		wantUnchanged bool
	}{
		"within the limits":             {args: scaled(nothing), tasks: 5, want: 5, wantUnchanged: true},
		"within the limits, blue/green": {args: scaled(nothing), from: true, to: true, tasks: 5, want: 5, wantUnchanged: true},
		"below the minimum":             {args: scaled(nothing), tasks: 1, want: 2},
		"above the maximum":             {args: scaled(nothing), tasks: 9, want: 6},
		"the night's limits":            {args: scaled(night), tasks: 0, want: 0, wantUnchanged: true},
		"a replaced service":            {args: scaled(nothing), to: true, tasks: 5, want: 5},
		"without scaling":               {args: someService, tasks: 5, want: 1},
	} {
		t.Run(name, func(t *testing.T) {
			ran := container(image, labels(t, someService, test.from))
			r := &enginetest.Engine{Before: runs(test.tasks, test.from), Newest: 7, Revisions: map[string]types.ContainerDefinition{
				revision: ran, "fargate-cd-test-web": ran,
			}}
			r.MustRun(t, setup{service: test.args, blueGreen: test.to}.program)
			service := r.One(t, "ecs.Service", "web")
			require.Equal(t, test.want, service.Inputs["desiredCount"])
			if test.wantUnchanged {
				require.Contains(t, service.IgnoreChanges, "desiredCount")
			} else {
				require.NotContains(t, service.IgnoreChanges, "desiredCount")
			}
		})
	}
}
