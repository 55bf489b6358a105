package fargateservice

import "fargate-cd/internal/problems"

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

// validateCapacity checks the limits of CapacityProviderStrategyItem in the Amazon ECS API Reference.
func (s *Spec) validateCapacity(prefix string, found *problems.List) {
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
		found.Add(prefix+"capacityProviderStrategy", "no weight", "a weight of 1 or more for at least one capacity provider, which gets the tasks beyond the base")
	}
}
