package bluegreen

import (
	"slices"

	"fargate-cd/internal/problems"
)

// strategies are CodeDeploy's predefined deployment configurations for
// Amazon ECS, without their common prefix ("Working with deployment
// configurations", CodeDeploy User Guide).
var strategies = []string{
	"ECSAllAtOnce",
	"ECSCanary10Percent5Minutes",
	"ECSCanary10Percent15Minutes",
	"ECSLinear10PercentEvery1Minutes",
	"ECSLinear10PercentEvery3Minutes",
}

// Strategies returns the values of Args.Strategy.
func Strategies() []string { return slices.Clone(strategies) }

// Spec holds the settings of a blue/green deployment that a stack file can set.
type Spec struct {
	// ReadyWaitMinutes is the time for which a blue/green deployment waits for a person to reroute the traffic, in
	// minutes. After this time the deployment stops. During the wait, the new version is on the test listener. 0
	// reroutes the traffic without waiting.
	ReadyWaitMinutes int `json:"readyWaitMinutes"`
	// TerminationWaitMinutes is the time for which a blue/green deployment keeps the old tasks for an instant rollback,
	// in minutes.
	TerminationWaitMinutes *int `json:"terminationWaitMinutes" default:"5"`
}

// Validate reports the values that AWS would refuse, under keys that begin with the prefix.
func (s *Spec) Validate(prefix string, found *problems.List) {
	found.Between(prefix+"readyWaitMinutes", s.ReadyWaitMinutes, 0, 2880)
	found.Between(prefix+"terminationWaitMinutes", *s.TerminationWaitMinutes, 0, 2880)
}
