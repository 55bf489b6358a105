package fargateservice

import (
	"slices"
	"strings"

	"fargate-cd/internal/cycle"
	"fargate-cd/internal/problems"
)

// DependencySpec makes a container wait for another container of the task before it starts. When the task stops, the
// order is reversed.
type DependencySpec struct {
	// ContainerName is the name of the other container: the name of a sidecar or of the service. Required.
	ContainerName string `json:"containerName"`
	// Condition is the state that the other container must reach first: START (it runs), HEALTHY (its
	// containerHealthCheck succeeds), COMPLETE (it has ended) or SUCCESS (it has ended with the exit code 0). COMPLETE
	// and SUCCESS require a container that is not essential. Required.
	Condition string `json:"condition"`
}

// Conditions of a dependency in ECS.
const (
	conditionStart    = "START"
	conditionComplete = "COMPLETE"
	conditionSuccess  = "SUCCESS"
	conditionHealthy  = "HEALTHY"
)

// member holds the properties of a container that the check of the dependencies needs.
type member struct {
	name, key      string // key is the path of dependsOn
	essential      bool
	hasHealthCheck bool
	dependsOn      []DependencySpec
}

// validateDependencies checks the limits of ContainerDependency in the Amazon ECS API Reference.
func validateDependencies(members []member, found *problems.List) {
	byName := map[string]*member{}
	var names []string
	for i := range members {
		byName[members[i].name] = &members[i]
		names = append(names, members[i].name)
	}
	for _, m := range members {
		var seen []string
		for i, each := range m.dependsOn {
			key := problems.Indexed(m.key, i) + "."
			found.OneOf(key+"condition", each.Condition, conditionStart, conditionComplete, conditionSuccess, conditionHealthy)
			other := byName[each.ContainerName]
			switch {
			case other == nil || other.name == m.name || slices.Contains(seen, each.ContainerName):
				others := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == m.name })
				found.Add(key+"containerName", each.ContainerName, "another container of the task, each only once: %s", strings.Join(others, ", "))
			case each.Condition == conditionHealthy && !other.hasHealthCheck:
				found.Add(key+"condition", each.Condition, "%s requires a containerHealthCheck of %s", conditionHealthy, other.name)
			case (each.Condition == conditionComplete || each.Condition == conditionSuccess) && other.essential:
				found.Add(key+"condition", each.Condition, "%s or %s, because %s is essential: when it ends, the task ends",
					conditionStart, conditionHealthy, other.name)
			}
			seen = append(seen, each.ContainerName)
		}
	}
	if path := findCycle(members, byName); path != nil {
		found.Add(byName[path[0]].key, strings.Join(path, " → "), "no cycle, in which each container waits for the next one")
	}
}

// findCycle returns the names of containers that wait for each other, beginning and ending with the same one; nil for none.
func findCycle(members []member, byName map[string]*member) []string {
	waitsFor := func(name string) []string {
		var names []string
		if m := byName[name]; m != nil {
			for _, each := range m.dependsOn {
				names = append(names, each.ContainerName)
			}
		}
		return names
	}
	for _, m := range members {
		for _, other := range waitsFor(m.name) {
			if other == m.name {
				continue // reported already
			}
			if path := cycle.Through(m.name, other, waitsFor); path != nil {
				return path
			}
		}
	}
	return nil
}

type dependency struct {
	ContainerName string `json:"containerName"`
	Condition     string `json:"condition"`
}

// dependencies returns the dependencies of a container in the format of ECS; nil for none.
func dependencies(given []DependencySpec) []dependency {
	var out []dependency
	for _, each := range given {
		out = append(out, dependency(each))
	}
	return out
}
