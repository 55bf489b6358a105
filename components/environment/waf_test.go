package environment_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
	"fargate-cd/internal/enginetest"
)

const webACLArn = "arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/web/12345678-1234-1234-1234-123456789012"

func TestWebACL(t *testing.T) {
	const arn = webACLArn
	r := &enginetest.Engine{}
	r.MustRun(t, program(environment.Args{Spec: environment.Spec{WafSpec: environment.WafSpec{WebAclArn: pulumi.String(arn)}},
		LoadBalancers: []string{environment.LoadBalancerPublic, environment.LoadBalancerInternal}}))
	for _, name := range []string{"test-alb", "test-internal"} {
		association := r.One(t, "wafv2.WebAclAssociation", name)
		require.Equal(t, object{"webAclArn": arn, "resourceArn": "arn:aws:lb:eu-central-1:111122223333:loadbalancer/" + name}, association.Inputs)
		require.True(t, association.DeleteBeforeReplace, "deleting the old association last would remove the new one")
	}
}

// The internal load balancer has no rule on addresses: all requests of the API come from its VPC link.
func TestCreatedWebACL(t *testing.T) {
	r := &enginetest.Engine{}
	r.MustRun(t, program(environment.Args{
		Spec:             environment.Spec{WafSpec: environment.WafSpec{Waf: true, WafRateLimit: 500}},
		LoadBalancers:    []string{environment.LoadBalancerPublic, environment.LoadBalancerInternal},
		LogRetentionDays: 90,
	}))
	measured := func(name string) object {
		return object{"cloudwatchMetricsEnabled": true, "sampledRequestsEnabled": true, "metricName": name}
	}
	group := func(priority float64, name string, counted ...string) object {
		overrides := list{}
		for _, rule := range counted {
			overrides = append(overrides, object{"name": rule, "actionToUse": object{"count": object{}}})
		}
		return object{"name": name, "priority": priority, "overrideAction": object{"none": object{}}, "visibilityConfig": measured(name),
			"statement": object{"managedRuleGroupStatement": object{"vendorName": "AWS", "name": name, "ruleActionOverrides": overrides}}}
	}
	require.Equal(t, object{
		"description": "Load balancer of test", "scope": "REGIONAL", "defaultAction": object{"allow": object{}},
		"visibilityConfig": measured("test-alb"), "rules": list{
			group(0, "AWSManagedRulesAmazonIpReputationList"),
			object{"name": "RateLimit", "priority": 1.0, "action": object{"block": object{}}, "visibilityConfig": measured("RateLimit"),
				"statement": object{"rateBasedStatement": object{"aggregateKeyType": "IP", "evaluationWindowSec": 300.0, "limit": 500.0}}},
			group(2, "AWSManagedRulesCommonRuleSet", "SizeRestrictions_BODY"),
			group(3, "AWSManagedRulesKnownBadInputsRuleSet"),
		},
	}, r.One(t, "wafv2.WebAcl", "test-alb").Inputs)
	require.Equal(t, list{
		group(0, "AWSManagedRulesCommonRuleSet", "SizeRestrictions_BODY"), group(1, "AWSManagedRulesKnownBadInputsRuleSet"),
	}, r.One(t, "wafv2.WebAcl", "test-internal").Inputs["rules"])

	for name, log := range map[string]string{"test-alb": "aws-waf-logs-fargate-cd-test-alb", "test-internal": "aws-waf-logs-fargate-cd-test-internal"} {
		acl := "arn:aws:wafv2:eu-central-1:111122223333:webacl/" + name
		require.Equal(t, object{"webAclArn": acl, "resourceArn": "arn:aws:lb:eu-central-1:111122223333:loadbalancer/" + name},
			r.One(t, "wafv2.WebAclAssociation", name).Inputs)
		require.Equal(t, object{"name": log, "retentionInDays": 90.0}, r.One(t, "cloudwatch.LogGroup", name+"-waf").Inputs)
		logging := r.One(t, "wafv2.WebAclLoggingConfiguration", name)
		require.Equal(t, acl, logging.Inputs["resourceArn"])
		require.Equal(t, list{"arn:aws:cloudwatch:eu-central-1:111122223333:loggroup/" + name + "-waf"}, logging.Inputs["logDestinationConfigs"])
		require.Equal(t, list{object{"singleHeader": object{"name": "authorization"}}, object{"singleHeader": object{"name": "cookie"}}},
			logging.Inputs["redactedFields"], "no token in the log")
	}

	off := &enginetest.Engine{}
	off.MustRun(t, program(environment.Args{}))
	require.Empty(t, off.All("wafv2.WebAcl"))
	require.Empty(t, off.All("wafv2.WebAclAssociation"))
}
