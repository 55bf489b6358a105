package sandbox

import "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"

var groupRules = []rule{
	oneOf("ipProtocol", "-1", "tcp", "udp", "icmp", "icmpv6"),
	between("fromPort", -1, 65535), between("toPort", -1, 65535),
	cidr("cidrIpv4", 0, 32), ec2Text("description"),
	exclusive("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"),
}

var groupRuleRefs = []ref{inGroups("securityGroupId").asPart(), inGroups("referencedSecurityGroupId")}

var sameGroupRule = &unique{
	"securityGroupId ipProtocol fromPort toPort cidrIpv4 cidrIpv6 prefixListId referencedSecurityGroupId",
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
