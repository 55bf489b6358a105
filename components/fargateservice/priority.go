package fargateservice

import (
	"hash/fnv"
	"strings"
)

// Computed priorities are from 10,600 to 48,999. Smaller priorities are reserved for
// the configuration: they come before all computed ones.
const (
	lastPriority = 49000
	// priorityBand is the number of priorities for patterns of the same length.
	priorityBand = 300
	// longestPattern is the maximum number of characters of a path pattern (RuleCondition, Elastic Load Balancing API
	// Reference).
	longestPattern = 128
)

// RulePriority returns the priority of a service's listener rule. If the configuration
// sets none, rules with longer patterns come first, so that /* does not hide /api/*.
// Between patterns of the same length a hash of the service's name decides. The priority
// depends on nothing else, so adding or removing a service changes no other service's
// rule. Two services can get the same priority. Then one of them needs a configured
// priority.
func (s *Spec) RulePriority(name string) int {
	if s.Priority != nil {
		return *s.Priority
	}
	shortest := longestPattern
	for _, pattern := range s.PathPatterns {
		shortest = min(shortest, len(strings.NewReplacer("*", "", "?", "").Replace(pattern)))
	}
	hash := fnv.New32a()
	hash.Write([]byte(name))
	return lastPriority - shortest*priorityBand - priorityBand + int(hash.Sum32()%priorityBand)
}
