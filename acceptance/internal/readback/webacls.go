//go:build acceptance

package readback

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/aws/aws-sdk-go-v2/service/wafv2/types"

	"fargate-cd/acceptance/internal/lab"
)

// webACLs returns the web ACLs of the load balancers. The internal load balancer has no rule
// on IP addresses, because all requests of the API come from the same VPC link.
func (s System) webACLs() []string {
	if !s.WAF {
		return nil
	}
	var lines []string
	for _, name := range s.Balancers() {
		begin := "web ACL of " + name + ": "
		var rules []string
		if name == lab.Public {
			rules = []string{"AWS AWSManagedRulesAmazonIpReputationList", "2000 requests by IP in 300 s, otherwise BLOCK"}
		}
		rules = append(rules, "AWS AWSManagedRulesCommonRuleSet, counts SizeRestrictions_BODY", "AWS AWSManagedRulesKnownBadInputsRuleSet")
		for i, rule := range rules {
			lines = append(lines, fmt.Sprintf("%srule %d is %s", begin, i, rule))
		}
		lines = append(lines, begin+"otherwise allows",
			begin+"logs to arn:aws:logs:REGION:ACCOUNT:log-group:aws-waf-logs-fargate-cd-STACK-"+name+" without authorization cookie")
	}
	return lines
}

func seenWebACLs(t *testing.T, d *lab.Stack, _ *lab.Book) []string {
	var lines []string
	for _, balancer := range lab.Balancers(t, d) {
		acl := lab.Ask(t, d.WAF.GetWebACLForResource, &wafv2.GetWebACLForResourceInput{ResourceArn: balancer.LoadBalancerArn}).WebACL
		if acl == nil {
			continue
		}
		begin := "web ACL of " + lab.BalancerKind(balancer) + ": "
		for _, rule := range acl.Rules {
			lines = append(lines, fmt.Sprintf("%srule %d is %s", begin, rule.Priority, seenWAFRule(rule)))
		}
		if acl.DefaultAction.Allow != nil {
			lines = append(lines, begin+"otherwise allows")
		}
		logging := lab.Ask(t, d.WAF.GetLoggingConfiguration, &wafv2.GetLoggingConfigurationInput{ResourceArn: acl.ARN}).LoggingConfiguration
		line := begin + "logs to " + strings.Join(logging.LogDestinationConfigs, " ") + " without"
		for _, field := range logging.RedactedFields {
			line += " " + aws.ToString(field.SingleHeader.Name)
		}
		lines = append(lines, line)
	}
	return lines
}

func seenWAFRule(rule types.Rule) string {
	if limit := rule.Statement.RateBasedStatement; limit != nil {
		line := fmt.Sprintf("%d requests by %s in %d s", aws.ToInt64(limit.Limit), limit.AggregateKeyType, limit.EvaluationWindowSec)
		if rule.Action.Block != nil {
			line += ", otherwise BLOCK"
		}
		return line
	}
	group := rule.Statement.ManagedRuleGroupStatement
	line := aws.ToString(group.VendorName) + " " + aws.ToString(group.Name)
	for _, override := range group.RuleActionOverrides {
		if override.ActionToUse.Count != nil {
			line += ", counts " + aws.ToString(override.Name)
		}
	}
	return line
}
