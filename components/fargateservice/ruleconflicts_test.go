package fargateservice

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
	"fargate-cd/internal/problems"
)

func TestCovers(t *testing.T) {
	for _, test := range []struct {
		pattern, other string
		want           bool
	}{
		{"/*", "/orders/*", true}, {"/orders/*", "/*", false}, {"/orders/*", "/orders/*", true}, {"/orders/*", "/orders/new", true},
		{"/orders/*", "/orders", false}, {"/orders/new", "/orders/*", false}, {"/orders*", "/orders/*", true}, {"/a?", "/ab", true},
		{"/a?", "/a*", false}, {"/a*", "/a?", true}, {"*/new", "/orders/new", true}, {"/Orders/*", "/orders/*", false}, {"/a", "/a?", false},
	} {
		require.Equal(t, test.want, covers(test.pattern, test.other), "%s over %s", test.pattern, test.other)
	}
}

// A narrower rule may come before the rule of another stack and take some of its requests. It must not take all
// requests of one of its paths.
func TestRulesThatTakeRequests(t *testing.T) {
	paths := func(values ...string) types.RuleCondition {
		return types.RuleCondition{PathPatternConfig: &types.PathPatternConditionConfig{Values: values}}
	}
	hosts := func(values ...string) types.RuleCondition {
		return types.RuleCondition{HostHeaderConfig: &types.HostHeaderConditionConfig{Values: values}}
	}
	header := types.RuleCondition{HttpHeaderConfig: &types.HttpHeaderConditionConfig{HttpHeaderName: aws.String("X-Tenant"), Values: []string{"acme"}}}
	query := types.RuleCondition{QueryStringConfig: &types.QueryStringConditionConfig{
		Values: []types.QueryStringKeyValuePair{{Key: aws.String("v"), Value: aws.String("2")}}}}
	queries := func(key string, values ...string) types.RuleCondition {
		config := &types.QueryStringConditionConfig{}
		for _, value := range values {
			config.Values = append(config.Values, types.QueryStringKeyValuePair{Key: &key, Value: aws.String(value)})
		}
		return types.RuleCondition{QueryStringConfig: config}
	}
	onQueries := ConditionsSpec{QueryStrings: []QueryStringSpec{{Key: "v", Value: "1"}, {Key: "v", Value: "2"}}}
	classic := func(field string, values ...string) types.RuleCondition {
		return types.RuleCondition{Field: &field, Values: values}
	}
	regexPaths := types.RuleCondition{PathPatternConfig: &types.PathPatternConditionConfig{RegexValues: []string{"^/orders/"}}}
	regexHosts := types.RuleCondition{HostHeaderConfig: &types.HostHeaderConditionConfig{RegexValues: []string{"^a"}}}
	regexHeader := types.RuleCondition{HttpHeaderConfig: &types.HttpHeaderConditionConfig{HttpHeaderName: aws.String("A"), RegexValues: []string{"^a"}}}
	address := types.RuleCondition{SourceIpConfig: &types.SourceIpConditionConfig{Values: []string{"10.0.0.0/8"}}}
	type conditions = []types.RuleCondition
	onHost := func(host string) ConditionsSpec { return ConditionsSpec{HostHeaders: []string{host}} }
	for name, test := range map[string]struct {
		ours   Spec
		theirs conditions
		at     string // priority of their rule; ours has 100
		own    conditions
		want   string // "" for no problem
	}{
		"a narrower path before /*":     {ours: Spec{PathPatterns: []string{"/orders/*"}}, theirs: conditions{paths("/*")}},
		"other paths":                   {ours: Spec{PathPatterns: []string{"/orders/*"}}, theirs: conditions{paths("/payments/*")}},
		"/* before everything":          {ours: Spec{PathPatterns: []string{"/*"}}, theirs: conditions{paths("/orders/*")}, want: "with the priority 100, this rule would take all requests for /orders/* from a rule of stack payments, which has the priority 200"},
		"/* after everything":           {ours: Spec{PathPatterns: []string{"/*"}}, theirs: conditions{paths("/orders/*")}, at: "50"},
		"their path among others":       {ours: Spec{PathPatterns: []string{"/a", "/orders/*"}}, theirs: conditions{paths("/orders/*")}, want: "all requests for /orders/*"},
		"one of their paths":            {ours: Spec{PathPatterns: []string{"/orders/*"}}, theirs: conditions{paths("/orders/new", "/payments")}, want: "all requests for /orders/new, /payments"},
		"a rule without paths":          {ours: Spec{PathPatterns: []string{"/*"}}, theirs: conditions{hosts("a.example.com")}, want: "all requests for /*"},
		"another host":                  {ours: Spec{PathPatterns: []string{"/*"}, ConditionsSpec: onHost("b.example.com")}, theirs: conditions{paths("/orders/*"), hosts("a.example.com")}},
		"a host before all hosts":       {ours: Spec{PathPatterns: []string{"/*"}, ConditionsSpec: onHost("b.example.com")}, theirs: conditions{paths("/*")}},
		"their host in capital letters": {ours: Spec{PathPatterns: []string{"/*"}, ConditionsSpec: onHost("A.example.com")}, theirs: conditions{paths("/orders/*"), hosts("a.example.com")}, want: "this rule would take all requests"},
		"all hosts":                     {ours: Spec{PathPatterns: []string{"/*"}, ConditionsSpec: onHost("*.example.com")}, theirs: conditions{paths("/*"), hosts("a.example.com")}, want: "this rule would take all requests"},
		"a header before all requests": {ours: Spec{PathPatterns: []string{"/*"}, ConditionsSpec: ConditionsSpec{
			HttpHeaders: []HttpHeaderSpec{{HttpHeaderName: "X-Tenant", Values: []string{"acme"}}}}}, theirs: conditions{paths("/orders/*")}},
		"their header": {ours: Spec{PathPatterns: []string{"/*"}, ConditionsSpec: ConditionsSpec{
			HttpHeaders: []HttpHeaderSpec{{HttpHeaderName: "x-tenant", Values: []string{"A*"}}}}}, theirs: conditions{paths("/orders/*"), header}, want: "this rule would take all requests"},
		"another query": {ours: Spec{PathPatterns: []string{"/*"}, ConditionsSpec: ConditionsSpec{
			QueryStrings: []QueryStringSpec{{Key: "v", Value: "1"}}}}, theirs: conditions{paths("/orders/*"), query}},
		"their query": {ours: Spec{PathPatterns: []string{"/*"}, ConditionsSpec: ConditionsSpec{
			QueryStrings: []QueryStringSpec{{Value: "*"}}}}, theirs: conditions{paths("/orders/*"), query}, want: "this rule would take all requests"},
		"a condition that no service has": {ours: Spec{PathPatterns: []string{"/*"}}, theirs: conditions{paths("/*"), address}, want: "this rule would take all requests"},
		"the same conditions, later":      {ours: Spec{PathPatterns: []string{"/*"}}, theirs: conditions{paths("/*")}, at: "50", want: "has the same conditions; set other paths or conditions"},
		// A service has one query condition with several values, of which a request must match one.
		"the same query values": {ours: Spec{PathPatterns: []string{"/*"}, ConditionsSpec: onQueries}, theirs: conditions{paths("/*"), queries("v", "1", "2")}, at: "50",
			want: "has the same conditions; set other paths or conditions"},
		// A rule can have several query conditions, all of which a request must match.
		"two query conditions": {ours: Spec{PathPatterns: []string{"/*"}, ConditionsSpec: onQueries}, theirs: conditions{paths("/*"), queries("v", "1"), queries("v", "2")}, at: "50"},
		// AWS accepts the values of paths and hosts in two fields.
		"classic paths":           {ours: Spec{PathPatterns: []string{"/orders/*"}}, theirs: conditions{classic("path-pattern", "/orders/new")}, want: "all requests for /orders/new"},
		"other classic paths":     {ours: Spec{PathPatterns: []string{"/*"}, ConditionsSpec: onHost("a.b")}, theirs: conditions{classic("path-pattern", "/orders/*"), classic("host-header", "c.d")}},
		"the same classic values": {ours: Spec{PathPatterns: []string{"/*"}}, theirs: conditions{classic("path-pattern", "/*")}, at: "50", want: "has the same conditions; set other paths or conditions"},
		// No service can have a regular expression, so a rule with one is never the same.
		"a regular expression for paths":        {ours: Spec{PathPatterns: []string{"/*"}}, theirs: conditions{regexPaths}, at: "50"},
		"a regular expression for hosts":        {ours: Spec{PathPatterns: []string{"/*"}}, theirs: conditions{paths("/*"), regexHosts}, at: "50"},
		"a regular expression in a header":      {ours: Spec{PathPatterns: []string{"/*"}}, theirs: conditions{paths("/*"), regexHeader}, at: "50"},
		"all paths before a regular expression": {ours: Spec{PathPatterns: []string{"/*"}}, theirs: conditions{regexPaths}, want: "all requests for /*"},
		"a rule that the stack has":             {ours: Spec{PathPatterns: []string{"/*"}}, theirs: conditions{paths("/orders/*")}, own: conditions{paths("/*")}},
		"a rule with another path":              {ours: Spec{PathPatterns: []string{"/*"}}, theirs: conditions{paths("/orders/*")}, own: conditions{paths("/b")}, want: "this rule would take all requests"},
	} {
		t.Run(name, func(t *testing.T) {
			priority := 100
			test.ours.Priority = &priority
			if test.at == "" {
				test.at = "200"
			}
			rules := []environment.Rule{{Stack: "payments", Priority: test.at, Conditions: test.theirs}}
			if test.own != nil {
				rules = append(rules, environment.Rule{Own: true, Priority: "100", Conditions: test.own})
			}
			var found problems.List
			test.ours.ValidateRules("p.", "web", rules, &found)
			if test.want == "" {
				require.NoError(t, found.Err())
				return
			}
			require.ErrorContains(t, found.Err(), test.want)
			require.ErrorContains(t, found.Err(), "p.pathPatterns")
			require.ErrorContains(t, found.Err(), "a rule of stack payments")
		})
	}
}
