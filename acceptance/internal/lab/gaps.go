//go:build acceptance

package lab

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"fargate-cd/automation/stack"
)

// leftovers lists the resources that may remain after destroy, by the beginning of their
// lines in the inventory.
var leftovers = []string{
	// The emulator keeps the interface of a deleted NAT gateway. The program creates no interface itself.
	"network interface ",
	// The program never deregisters a revision, because a service or a rollback may need it.
	"task definition ",
}

// mayRemain reports whether a line of the inventory is a leftover.
func mayRemain(line string) bool {
	return slices.ContainsFunc(leftovers, func(begin string) bool { return strings.HasPrefix(line, begin) })
}

// lostTags reports whether a step only restores the tags of an ECS service. The emulator
// has one variable for all requests that says whether DescribeServices returns tags. A
// request without include=TAGS removes the tags from the response to a simultaneous
// request, and the provider then stores no tags.
func lostTags(step stack.Step) bool {
	other := func(input string) bool { return input != "tags" && input != "tagsAll" }
	return step.Op == "update" && step.Type == "aws:ecs/service:Service" && len(step.Diff) > 0 && !slices.ContainsFunc(step.Diff, other)
}

// awsKey is the description of AWS's own key for S3. The emulator calls it a customer managed key.
const awsKey = "Default key"

// DefaultScheme is the default scheme of a load balancer. If the request for a load balancer
// has no scheme, the emulator returns none. AWS returns this one.
const DefaultScheme = types.LoadBalancerSchemeEnumInternetFacing
