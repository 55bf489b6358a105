package environment

import (
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/wafv2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/defaults"
	"fargate-cd/internal/problems"
)

// WafSpec configures AWS WAF for the load balancers.
type WafSpec struct {
	// Waf creates an AWS WAF web ACL for each load balancer. It blocks common attacks and known bad inputs with managed
	// rule groups of AWS. The web ACL of the internet-facing load balancer also blocks addresses with a bad reputation,
	// and addresses that send more than wafRateLimit requests. The requests that a web ACL blocks or counts are logged.
	// A request body over 8 KB is counted, not blocked; AWS WAF inspects only its first 8 KB. An HTTP API cannot have a
	// web ACL, so the web ACL of the internal load balancer inspects the API's requests.
	Waf bool `json:"waf"`
	// WafRateLimit is the number of requests that the web ACL of the internet-facing load balancer admits from one
	// address in five minutes.
	WafRateLimit int `json:"wafRateLimit" default:"2000"`
	// WebAclArn is the ARN of an existing AWS WAF web ACL, in the region of the stack, that protects the load
	// balancers. Not allowed with waf.
	WebAclArn pulumi.StringInput `json:"webAclArn"`
}

func (s *WafSpec) validate(prefix string, found *problems.List) {
	s.webACL(prefix, found)
	if problems.Given(s.WebAclArn) && s.Waf {
		found.Add(prefix+"webAclArn", s.WebAclArn, "none with waf, which creates a web ACL: a load balancer can have only one")
	}
	found.Between(prefix+"wafRateLimit", s.WafRateLimit, 10, 2_000_000_000) // RateBasedStatement, AWS WAFV2 API Reference
	if !s.DefaultRateLimit() && !s.Waf {
		found.Add(prefix+"wafRateLimit", s.WafRateLimit, "it requires waf")
	}
}

// DefaultRateLimit reports whether WafRateLimit has its default.
func (s *WafSpec) DefaultRateLimit() bool {
	var defaultSpec WafSpec
	defaults.Set(&defaultSpec)
	return s.WafRateLimit == defaultSpec.WafRateLimit
}

// webAclPattern matches the ARN of a regional web ACL ("WebACL", AWS WAFV2 API Reference).
var webAclPattern = regexp.MustCompile(`^arn:aws[\w-]*:wafv2:[\w-]+:\d{12}:regional/webacl/[\w-]+/[0-9a-f-]+$`)

// webACL checks the ARN of the user's web ACL and returns it, or nil if there is none.
func (s *WafSpec) webACL(prefix string, found *problems.List) pulumi.StringInput {
	return found.OptionalInput(prefix+"webAclArn", s.WebAclArn, webAclPattern, "the ARN of a regional web ACL of AWS WAF")
}

// associateWebACL associates a load balancer with the web ACL, if there is one.
func (e *Environment) associateWebACL(ctx *pulumi.Context, plan balancerPlan, balancerArn pulumi.StringOutput) error {
	acl := e.spec.webACL("", new(problems.List)) // validate has reported its problems
	if e.spec.Waf {
		created, err := e.newWebACL(ctx, plan)
		if err != nil {
			return err
		}
		acl = created.Arn
	}
	if acl == nil {
		return nil
	}
	// A change of the web ACL replaces the association. The provider deletes an association by the ARN of the load
	// balancer alone (DisassociateWebACL, AWS WAFV2 API Reference), so deleting the old association last would remove
	// the new web ACL (pulumi/pulumi-aws#4782).
	_, err := wafv2.NewWebAclAssociation(ctx, plan.name, &wafv2.WebAclAssociationArgs{
		ResourceArn: balancerArn, WebAclArn: acl,
	}, pulumi.Parent(e), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return fmt.Errorf("associating the web ACL with load balancer %s: %w", plan.name, err)
	}
	return nil
}

// newWebACL creates the web ACL of a load balancer. All requests of an API reach the internal load balancer from the
// addresses of its VPC link ("Private integrations for HTTP APIs", API Gateway Developer Guide), so the internal web
// ACL has no rules on addresses. The API throttles requests instead.
func (e *Environment) newWebACL(ctx *pulumi.Context, plan balancerPlan) (*wafv2.WebAcl, error) {
	rules := wafv2.WebAclRuleArray{}
	add := func(rule wafv2.WebAclRuleArgs) {
		rule.Priority = pulumi.Int(len(rules))
		rules = append(rules, rule)
	}
	if !plan.internal {
		add(managedRules("AWSManagedRulesAmazonIpReputationList"))
		add(e.rateLimit())
	}
	// SizeRestrictions_BODY would block uploads and long forms, and AWS advises to change this rule ("Baseline rule
	// groups", AWS WAF Developer Guide).
	add(managedRules("AWSManagedRulesCommonRuleSet", "SizeRestrictions_BODY"))
	add(managedRules("AWSManagedRulesKnownBadInputsRuleSet"))
	acl, err := wafv2.NewWebAcl(ctx, plan.name, &wafv2.WebAclArgs{
		Description:   pulumi.String(plan.description),
		Scope:         pulumi.String("REGIONAL"),
		DefaultAction: wafv2.WebAclDefaultActionArgs{Allow: wafv2.WebAclDefaultActionAllowArgs{}},
		Rules:         rules,
		VisibilityConfig: wafv2.WebAclVisibilityConfigArgs{
			CloudwatchMetricsEnabled: pulumi.Bool(true), SampledRequestsEnabled: pulumi.Bool(true), MetricName: pulumi.String(plan.name),
		},
	}, pulumi.Parent(e))
	if err != nil {
		return nil, fmt.Errorf("creating web ACL %s: %w", plan.name, err)
	}
	return acl, e.logWebACL(ctx, plan, acl)
}

// managedRules returns a rule that applies a managed rule group of AWS. The rules in counted only count requests.
func managedRules(group string, counted ...string) wafv2.WebAclRuleArgs {
	overrides := wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArray{}
	for _, name := range counted {
		overrides = append(overrides, wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArgs{
			Name: pulumi.String(name),
			ActionToUse: wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseArgs{
				Count: wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseCountArgs{},
			},
		})
	}
	return wafv2.WebAclRuleArgs{
		Name:           pulumi.String(group),
		OverrideAction: wafv2.WebAclRuleOverrideActionArgs{None: wafv2.WebAclRuleOverrideActionNoneArgs{}},
		Statement: wafv2.WebAclRuleStatementArgs{ManagedRuleGroupStatement: wafv2.WebAclRuleStatementManagedRuleGroupStatementArgs{
			VendorName: pulumi.String("AWS"), Name: pulumi.String(group), RuleActionOverrides: overrides,
		}},
		VisibilityConfig: measured(group),
	}
}

// rateLimit returns the rule that blocks an address while it sends too many requests.
func (e *Environment) rateLimit() wafv2.WebAclRuleArgs {
	return wafv2.WebAclRuleArgs{
		Name:   pulumi.String("RateLimit"),
		Action: wafv2.WebAclRuleActionArgs{Block: wafv2.WebAclRuleActionBlockArgs{}},
		Statement: wafv2.WebAclRuleStatementArgs{RateBasedStatement: wafv2.WebAclRuleStatementRateBasedStatementArgs{
			AggregateKeyType: pulumi.String("IP"), EvaluationWindowSec: pulumi.Int(300), Limit: pulumi.Int(e.spec.WafRateLimit),
		}},
		VisibilityConfig: measured("RateLimit"),
	}
}

// measured returns the settings that turn on the metric and the request samples of a rule.
func measured(metric string) wafv2.WebAclRuleVisibilityConfigArgs {
	return wafv2.WebAclRuleVisibilityConfigArgs{
		CloudwatchMetricsEnabled: pulumi.Bool(true), SampledRequestsEnabled: pulumi.Bool(true), MetricName: pulumi.String(metric),
	}
}

// logWebACL logs the requests that a web ACL blocks or counts, without the headers that
// hold tokens. The name of the log group must begin with aws-waf-logs- ("Sending web ACL
// traffic logs to a CloudWatch Logs log group", AWS WAF Developer Guide). It is unique in
// the account and region, because the cluster's name is.
func (e *Environment) logWebACL(ctx *pulumi.Context, plan balancerPlan, acl *wafv2.WebAcl) error {
	name := plan.name + "-waf"
	logs, err := cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{
		Name:            pulumi.Sprintf("aws-waf-logs-%s-%s", e.clusterName, plan.label),
		RetentionInDays: pulumi.Int(e.logRetentionDays),
	}, pulumi.Parent(e))
	if err != nil {
		return fmt.Errorf("creating the log group of web ACL %s: %w", plan.name, err)
	}
	conditions := wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionArray{}
	for _, action := range []string{"BLOCK", "COUNT", "EXCLUDED_AS_COUNT"} {
		conditions = append(conditions, wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionArgs{
			ActionCondition: wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionActionConditionArgs{Action: pulumi.String(action)},
		})
	}
	redacted := wafv2.WebAclLoggingConfigurationRedactedFieldArray{}
	for _, header := range []string{"authorization", "cookie"} {
		redacted = append(redacted, wafv2.WebAclLoggingConfigurationRedactedFieldArgs{
			SingleHeader: wafv2.WebAclLoggingConfigurationRedactedFieldSingleHeaderArgs{Name: pulumi.String(header)},
		})
	}
	_, err = wafv2.NewWebAclLoggingConfiguration(ctx, plan.name, &wafv2.WebAclLoggingConfigurationArgs{
		ResourceArn:           acl.Arn,
		LogDestinationConfigs: pulumi.StringArray{logs.Arn},
		RedactedFields:        redacted,
		LoggingFilter: wafv2.WebAclLoggingConfigurationLoggingFilterArgs{
			DefaultBehavior: pulumi.String("DROP"),
			Filters: wafv2.WebAclLoggingConfigurationLoggingFilterFilterArray{wafv2.WebAclLoggingConfigurationLoggingFilterFilterArgs{
				Behavior: pulumi.String("KEEP"), Requirement: pulumi.String("MEETS_ANY"), Conditions: conditions,
			}},
		},
	}, pulumi.Parent(e))
	if err != nil {
		return fmt.Errorf("logging web ACL %s: %w", plan.name, err)
	}
	return nil
}
