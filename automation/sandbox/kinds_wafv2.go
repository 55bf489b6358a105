package sandbox

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/wafv2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const webACLType = "aws:wafv2/webAcl:WebAcl"

// toWebACL returns a reference to a web ACL, which may be an existing one of the user.
func toWebACL(path string) ref {
	return ref{path: path, to: webACLType, by: "arn", absent: "WAFNonexistentItemException: AWS WAF couldn't find the web ACL %s"}
}

var wafv2Kinds = []kind{
	{
		new:  wafv2.NewWebAcl,
		name: named(128), fixed: "name scope", unique: &unique{"name", "WAFDuplicateItemException"},
		rules: []rule{known("scope", "REGIONAL"), whole(webACLRules),
			matches("description", `[\w+=:#@/,.-][\w+=:#@/,. -]+[\w+=:#@/,.-]`, "letters, digits, spaces and +=:#@/,.-")},
		id: "{uuid}",
		out: outputs{"arn": "arn:{partition}:wafv2:{region}:{account}:regional/webacl/{name}/{id}", "lockToken": "{uuid}",
			"applicationIntegrationUrl": ""},
	},
	{
		new:   wafv2.NewWebAclAssociation,
		fixed: "resourceArn webAclArn", unique: &unique{"resourceArn", "WAFAssociatedItemException"},
		refs: []ref{{path: "resourceArn", to: balancerType, by: "arn", part: true,
			absent: "WAFUnavailableEntityException: AWS WAF couldn't retrieve the resource %s"}, associated},
		id: "{webAclArn},{resourceArn}",
	},
	{
		new:   wafv2.NewWebAclLoggingConfiguration,
		fixed: "resourceArn", unique: &unique{"resourceArn", "WAFDuplicateItemException"},
		rules: []rule{matches("logDestinationConfigs[]", `arn:.+:aws-waf-logs-.+`,
			"the ARN of a destination whose name begins with aws-waf-logs-")},
		refs: []ref{toWebACL("resourceArn").asPart(), {path: "logDestinationConfigs[]", to: logGroupType, by: "arn",
			absent: "WAFLogDestinationPermissionIssueException: the log group %s does not exist"}},
		id: "{resourceArn}",
	},
}

// associated is the reference of an association to its web ACL. It prevents the deletion of the web ACL.
var associated = func() ref {
	r := toWebACL("webAclArn")
	r.holds = "WAFAssociatedItemException: AWS WAF couldn't perform the operation because the web ACL is associated with a resource"
	return r
}()

// webACLRules checks that each rule of a web ACL has a unique priority, and an action that fits its statement
// ("Rule", AWS WAFV2 API Reference).
func webACLRules(p resource.PropertyMap) []failure {
	var failures []failure
	taken := map[float64]bool{}
	each(p, "rules[]", func(at string, v resource.PropertyValue) {
		given := v.ObjectValue()
		if priority, ok := number(given, "priority"); ok {
			if taken[priority] {
				failures = append(failures, failure{join(at, "priority"), fmt.Sprintf("is %s, which another rule has", decimal(priority))})
			}
			taken[priority] = true
		}
		_, group := value(given, "statement.managedRuleGroupStatement")
		if group == given.HasValue("action") || group != given.HasValue("overrideAction") {
			failures = append(failures, failure{at, "must have an overrideAction for a rule group, and otherwise an action"})
		}
	})
	return failures
}
