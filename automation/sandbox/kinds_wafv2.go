package sandbox

import "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/wafv2"

// The web ACL is the user's own.
var wafv2Kinds = []kind{{
	token: "aws:wafv2/webAclAssociation:WebAclAssociation",
	args:  wafv2.WebAclAssociationArgs{}, state: wafv2.WebAclAssociationState{},
	fixed: "resourceArn webAclArn", unique: &unique{"resourceArn", "WAFAssociatedItemException"},
	rules: []rule{matches("webAclArn", `arn:.+:wafv2:.+:regional/webacl/.+`, "the ARN of a regional web ACL")},
	refs: []ref{{path: "resourceArn", to: balancerType, by: "arn", part: true,
		absent: "WAFUnavailableEntityException: AWS WAF couldn't retrieve the resource %s"}},
	id: "{webAclArn},{resourceArn}",
}}
