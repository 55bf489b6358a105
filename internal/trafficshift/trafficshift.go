// Package trafficshift reads the names of CodeDeploy's predefined deployment configurations for Amazon ECS.
package trafficshift

import "regexp"

// Shift describes how a deployment shifts the traffic to the new version.
type Shift struct {
	// Kind is how the traffic is shifted.
	Kind Kind
	// Percent is the part of the traffic in each step, and Minutes the time between the steps. Both are empty for
	// AllAtOnce.
	Percent, Minutes string
}

// Kind is a kind of traffic shift.
type Kind int

// The kinds of traffic shifts.
const (
	AllAtOnce Kind = iota // all traffic in one step
	Canary                // a part of the traffic, and after some minutes the rest
	Linear                // equal parts of the traffic, one after the other
)

// stepwise matches the names of the deployment configurations that shift the traffic in steps ("Working with deployment
// configurations", CodeDeploy User Guide).
var stepwise = regexp.MustCompile(`^ECS(?:(Canary)|Linear)(\d+)Percent(?:Every)?(\d+)Minutes$`)

// Of returns the traffic shift of a deployment configuration. The name has no prefix "CodeDeployDefault.".
func Of(name string) Shift {
	parts := stepwise.FindStringSubmatch(name)
	switch {
	case parts == nil:
		return Shift{Kind: AllAtOnce}
	case parts[1] != "":
		return Shift{Kind: Canary, Percent: parts[2], Minutes: parts[3]}
	default:
		return Shift{Kind: Linear, Percent: parts[2], Minutes: parts[3]}
	}
}
