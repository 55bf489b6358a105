package fargateservice_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

// on sets the capacity provider strategy of a rolling service.
func on(strategy ...types.CapacityProviderStrategyItem) func(*types.Service) {
	return func(s *types.Service) { s.CapacityProviderStrategy = strategy }
}

func provider(name string, base, weight int32) types.CapacityProviderStrategyItem {
	return types.CapacityProviderStrategyItem{CapacityProvider: &name, Base: base, Weight: weight}
}

// capacityCase is the capacity of a running service, and what the program does about it.
type capacityCase struct {
	args      *fargateservice.Args // nil: without a strategy
	blueGreen bool
	before    *types.Service
	after     []*types.Service
	preview   bool

	want        []types.CapacityProviderStrategyItem // of the registered service; nil for the launch type
	wantIgnored bool
	wantUpdate  []types.CapacityProviderStrategyItem // of the program's own update; nil for none
	wantAppSpec string                               // the strategy; empty if it does not matter
	wantErr     string
}

// A change of the strategy never replaces the service: ECS or, through the AppSpec, CodeDeploy replaces its tasks.
func TestCapacity(t *testing.T) {
	spot := []types.CapacityProviderStrategyItem{provider("FARGATE", 1, 1), provider("FARGATE_SPOT", 0, 3)}
	spotty := &fargateservice.Args{Spec: fargateservice.Spec{CapacityProviderStrategy: []fargateservice.CapacityProviderSpec{
		{CapacityProvider: "FARGATE_SPOT", Weight: 3}, {CapacityProvider: "FARGATE", Base: 1, Weight: 1},
	}}}
	demand := []types.CapacityProviderStrategyItem{provider("FARGATE", 0, 1)}
	started := rollout(types.DeploymentRolloutStateInProgress, 0)
	const (
		spotAppSpec   = `[{"Base":1,"CapacityProvider":"FARGATE","Weight":1},{"Base":0,"CapacityProvider":"FARGATE_SPOT","Weight":3}]`
		demandAppSpec = `[{"Base":0,"CapacityProvider":"FARGATE","Weight":1}]`
	)
	for name, test := range map[string]capacityCase{
		"a new service":               {args: spotty, want: spot, wantAppSpec: spotAppSpec},
		"a new service, blue/green":   {args: spotty, blueGreen: true, want: spot, wantAppSpec: spotAppSpec},
		"without a strategy":          {before: enginetest.Runs(revision)},
		"the strategy runs":           {args: spotty, before: enginetest.Runs(revision, on(spot[1], spot[0])), want: spot, wantIgnored: true, wantAppSpec: spotAppSpec},
		"it moves, in a preview":      {args: spotty, preview: true, before: enginetest.Runs(revision), want: spot, wantIgnored: true, wantAppSpec: spotAppSpec},
		"the strategy of old, demand": {before: enginetest.Runs(revision, on(demand...)), want: demand, wantIgnored: true, wantAppSpec: demandAppSpec},
		"it moves": {args: spotty, before: enginetest.Runs(revision), want: spot, wantIgnored: true, wantUpdate: spot, wantAppSpec: spotAppSpec,
			after: []*types.Service{enginetest.Runs(revision), enginetest.Runs(revision, on(spot...), started), enginetest.Runs(revision, on(spot...))}},
		"it moves back": {before: enginetest.Runs(revision, on(spot...)), want: demand, wantIgnored: true, wantUpdate: demand,
			after: []*types.Service{enginetest.Runs(revision, on(demand...), started), enginetest.Runs(revision, on(demand...))}},
		"ECS takes it back": {args: spotty, before: enginetest.Runs(revision),
			after:   []*types.Service{enginetest.Runs(revision, on(spot...), started), enginetest.Runs(revision)},
			wantErr: "ECS rolled service web back to its earlier capacity providers."},
		"ECS gives up": {args: spotty, before: enginetest.Runs(revision),
			after:   []*types.Service{enginetest.Runs(revision, on(spot...), rollout(types.DeploymentRolloutStateFailed, 0))},
			wantErr: "ECS gave up moving service web to its capacity providers."},
		"it moves, blue/green": {args: spotty, blueGreen: true, before: enginetest.Runs("", taskSets(revision)), want: spot, wantIgnored: true, wantAppSpec: spotAppSpec},
		"it moves back, blue/green": {blueGreen: true, want: demand, wantIgnored: true, wantAppSpec: demandAppSpec,
			before: enginetest.Runs("", taskSets(revision), func(s *types.Service) { s.TaskSets[0].CapacityProviderStrategy = spot })},
	} {
		t.Run(name, func(t *testing.T) { test.require(t) })
	}
}

// require runs the program and requires what the case wants.
func (c capacityCase) require(t *testing.T) {
	t.Helper()
	args := c.args
	if args == nil {
		args = someService
	}
	after := c.after
	if after == nil && c.before != nil {
		after = []*types.Service{c.before}
	}
	r := &enginetest.Engine{Before: c.before, After: after, Preview: c.preview, Revisions: map[string]types.ContainerDefinition{
		revision: container(image, labels(t, args, c.blueGreen)), "fargate-cd-test-web": container(image, nil),
	}}
	var appSpec string
	err := r.Run(func(ctx *pulumi.Context) error {
		service, err := setup{service: args, blueGreen: c.blueGreen}.register(ctx)
		if err == nil {
			service.AppSpec.ApplyT(func(text string) string { appSpec = text; return text })
		}
		return err
	}, nil)
	if c.wantErr != "" {
		require.ErrorContains(t, err, c.wantErr)
		return
	}
	require.NoError(t, err)
	c.requireService(t, r.One(t, "ecs.Service", "web"))
	var updates []types.CapacityProviderStrategyItem
	for _, update := range r.Updated {
		require.Equal(t, "web", aws.ToString(update.Service))
		require.Equal(t, clusterName, aws.ToString(update.Cluster))
		require.True(t, update.ForceNewDeployment, "ECS requires it")
		updates = append(updates, update.CapacityProviderStrategy...)
	}
	require.Equal(t, c.wantUpdate, updates)
	if c.preview || c.wantAppSpec == "" {
		return
	}
	var parsed struct {
		Resources []struct {
			TargetService struct{ Properties map[string]json.RawMessage }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(appSpec), &parsed))
	require.JSONEq(t, c.wantAppSpec, string(parsed.Resources[0].TargetService.Properties["CapacityProviderStrategy"]))
}

// requireService requires the capacity of the registered service.
func (c capacityCase) requireService(t *testing.T, service *enginetest.Resource) {
	t.Helper()
	require.Equal(t, c.wantIgnored, slices.Contains(service.IgnoreChanges, "capacityProviderStrategies"),
		"without ignoreChanges the provider would replace the service")
	if c.want == nil {
		require.Equal(t, "FARGATE", service.Inputs["launchType"])
		require.NotContains(t, service.Inputs, "capacityProviderStrategies")
		return
	}
	var want list
	for _, each := range c.want {
		want = append(want, object{"capacityProvider": *each.CapacityProvider, "base": float64(each.Base), "weight": float64(each.Weight)})
	}
	require.Equal(t, want, service.Inputs["capacityProviderStrategies"])
	require.NotContains(t, service.Inputs, "launchType")
}

func TestCapacityRefuses(t *testing.T) {
	type item = fargateservice.CapacityProviderSpec
	for name, test := range map[string]struct {
		given []item
		want  string
	}{
		"a provider":       {[]item{{CapacityProvider: "EC2", Weight: 1}}, `capacityProviderStrategy[0].capacityProvider: "EC2" is not allowed: one of FARGATE, FARGATE_SPOT`},
		"a provider twice": {[]item{{"FARGATE", 0, 1}, {"FARGATE", 0, 1}}, `capacityProviderStrategy[1].capacityProvider: "FARGATE" is not allowed: each capacity provider only once`},
		"a base":           {[]item{{"FARGATE", -1, 1}}, "capacityProviderStrategy[0].base: -1 is not allowed: a whole number from 0 to 100000"},
		"two bases":        {[]item{{"FARGATE", 1, 1}, {"FARGATE_SPOT", 1, 1}}, "capacityProviderStrategy[1].base: 1 is not allowed: 0, because another"},
		"a weight":         {[]item{{"FARGATE", 0, 1001}}, "capacityProviderStrategy[0].weight: 1001 is not allowed: a whole number from 0 to 1000"},
		"no weight":        {[]item{{"FARGATE", 1, 0}}, `capacityProviderStrategy: is not allowed: at least one capacity provider must have a weight`},
	} {
		t.Run(name, func(t *testing.T) {
			args := &fargateservice.Args{Spec: fargateservice.Spec{CapacityProviderStrategy: test.given}}
			require.ErrorContains(t, (&enginetest.Engine{}).Run(setup{service: args}.program, nil), test.want)
		})
	}
}
