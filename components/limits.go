package components

import (
	"regexp"
	"slices"

	"fargate-cd/internal/problems"
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

func validateTaskSize(key string, cpu, memory int, found *problems.List) {
	if !slices.Contains(fargateCPU, cpu) {
		found.Add(key+"cpu", cpu, "one of %s CPU units on Fargate", problems.JoinInts(fargateCPU))
		return
	}
	if cpu == 256 {
		if !slices.Contains(smallestMemory, memory) {
			found.Add(key+"memory", memory, "with cpu 256 Fargate has %s MiB", problems.JoinInts(smallestMemory))
		}
		return
	}
	r := fargateMemory[cpu]
	if memory < r.least || memory > r.most || memory%r.step != 0 {
		found.Add(key+"memory", memory, "with cpu %d Fargate has %d to %d MiB in steps of %d", cpu, r.least, r.most, r.step)
	}
}

// ValidateSteadyTimeout notes a number of minutes in which no service could come
// to rest, or for which nobody waits.
func ValidateSteadyTimeout(key string, minutes int, found *problems.List) {
	found.Between(key, minutes, 1, 180)
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
	userPattern        = regexp.MustCompile(`^[A-Za-z0-9_][\w-]*(:[A-Za-z0-9_][\w-]*)?$`)
	imagePattern       = regexp.MustCompile(`^[\w][\w./:@-]{0,254}$`)
	pathPattern        = regexp.MustCompile(`^/[\w*?$./~"'@:+&-]{0,127}$`)
	matcherPattern     = regexp.MustCompile(`^[2-4]\d\d([,-][2-4]\d\d)*$`)
	scopePattern       = regexp.MustCompile(`^[\x21\x23-\x5B\x5D-\x7E]{1,64}$`)
	routeKeyPattern    = regexp.MustCompile(`^(ANY|GET|HEAD|OPTIONS|PATCH|POST|PUT|DELETE) /([\w{}+./~$:@-]*[\w{}+.~$:@-])?$`)
	// The lengths of names are checked beside their patterns, which cannot do both.
	serviceNamePattern = regexp.MustCompile(`^[a-z]([a-z0-9]|-[a-z0-9])*$`)
)

// A service's name begins the names of its target groups, which are 32 characters long at most, with "-green" and
// Pulumi's suffix of 8.
const serviceNameLength = 18

// ValidateServiceName notes a name that could not be that of a service. The
// rule is narrower than ECS's own: an ECR repository of that name is lower case.
func ValidateServiceName(key, name string, found *problems.List) {
	if !serviceNamePattern.MatchString(name) || len(name) > serviceNameLength {
		found.Add(key, name, "1 to %d lower-case letters, digits and single hyphens, beginning with a letter and not ending in a hyphen",
			serviceNameLength)
	}
	found.Reserved(key, name, "sg-", "a security group")
}
