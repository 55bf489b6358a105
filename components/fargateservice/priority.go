package fargateservice

import (
	"hash/fnv"
	"strings"
)

// Computed priorities are from 10,300 to 48,699 for services with path patterns only, and from 1,225 to 10,149 for services
// with other conditions. Smaller priorities are reserved for the configuration: they come before all computed ones.
const (
	lastPriority = 49000
	// priorityBand is the number of priorities for patterns of the same length.
	priorityBand = 300
	// maxPatternLength is the maximum number of characters of a path pattern and of a host name (RuleCondition, Elastic Load
	// Balancing API Reference).
	maxPatternLength = 128

	lastWithConditions = 10300
	// bandWithConditions is the number of priorities for conditions of the same length.
	bandWithConditions = 75
	// maxLiterals is the maximum number of literal characters in the conditions for a computed priority.
	maxLiterals = 120
)

// RulePriority returns the priority of a service's listener rule. If the configuration
// sets none, rules with longer patterns come first, so that /* does not hide /api/*.
// Rules with other conditions come before all rules with path patterns only, and rules
// with more or longer conditions come before rules with fewer or shorter ones. For
// conditions of the same length, a hash of the service's name determines the priority.
// The priority depends on nothing else, so adding or removing a service changes no
// other service's rule. Two services can get the same priority. Then one of them needs
// a configured priority.
func (s *Spec) RulePriority(name string) int {
	if s.Priority != nil {
		return *s.Priority
	}
	hash := fnv.New32a()
	hash.Write([]byte(name))
	if s.HasConditions() {
		return lastWithConditions - s.literals()*bandWithConditions - bandWithConditions + int(hash.Sum32()%bandWithConditions)
	}
	return lastPriority - shortest(s.PathPatterns)*priorityBand - priorityBand + int(hash.Sum32()%priorityBand)
}

// literals returns the length of the conditions without wildcards. Of each condition, the shortest value counts. The
// length is larger for a more specific rule: each further condition and each longer value adds to it.
func (s *Spec) literals() int {
	n := shortest(s.PathPatterns) + shortest(s.HostHeaders)
	for _, header := range s.HttpHeaders {
		n += len(header.HttpHeaderName) + shortest(header.Values)
	}
	if len(s.QueryStrings) > 0 {
		n += 1 + shortest(s.queryTexts()) // 1 for the condition itself, which can consist of wildcards
	}
	return n
}

// shortest returns the length of the shortest text without its wildcards; 0 for no texts. The shortest value counts
// because it matches the most requests.
func shortest(texts []string) int {
	if len(texts) == 0 {
		return 0
	}
	n := maxPatternLength
	for _, text := range texts {
		n = min(n, len(withoutWildcards(text)))
	}
	return n
}

// withoutWildcards returns the text without the wildcards of conditions.
func withoutWildcards(text string) string {
	return strings.NewReplacer("*", "", "?", "").Replace(text)
}
