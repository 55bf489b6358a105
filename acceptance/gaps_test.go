//go:build acceptance

package acceptance

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"fargate-cd/automation/stack"
)

// gap is a difference that is the emulator's own and not the program's.
type gap struct{ begins, cause string }

// drifts are changes that refresh, or a preview after it, shows without a change
// of the configuration, by the beginning of the step's text, such as "update
// aws:ecs/service:Service web". None is known.
var drifts = []gap{}

// leftovers are what there is after destroy, by the beginning of the inventory's text.
var leftovers = []gap{
	{"network interface ", "the emulator keeps the interface of a NAT gateway that is deleted; the program makes none itself"},
	{"task definition ", "no gap: a revision is never deregistered, as a service or a rollback may need it"},
}

// begins tells whether a text is one of the gaps.
func begins(gaps []gap, text string) bool {
	for _, each := range gaps {
		if strings.HasPrefix(text, each.begins) {
			return true
		}
	}
	return false
}

// lostTags tells whether a step gives an ECS service its tags back, and nothing
// else. The emulator keeps in one place for all requests whether an answer of
// DescribeServices has tags: a request without include=TAGS takes them from the
// answer to another one at the same moment, and the provider stores no tags.
func lostTags(step stack.Step) bool {
	other := func(input string) bool { return input != "tags" && input != "tagsAll" }
	return step.Op == "update" && step.Type == "aws:ecs/service:Service" && len(step.Diff) > 0 && !slices.ContainsFunc(step.Diff, other)
}

// awsKey is the description of AWS's own key for S3, of which the emulator says
// that a customer manages it.
const awsKey = "Default key"

// unsaidScheme is the scheme of a balancer for which none was asked. AWS says so itself.
const unsaidScheme = types.LoadBalancerSchemeEnumInternetFacing
