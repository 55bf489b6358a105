package components

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// memoryRange is the memory in MiB that Fargate offers with a CPU size.
type memoryRange struct{ least, most, step int }

// fargateMemory maps CPU units to memory, from "Task size" in the Amazon ECS
// Developer Guide. 256 units are the exception: 512, 1024 and 2048 MiB.
var fargateMemory = map[int]memoryRange{
	512:   {1024, 4096, 1024},
	1024:  {2048, 8192, 1024},
	2048:  {4096, 16384, 1024},
	4096:  {8192, 30720, 1024},
	8192:  {16384, 61440, 4096},
	16384: {32768, 122880, 8192},
}

var (
	smallestMemory = []int{512, 1024, 2048}
	fargateCPU     = []int{256, 512, 1024, 2048, 4096, 8192, 16384}
)

func (f *Faults) taskSize(key string, cpu, memory int) {
	if !slices.Contains(fargateCPU, cpu) {
		f.Add(key+"cpu", cpu, "one of %s CPU units on Fargate", joinInts(fargateCPU))
		return
	}
	if cpu == 256 {
		if !slices.Contains(smallestMemory, memory) {
			f.Add(key+"memory", memory, "with cpu 256 Fargate has %s MiB", joinInts(smallestMemory))
		}
		return
	}
	r := fargateMemory[cpu]
	if memory < r.least || memory > r.most || memory%r.step != 0 {
		f.Add(key+"memory", memory, "with cpu %d Fargate has %d to %d MiB in steps of %d", cpu, r.least, r.most, r.step)
	}
}

// logRetentionDays are the retention periods of CloudWatch Logs (PutRetentionPolicy).
var logRetentionDays = []int{
	1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
}

// Retention notes a number of days for which CloudWatch Logs does not keep a log.
func (f *Faults) Retention(key string, days int) {
	if !slices.Contains(logRetentionDays, days) {
		f.Add(key, days, "one of %s days", joinInts(logRetentionDays))
	}
}

// SteadyTimeout notes a number of minutes in which no service could come to
// rest, or for which nobody waits.
func (f *Faults) SteadyTimeout(key string, minutes int) { f.between(key, minutes, 1, 180) }

func joinInts(numbers []int) string {
	texts := make([]string, len(numbers))
	for i, number := range numbers {
		texts[i] = strconv.Itoa(number)
	}
	return strings.Join(texts, ", ")
}

// Patterns of names and ids, from the API references of the services that take them.
var (
	branchPattern      = regexp.MustCompile(`^[^\s~^:?*\[\\]{1,255}$`)
	codeCommitPattern  = regexp.MustCompile(`^[\w.-]{1,100}$`)
	commandPattern     = regexp.MustCompile(`\S`)
	connectionPattern  = regexp.MustCompile(`^arn:aws[\w-]*:code(star-)?connections:[\w-]+:\d{12}:connection/[\w-]+$`)
	environmentPattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	repositoryPattern  = regexp.MustCompile(`^[\w.-]+/[\w.-]+$`)
	secretPattern      = regexp.MustCompile(`^arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}$`)
	subnetPattern      = regexp.MustCompile(`^subnet-[0-9a-f]{8,17}$`)
	vpcPattern         = regexp.MustCompile(`^vpc-[0-9a-f]{8,17}$`)
	userPattern        = regexp.MustCompile(`^[A-Za-z0-9_][\w-]*(:[A-Za-z0-9_][\w-]*)?$`)
	zonePattern        = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d+[a-z]$`) // of no local zone, such as us-west-2-lax-1a
	imagePattern       = regexp.MustCompile(`^[\w][\w./:@-]{0,254}$`)
	pathPattern        = regexp.MustCompile(`^/[\w*?$./~"'@:+&-]{0,127}$`)
	matcherPattern     = regexp.MustCompile(`^[2-4]\d\d([,-][2-4]\d\d)*$`)
	scopePattern       = regexp.MustCompile(`^[\x21\x23-\x5B\x5D-\x7E]{1,64}$`)
	routeKeyPattern    = regexp.MustCompile(`^(ANY|GET|HEAD|OPTIONS|PATCH|POST|PUT|DELETE) /([\w{}+./~$:@-]*[\w{}+.~$:@-])?$`)
	// The lengths of names are checked beside their patterns, which cannot do both.
	serviceNamePattern     = regexp.MustCompile(`^[a-z]([a-z0-9]|-[a-z0-9])*$`)
	environmentNamePattern = regexp.MustCompile(`^[A-Za-z]([A-Za-z0-9]|-[A-Za-z0-9])*$`)
)

// Names begin the names of other resources, which are 32 characters long at most: of a target group,
// with "-green" and Pulumi's suffix of 8, and of a load balancer, with "-alb" and the same suffix.
const (
	serviceNameLength     = 18
	environmentNameLength = 20
	// An internal load balancer is named after its environment too: with "-internal" and the same suffix.
	internalSuffix     = "-internal"
	internalNameLength = 32 - len(internalSuffix) - 8
)

// ValidateServiceName notes a name that could not be that of a service. The
// rule is narrower than ECS's own: an ECR repository of that name is lower case.
func ValidateServiceName(key, name string, faults *Faults) {
	if !serviceNamePattern.MatchString(name) || len(name) > serviceNameLength {
		faults.Add(key, name, "1 to %d lower-case letters, digits and single hyphens, beginning with a letter and not ending in a hyphen",
			serviceNameLength)
	}
	faults.reserved(key, name, "sg-", "a security group")
}

// ValidateEnvironmentName notes a name that could not be that of an Environment.
func ValidateEnvironmentName(key, name string, faults *Faults) {
	if !environmentNamePattern.MatchString(name) || len(name) > environmentNameLength {
		faults.Add(key, name, "1 to %d letters, digits and single hyphens, beginning with a letter and not ending in a hyphen: "+
			"AWS resources are named after it", environmentNameLength)
	}
	faults.reserved(key, name, "internal-", "a load balancer")
	faults.reserved(key, name, "sg-", "a security group")
}

// reserved notes a name from which AWS resources get names that AWS refuses. The
// name of a load balancer must not begin with "internal-" (CreateLoadBalancer,
// Elastic Load Balancing API Reference), that of a security group not with "sg-",
// in any case (CreateSecurityGroup, Amazon EC2 API Reference). The derived names
// go on with a hyphen, so the word alone is reserved too.
func (f *Faults) reserved(key, name, beginning, kind string) {
	if strings.HasPrefix(strings.ToLower(name)+"-", beginning) {
		f.Add(key, name, "a name other than %s and %s…: %s is named after it, and AWS reserves names that begin with %s",
			strings.TrimSuffix(beginning, "-"), beginning, kind, beginning)
	}
}

func (f *Faults) cidrBlocks(key string, blocks []string) {
	for i, block := range blocks {
		key := indexed(key, i)
		if prefix, err := netip.ParsePrefix(block); err != nil || !prefix.Addr().Is4() || prefix.Masked() != prefix {
			f.Add(key, block, "an IPv4 network such as 10.0.0.0/16, with no bit set behind its prefix")
		}
		if slices.Contains(blocks[:i], block) { // a rule is named after its network
			f.Add(key, block, "a network that is named once")
		}
	}
}
