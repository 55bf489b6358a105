package fargateservice

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/problems"
)

// CapacityProviderSpec is the share of a service's tasks that runs on one capacity provider.
type CapacityProviderSpec struct {
	// CapacityProvider is the capacity provider: FARGATE (on demand) or FARGATE_SPOT. FARGATE_SPOT costs less, but AWS
	// stops its tasks two minutes after a warning when it needs the capacity. Required.
	CapacityProvider string `json:"capacityProvider"`
	// Base is the minimum number of tasks on the provider. Only one provider can have a base.
	Base int `json:"base"`
	// Weight is the provider's share of the tasks beyond the base, relative to the weight of the other provider.
	Weight int `json:"weight"`
}

// Capacity providers of Fargate. ARM64 tasks run on both (CapacityProviderStrategyItem, Amazon ECS API Reference).
const (
	capacityFargate = "FARGATE"
	capacitySpot    = "FARGATE_SPOT"
)

// validateCapacityProviders checks the limits of CapacityProviderStrategyItem in the Amazon ECS API Reference.
func (s *Spec) validateCapacityProviders(prefix string, found *problems.List) {
	weights, bases := 0, 0
	for i, each := range s.CapacityProviderStrategy {
		key := prefix + problems.Indexed("capacityProviderStrategy", i) + "."
		found.OneOf(key+"capacityProvider", each.CapacityProvider, capacityFargate, capacitySpot)
		for _, other := range s.CapacityProviderStrategy[:i] {
			if other.CapacityProvider == each.CapacityProvider {
				found.Add(key+"capacityProvider", each.CapacityProvider, "each capacity provider only once")
			}
		}
		found.Between(key+"base", each.Base, 0, 100000)
		found.Between(key+"weight", each.Weight, 0, 1000)
		if each.Base != 0 && bases != 0 {
			found.Add(key+"base", each.Base, "0, because another capacity provider has a base")
		}
		weights, bases = weights+each.Weight, bases+each.Base
	}
	if len(s.CapacityProviderStrategy) > 0 && weights == 0 {
		found.Conflict(prefix+"capacityProviderStrategy", "at least one capacity provider must have a weight of 1 or more: it gets the tasks beyond the base")
	}
}

// capacity returns the capacity provider strategy of the tasks, sorted by provider name. It is empty when the tasks use
// the launch type FARGATE.
//
// If the running service has a strategy and the configuration no longer has one, capacity returns a strategy with only
// FARGATE, which is the same capacity as the launch type. CodeDeploy cannot return to the launch type, because an
// AppSpec has no field for it.
func (s *FargateService) capacity() []CapacityProviderSpec {
	wanted := slices.Clone(s.spec.CapacityProviderStrategy)
	if len(wanted) == 0 && s.keepsService() && len(s.running.capacity) > 0 {
		wanted = []CapacityProviderSpec{{CapacityProvider: capacityFargate, Weight: 1}}
	}
	sortCapacity(wanted)
	return wanted
}

// describeCapacity returns the text of a strategy, such as "FARGATE (base 1, weight 1), FARGATE_SPOT (weight 3)".
func describeCapacity(strategy []CapacityProviderSpec) string {
	if len(strategy) == 0 {
		return capacityFargate // the launch type
	}
	var out []string
	for _, each := range strategy {
		text := each.CapacityProvider
		switch {
		case len(strategy) == 1:
		case each.Base > 0:
			text += fmt.Sprintf(" (base %d, weight %d)", each.Base, each.Weight)
		default:
			text += fmt.Sprintf(" (weight %d)", each.Weight)
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

func sortCapacity(strategy []CapacityProviderSpec) {
	slices.SortFunc(strategy, func(a, b CapacityProviderSpec) int { return cmp.Compare(a.CapacityProvider, b.CapacityProvider) })
}

// setCapacity sets the launch type or the capacity providers in the arguments of the service. It returns the properties
// whose changes the provider must ignore.
//
// The provider sets capacity providers when it creates a service, and never changes them. It keeps a launch type that
// the program no longer sets. It would replace a service that gets its first strategy or loses its last one
// (capacity_provider_strategy, Resource: aws_ecs_service). On a rolling service moveCapacity changes the capacity
// providers. On a blue/green service the AppSpec does.
func (s *FargateService) setCapacity(args *ecs.ServiceArgs) (ignored []string) {
	strategy := s.capacity()
	if len(strategy) == 0 {
		args.LaunchType = pulumi.String(launchType)
		return nil
	}
	list := ecs.ServiceCapacityProviderStrategyArray{}
	for _, each := range strategy {
		list = append(list, ecs.ServiceCapacityProviderStrategyArgs{
			CapacityProvider: pulumi.String(each.CapacityProvider), Base: pulumi.Int(each.Base), Weight: pulumi.Int(each.Weight),
		})
	}
	args.CapacityProviderStrategies = list
	if s.keepsService() {
		return []string{"capacityProviderStrategies"}
	}
	return nil
}

// movesCapacity reports whether the update moves the tasks of a rolling service to other capacity providers.
func (s *FargateService) movesCapacity() bool {
	return !s.blueGreen && s.keepsService() && !slices.Equal(s.running.capacity, s.capacity())
}

// announceCapacityMove tells the user that the update moves the tasks of a rolling service to other capacity providers.
func (s *FargateService) announceCapacityMove(ctx *pulumi.Context) error {
	if !s.movesCapacity() {
		return nil
	}
	return ctx.Log.Info(fmt.Sprintf("ECS replaces the tasks of %s: %s → %s.", s.name,
		describeCapacity(s.running.capacity), describeCapacity(s.capacity())), &pulumi.LogArgs{Resource: s})
}

// moveCapacity makes ECS replace the tasks of a rolling service with tasks on the configured capacity providers. A
// changed strategy requires a new deployment (UpdateService, Amazon ECS API Reference).
func (s *FargateService) moveCapacity(ctx context.Context) error {
	cluster := s.environment.Cluster()
	input := &awsecs.UpdateServiceInput{Cluster: &cluster, Service: &s.name, ForceNewDeployment: true}
	for _, each := range s.capacity() {
		input.CapacityProviderStrategy = append(input.CapacityProviderStrategy, types.CapacityProviderStrategyItem{
			CapacityProvider: aws.String(each.CapacityProvider), Base: int32(each.Base), Weight: int32(each.Weight),
		})
	}
	if _, err := s.environment.ECS().UpdateService(ctx, input); err != nil {
		return fmt.Errorf("moving service %s to its capacity providers: %w", s.name, err)
	}
	return nil
}

// checkCapacity returns an error if ECS has rolled the service back to its earlier capacity providers.
func (s *FargateService) checkCapacity(now *running) error {
	if now == nil || !s.movesCapacity() || slices.Equal(now.capacity, s.capacity()) {
		return nil
	}
	return fmt.Errorf("ECS rolled service %s back to its earlier capacity providers.%s", s.name, now.why(s.running))
}

// summarizeCapacity converts a strategy from DescribeServices.
func summarizeCapacity(strategy []types.CapacityProviderStrategyItem) []CapacityProviderSpec {
	var out []CapacityProviderSpec
	for _, each := range strategy {
		out = append(out, CapacityProviderSpec{aws.ToString(each.CapacityProvider), int(each.Base), int(each.Weight)})
	}
	sortCapacity(out)
	return out
}

// appSpecCapacity is an entry of CapacityProviderStrategy in an AppSpec ("AppSpec 'resources' section", AWS CodeDeploy User
// Guide).
type appSpecCapacity struct {
	Base             int
	CapacityProvider string
	Weight           int
}

// appSpecCapacities returns the strategy of the next task set. Without a strategy, CodeDeploy starts the tasks with the
// launch type.
func (s *FargateService) appSpecCapacities() []appSpecCapacity {
	var out []appSpecCapacity
	for _, each := range s.capacity() {
		out = append(out, appSpecCapacity{each.Base, each.CapacityProvider, each.Weight})
	}
	return out
}
