package stack

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"fargate-cd/automation/sandbox"
)

// Link is one step of a Chain.
type Link struct {
	// Type and Name identify the resource. Type is TasksRun for the start of an ECS service's tasks.
	Type, Name string
	// Takes is the time that AWS typically takes for the step.
	Takes time.Duration
}

// Chain is a sequence of resources, each of which is created after the previous one, so that Up takes at least the sum
// of their times.
type Chain []Link

// TasksRun is the type of the link for the start of an ECS service's tasks. Up waits until the tasks run.
const TasksRun = "tasks run"

// The type of an ECS service, and the package whose components a provider creates.
const (
	serviceType   = "aws:ecs/service:Service"
	remotePackage = "awsx"
)

// Takes returns the time that AWS typically takes for the whole chain.
func (c Chain) Takes() time.Duration {
	var sum time.Duration
	for _, link := range c {
		sum += link.Takes
	}
	return sum
}

// LongestChain returns the chain of the stack's resources that takes AWS the longest, according to the dependencies in
// the engine's state. Up of a new stack takes about as long.
func (s *Stack) LongestChain(ctx context.Context) (Chain, error) {
	state, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	return longest(newGraph(state.Resources).chains()), nil
}

// graph holds the dependencies between resources, which determine the order of their creation.
type graph struct {
	resources map[resource.URN]apitype.ResourceV3
	children  map[resource.URN][]resource.URN
	known     map[resource.URN]Chain
}

func newGraph(resources []apitype.ResourceV3) *graph {
	g := &graph{
		resources: map[resource.URN]apitype.ResourceV3{}, children: map[resource.URN][]resource.URN{},
		known: map[resource.URN]Chain{},
	}
	for _, r := range resources {
		g.resources[r.URN] = r
		g.children[r.Parent] = append(g.children[r.Parent], r.URN)
	}
	return g
}

// chains returns, for each resource, the longest chain that ends with it. The chain of an ECS service ends with the
// start of its tasks.
func (g *graph) chains() map[resource.URN]Chain {
	all := map[resource.URN]Chain{}
	for urn, r := range g.resources {
		all[urn] = g.chain(urn)
		if r.Type == serviceType {
			all[urn] = append(slices.Clip(all[urn]), Link{TasksRun, urn.Name(), sandbox.TaskStartTime})
		}
	}
	return all
}

// chain returns the longest chain that ends with a resource.
func (g *graph) chain(urn resource.URN) Chain {
	if found, known := g.known[urn]; known {
		return found
	}
	g.known[urn] = nil // a resource does not wait for itself
	before := map[resource.URN]Chain{}
	for _, other := range g.waitsFor(urn) {
		before[other] = g.chain(other)
	}
	found := longest(before)
	if r := g.resources[urn]; r.Custom && string(r.Type.Package()) == "aws" && !r.External {
		found = append(slices.Clip(found), Link{string(r.Type), urn.Name(), sandbox.CreationTime(string(r.Type))})
	}
	g.known[urn] = found
	return found
}

// waitsFor returns the resources that must exist before a resource is created. The creation of a provider's component
// begins when its inputs are known, and its outputs are known only when all of its children exist.
func (g *graph) waitsFor(urn resource.URN) []resource.URN {
	r := g.resources[urn]
	needed := slices.Clone(r.Dependencies)
	for _, urns := range r.PropertyDependencies {
		needed = append(needed, urns...)
	}
	for parent, ok := g.resources[r.Parent]; ok; parent, ok = g.resources[parent.Parent] {
		if parent.Custom {
			needed = append(needed, parent.URN)
			break
		}
		if isRemote(parent) {
			needed = append(needed, parent.Dependencies...)
		}
	}
	var all []resource.URN
	for _, other := range needed {
		all = append(all, other)
		if isRemote(g.resources[other]) {
			all = append(all, g.below(other)...)
		}
	}
	return all
}

// below returns all descendants of a resource.
func (g *graph) below(urn resource.URN) []resource.URN {
	var all []resource.URN
	for _, child := range g.children[urn] {
		all = append(append(all, child), g.below(child)...)
	}
	return all
}

// isRemote reports whether a resource is a component that a provider creates.
func isRemote(r apitype.ResourceV3) bool {
	return !r.Custom && string(r.Type.Package()) == remotePackage
}

// longest returns the chain that takes the longest; among equally long ones, the chain of the first URN.
func longest(chains map[resource.URN]Chain) Chain {
	var found Chain
	for _, urn := range slices.Sorted(maps.Keys(chains)) {
		if chain := chains[urn]; found == nil || chain.Takes() > found.Takes() {
			found = chain
		}
	}
	return found
}
