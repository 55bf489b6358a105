package problems

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Each check adds a problem to the list if the value is not valid.

// Between checks that a number is in a range, including both ends.
func (l *List) Between(key string, value, minimum, maximum int) {
	if value < minimum || value > maximum {
		l.Add(key, value, "a whole number from %d to %d", minimum, maximum)
	}
}

// OneOf checks that a text is one of the allowed texts.
func (l *List) OneOf(key, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		l.Add(key, value, "one of %s", strings.Join(allowed, ", "))
	}
}

// Matches checks that a text matches a pattern. allowed describes the texts that match.
func (l *List) Matches(key, value string, pattern *regexp.Regexp, allowed string) {
	if !pattern.MatchString(value) {
		l.Add(key, value, "%s", allowed)
	}
}

var imagePattern = regexp.MustCompile(`^[\w][\w./:@-]{0,254}$`)

// Image checks that a text is a valid name of a container image. allowed describes the image.
func (l *List) Image(key, value, allowed string) { l.Matches(key, value, imagePattern, allowed) }

var variablePattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// VariableName checks that a text is a valid name of an environment variable in a shell.
func (l *List) VariableName(key, name string) {
	l.Matches(key, name, variablePattern, "letters, digits and underscores, not beginning with a digit")
}

// CidrBlocks checks that each text is an IPv4 network in canonical form, and that no network occurs twice.
func (l *List) CidrBlocks(key string, blocks []string) {
	for i, block := range blocks {
		key := Indexed(key, i)
		if prefix, err := netip.ParsePrefix(block); err != nil || !prefix.Addr().Is4() || prefix.Masked() != prefix {
			l.Add(key, block, "an IPv4 network such as 10.0.0.0/16, with no bit set after its prefix")
		}
		if slices.Contains(blocks[:i], block) { // the program names a rule after its network
			l.Add(key, block, "each network only once")
		}
	}
}

// logRetentionDays lists the retention periods that CloudWatch Logs supports, in days (PutRetentionPolicy).
var logRetentionDays = []int{
	1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
}

// Retention checks that CloudWatch Logs supports a retention period, in days.
func (l *List) Retention(key string, days int) {
	if !slices.Contains(logRetentionDays, days) {
		l.Add(key, days, "one of %s days", JoinInts(logRetentionDays))
	}
}

// Reserved checks that the name of a component does not begin with a prefix that AWS
// reserves, because the names of AWS resources begin with the component's name. The name
// of a load balancer must not begin with "internal-" (CreateLoadBalancer, Elastic Load
// Balancing API Reference). The name of a security group must not begin with "sg-", in
// upper or lower case (CreateSecurityGroup, Amazon EC2 API Reference). The derived names
// continue with a hyphen, so the word without the hyphen is reserved too.
func (l *List) Reserved(key, name, beginning, kind string) {
	if strings.HasPrefix(strings.ToLower(name)+"-", beginning) {
		l.Add(key, name, "a name other than %s and %s…: %s is named after it, and AWS reserves names that begin with %s",
			strings.TrimSuffix(beginning, "-"), beginning, kind, beginning)
	}
}

// JoinInts returns the numbers as a text, separated by commas.
func JoinInts(numbers []int) string {
	texts := make([]string, len(numbers))
	for i, number := range numbers {
		texts[i] = strconv.Itoa(number)
	}
	return strings.Join(texts, ", ")
}
