package fargateservice

import (
	"hash/fnv"
	"strings"
)

// Assigned priorities are from 10,600 to 48,999. Smaller ones are left to the
// configuration: a rule that must come first gets one of them.
const (
	lastPriority = 49000
	// priorityBand is how many priorities there are for patterns of one length.
	priorityBand = 300
	// longestPattern is how many characters a path pattern has at most (RuleCondition, Elastic Load Balancing API Reference).
	longestPattern = 128
)

// RulePriority returns the priority of the load balancer's rule of a service.
// Unless the configuration gives one, the rule with the longer patterns comes
// first, so that /* does not hide /api/*, and the name decides between patterns
// of one length. It depends on nothing else: a service that is added or removed
// changes no other service's rule. Two services can get the same priority; one
// of them needs a configured one then.
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
