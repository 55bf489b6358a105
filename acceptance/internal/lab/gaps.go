//go:build acceptance

package lab

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"fargate-cd/automation/stack"
)

// gap is a difference that the emulator causes and not the program.
type gap struct{ begins, cause string }

// leftovers are what remains after destroy: the beginning of the inventory's text.
var leftovers = []gap{
	{"network interface ", "the emulator keeps the interface of a deleted NAT gateway; the program creates no interface itself"},
	{"task definition ", "no gap: the program never deregisters a revision, because a service or a rollback may need it"},
}

// begins reports whether a text begins like one of the gaps.
func begins(gaps []gap, text string) bool {
	return slices.ContainsFunc(gaps, func(each gap) bool { return strings.HasPrefix(text, each.begins) })
}

// lostTags reports whether a step only gives an ECS service its tags back. The
// emulator stores in one place for all requests whether an answer of
// DescribeServices includes tags. A request without include=TAGS removes them from
// the answer to a simultaneous request, and the provider then stores no tags.
func lostTags(step stack.Step) bool {
	other := func(input string) bool { return input != "tags" && input != "tagsAll" }
	return step.Op == "update" && step.Type == "aws:ecs/service:Service" && len(step.Diff) > 0 && !slices.ContainsFunc(step.Diff, other)
}

// awsKey is the description of AWS's own key for S3. The emulator calls it a customer managed key.
const awsKey = "Default key"

// UnsaidScheme is the scheme of a load balancer whose scheme the emulator does not
// return, because the request had none. AWS returns it.
const UnsaidScheme = types.LoadBalancerSchemeEnumInternetFacing
