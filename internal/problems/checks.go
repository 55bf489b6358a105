package problems

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Each check notes a problem when the value breaks the rule, and nothing otherwise.

// Between checks that a number is in a range, both ends included.
func (l *List) Between(key string, value, least, most int) {
	if value < least || value > most {
		l.Add(key, value, "a whole number from %d to %d", least, most)
	}
}

// OneOf checks that a text is one of a list.
func (l *List) OneOf(key, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		l.Add(key, value, "one of %s", strings.Join(allowed, ", "))
	}
}

// Matches checks that a text matches a pattern; allowed describes what does.
func (l *List) Matches(key, value string, pattern *regexp.Regexp, allowed string) {
	if !pattern.MatchString(value) {
		l.Add(key, value, "%s", allowed)
	}
}

var imagePattern = regexp.MustCompile(`^[\w][\w./:@-]{0,254}$`)

// Image checks that a text can be the name of a container image; allowed describes what it is for.
func (l *List) Image(key, value, allowed string) { l.Matches(key, value, imagePattern, allowed) }

// CidrBlocks checks that each text is an IPv4 network in its canonical form, and is named once.
func (l *List) CidrBlocks(key string, blocks []string) {
	for i, block := range blocks {
		key := Indexed(key, i)
		if prefix, err := netip.ParsePrefix(block); err != nil || !prefix.Addr().Is4() || prefix.Masked() != prefix {
			l.Add(key, block, "an IPv4 network such as 10.0.0.0/16, with no bit set behind its prefix")
		}
		if slices.Contains(blocks[:i], block) { // a rule is named after its network
			l.Add(key, block, "each network only once")
		}
	}
}

// logRetentionDays are the retention periods of CloudWatch Logs (PutRetentionPolicy).
var logRetentionDays = []int{
	1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
}

// Retention checks that CloudWatch Logs can keep a log for a number of days.
func (l *List) Retention(key string, days int) {
	if !slices.Contains(logRetentionDays, days) {
		l.Add(key, days, "one of %s days", JoinInts(logRetentionDays))
	}
}

// Reserved checks that AWS accepts the names of resources that are named after a
// component. The name of a load balancer must not begin with "internal-"
// (CreateLoadBalancer, Elastic Load Balancing API Reference), that of a security
// group not with "sg-", in any case (CreateSecurityGroup, Amazon EC2 API
// Reference). The derived names continue with a hyphen, so the word alone is
// reserved too.
func (l *List) Reserved(key, name, beginning, kind string) {
	if strings.HasPrefix(strings.ToLower(name)+"-", beginning) {
		l.Add(key, name, "a name other than %s and %s…: %s is named after it, and AWS reserves names that begin with %s",
			strings.TrimSuffix(beginning, "-"), beginning, kind, beginning)
	}
}

// JoinInts returns the numbers as a list in a sentence.
func JoinInts(numbers []int) string {
	texts := make([]string, len(numbers))
	for i, number := range numbers {
		texts[i] = strconv.Itoa(number)
	}
	return strings.Join(texts, ", ")
}
