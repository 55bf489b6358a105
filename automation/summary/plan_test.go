package summary

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/require"
)

const balancerURN = "urn:pulumi:test::fargate-cd::fargate-cd:components:Environment$aws:lb/loadBalancer:LoadBalancer::alb"

// steps returns the engine's records of operations on one load balancer.
func steps(ops ...apitype.OpType) []apitype.StepEventMetadata {
	var all []apitype.StepEventMetadata
	for _, op := range ops {
		step := apitype.StepEventMetadata{Op: op, URN: balancerURN, Keys: []string{"name"}}
		if op != apitype.OpCreate {
			step.Old = &apitype.StepEventStateMetadata{Custom: true}
		}
		if op != apitype.OpDelete && op != apitype.OpDeleteReplaced {
			step.New = &apitype.StepEventStateMetadata{Custom: true}
		}
		all = append(all, step)
	}
	return all
}

func TestCollect(t *testing.T) {
	for name, test := range map[string]struct {
		ops          []apitype.OpType
		want         string
		deletesFirst bool
	}{
		"create":                   {ops: []apitype.OpType{apitype.OpCreate}, want: opCreate},
		"import":                   {ops: []apitype.OpType{apitype.OpImport}, want: opCreate},
		"update":                   {ops: []apitype.OpType{apitype.OpUpdate}, want: opUpdate},
		"same":                     {ops: []apitype.OpType{apitype.OpSame}, want: opSame},
		"delete":                   {ops: []apitype.OpType{apitype.OpDelete}, want: opDelete},
		"replacement":              {ops: []apitype.OpType{apitype.OpCreateReplacement, apitype.OpReplace, apitype.OpDeleteReplaced}, want: opReplace},
		"delete first":             {ops: []apitype.OpType{apitype.OpDeleteReplaced, apitype.OpReplace, apitype.OpCreateReplacement}, want: opReplace, deletesFirst: true},
		"left over and same":       {ops: []apitype.OpType{apitype.OpSame, apitype.OpDelete}, want: opSame},
		"refreshed and then same":  {ops: []apitype.OpType{apitype.OpRefresh, apitype.OpSame}, want: opSame},
		"left over from an update": {ops: []apitype.OpType{apitype.OpUpdate, apitype.OpDeleteReplaced}, want: opUpdate},
	} {
		t.Run(name, func(t *testing.T) {
			got := collect(steps(test.ops...))
			require.Len(t, got, 1)
			require.Equal(t, test.want, got[0].op)
			require.Equal(t, test.deletesFirst, got[0].deletesFirst)
			require.NotNil(t, got[0].state())
		})
	}
	require.Empty(t, collect(steps(apitype.OpRead)))
}

// A reviewer decides by these texts, so the text of a deletion must not promise a successor.
func TestLosses(t *testing.T) {
	for name, test := range map[string]struct {
		kind   string
		ops    []apitype.OpType
		inputs map[string]any
		retain bool
		want   string
		data   bool
	}{
		"an update is none":             {kind: "aws:lb/loadBalancer:LoadBalancer", ops: []apitype.OpType{apitype.OpUpdate}},
		"a role is none":                {kind: "aws:iam/role:Role", ops: []apitype.OpType{apitype.OpDelete}},
		"a task definition is none":     {kind: taskDefinitionKind, ops: []apitype.OpType{apitype.OpCreateReplacement}},
		"a replaced balancer":           {kind: balancerKind, ops: []apitype.OpType{apitype.OpCreateReplacement}, want: "**Load balancer `x` is replaced**, because of `name`: the new one is created before the old one is deleted. Its address changes: every URL of its services, and every DNS record that points to it, stops working."},
		"a rule that is missing":        {kind: ruleKind, ops: []apitype.OpType{apitype.OpDeleteReplaced, apitype.OpCreateReplacement}, want: "**Listener rule `x` is replaced**, because of `name`: deleted first, then created again. Its paths answer 404 while it is missing."},
		"a rule that is never missing":  {kind: ruleKind, ops: []apitype.OpType{apitype.OpCreateReplacement}, want: "**Listener rule `x` is replaced**, because of `name`: the new one is created before the old one is deleted."},
		"a rule without a successor":    {kind: ruleKind, ops: []apitype.OpType{apitype.OpDelete}, want: "**Listener rule `x` is deleted**. Requests for its paths go to the next rule that matches, or get a 404."},
		"a target group":                {kind: targetGroupKind, ops: []apitype.OpType{apitype.OpCreateReplacement}, want: "**Target group `x` is replaced**, because of `name`: the new one is created before the old one is deleted. Tasks must register again before they get traffic."},
		"a deleted target group":        {kind: targetGroupKind, ops: []apitype.OpType{apitype.OpDelete}, want: "**Target group `x` is deleted**. No task gets traffic through it any more."},
		"a deleted log group":           {kind: logGroupKind, ops: []apitype.OpType{apitype.OpDelete}, want: "**Log group `x` is deleted**. Holds data: logs. The logs go with it.", data: true},
		"a deleted web ACL":             {kind: webACLKind, ops: []apitype.OpType{apitype.OpDelete}, want: "**Web ACL `x` is deleted**. Its rules no longer inspect requests."},
		"a deleted association":         {kind: associationKind, ops: []apitype.OpType{apitype.OpDelete}, want: "**Association of a web ACL `x` is deleted**. Requests to the load balancer are no longer inspected."},
		"another web ACL":               {kind: associationKind, ops: []apitype.OpType{apitype.OpDeleteReplaced, apitype.OpCreateReplacement}, want: "**Association of a web ACL `x` is replaced**, because of `name`: deleted first, then created again. Requests to the load balancer are not inspected while it is missing."},
		"a repository":                  {kind: "aws:ecr/repository:Repository", ops: []apitype.OpType{apitype.OpDelete}, want: "**ECR repository `x` is deleted**. Holds data: images. `forceDelete` is off: the update fails unless it is empty.", data: true},
		"a repository with its content": {kind: "aws:ecr/repository:Repository", ops: []apitype.OpType{apitype.OpDelete}, inputs: map[string]any{"forceDelete": true}, want: "**ECR repository `x` is deleted**. Holds data: images. `forceDelete` is on: AWS deletes it with its content.", data: true},
		"a repository that stays":       {kind: "aws:ecr/repository:Repository", ops: []apitype.OpType{apitype.OpDelete}, retain: true, want: "**ECR repository `x` is no longer managed.** AWS keeps what leaves the stack."},
	} {
		t.Run(name, func(t *testing.T) {
			all := steps(test.ops...)
			for i := range all {
				all[i].URN = "urn:pulumi:test::fargate-cd::" + test.kind + "::x"
				if all[i].Old != nil {
					all[i].Old.Inputs, all[i].Old.RetainOnDelete = test.inputs, test.retain
				}
			}
			changes := collect(all)
			got := losses(changes, indexByURN(changes), nil)
			if test.want == "" {
				require.Empty(t, got)
				return
			}
			require.Equal(t, []Loss{{Text: test.want, Data: test.data}}, got)
		})
	}
}

// The text of a service must not announce a deployment that AWS does not start, or hide one that it starts.
func TestRedeploys(t *testing.T) {
	for property, want := range map[string]bool{
		"taskDefinition": true, "networkConfiguration": true, "loadBalancers": true, "platformVersion": true,
		"serviceConnectConfiguration": true,
		"desiredCount":                false, "propagateTags": false, "enableEcsManagedTags": false, "enableExecuteCommand": false,
		"healthCheckGracePeriodSeconds": false,
	} {
		s := &service{name: "web", changes: []*change{{
			urn: "urn:pulumi:test::fargate-cd::" + serviceKind + "::web", op: opUpdate, changed: []string{property},
		}}}
		require.Equal(t, want, s.redeploys(), property)
	}
}
