package sandbox

import "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"

var groupRules = []rule{known("ipProtocol", "tcp"), ec2Description, exclusive("cidrIpv4", "referencedSecurityGroupId")}

var groupRuleRefs = []ref{inGroups("securityGroupId").asPart(), inGroups("referencedSecurityGroupId")}

var sameGroupRule = &unique{
	"securityGroupId ipProtocol fromPort toPort cidrIpv4 referencedSecurityGroupId",
	"InvalidPermission.Duplicate"}

var groupRuleOut = outputs{"arn": "arn:{partition}:ec2:{region}:{account}:security-group-rule/{id}", "securityGroupRuleId": "{id}"}

var vpcKinds = []kind{
	{
		new:   vpc.NewSecurityGroupIngressRule,
		fixed: "securityGroupId", refs: groupRuleRefs, rules: groupRules, unique: sameGroupRule,
		id: "sgr-{ec2}", out: groupRuleOut,
	},
	{
		new:   vpc.NewSecurityGroupEgressRule,
		fixed: "securityGroupId", refs: groupRuleRefs, rules: groupRules, unique: sameGroupRule,
		id: "sgr-{ec2}", out: groupRuleOut,
	},
}
