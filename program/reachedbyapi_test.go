package program

import (
	"testing"

	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/internal/enginetest"
)

// The API forwards the requests of its routes to the listener, where a service without api could get them.
func TestServicesThatTheAPIReaches(t *testing.T) {
	for name, test := range map[string]struct {
		api, other string // of the services web and billing
		want       string // an example in the problem; "" for no problem
	}{
		"a path below /*":         {`"api":{}`, `"pathPatterns":["/billing/*"]`, "GET /billing/"},
		"another path":            {`"pathPatterns":["/web/*"],"api":{}`, `"pathPatterns":["/billing/*"]`, ""},
		"a wider path":            {`"pathPatterns":["/billing/new"],"api":{}`, `"pathPatterns":["/billing/*"]`, ""},
		"routes of other paths":   {`"api":{"routeKeys":["GET /web"]}`, `"pathPatterns":["/billing/*"]`, ""},
		"a route with a variable": {`"pathPatterns":["/web"],"api":{"routeKeys":["GET /billing/{id}"]}`, `"pathPatterns":["/billing/5"]`, "GET /billing/5"},
		"some of its paths":       {`"pathPatterns":["/web"],"api":{"routeKeys":["PUT /billing/{id}"]}`, `"pathPatterns":["/billing/*"]`, "PUT /billing/x"},
		"a host":                  {`"api":{}`, `"pathPatterns":["/billing/*"],"hostHeaders":["billing.example.com"]`, ""},
		"hosts of another domain": {`"api":{}`, `"pathPatterns":["/billing/*"],"hostHeaders":["*.example.com"]`, ""},
		"hosts of APIs":           {`"api":{}`, `"pathPatterns":["/billing/*"],"hostHeaders":["*.amazonaws.com"]`, "GET /billing/"},
		"the same host":           {`"hostHeaders":["a.example.com"],"api":{}`, `"pathPatterns":["/billing/*"],"hostHeaders":["*.example.com"]`, "GET /billing/"},
		"an additional port": {`"api":{}`, `"pathPatterns":["/billing/*"],"hostHeaders":["billing.example.com"],
			"additionalPorts":[{"containerPort":9090,"pathPatterns":["/metrics"]}]`, "GET /metrics"},
		"behind the API too": {`"api":{}`, `"pathPatterns":["/billing/*"],"api":{"scopes":["billing/read"]}`, ""},
		"a worker":           {`"api":{}`, `"pathPatterns":[],"internalClients":false`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := Validate(enginetest.Project, "test", map[string]string{
				"fargate-cd:services": services(service("web", test.api+`,"internalClients":true`), service("billing", `"internalClients":true,`+test.other))})
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, "fargate-cd:services[1].")
			require.ErrorContains(t, err, "the API forwards requests for service web also to service billing, such as "+test.want+", with any token")
		})
	}
}

// A route of one service must not forward requests to another service with scopes that the route does not require. The
// routes of that service can come first, but only for the requests that they match.
func TestScopesOfServicesThatTheAPIReaches(t *testing.T) {
	const some = `"pathPatterns":["/admin/*"],"api":{"routeKeys":["GET /admin/report"],"scopes":["admin/read"]}`
	const all = `"pathPatterns":["/admin/*"],"api":{"scopes":["admin/read"]}`
	for name, test := range map[string]struct {
		api, admin, third string // of the services web, admin and reports
		values            map[string]string
		want              string // the request and the route in the problem; "" for no problem
	}{
		"a route for some requests":  {api: `"api":{}`, admin: some, want: "GET /admin/ on the route ANY /{proxy+}"},
		"routes for all requests":    {api: `"api":{}`, admin: all},
		"routes of one method":       {api: `"api":{}`, admin: `"pathPatterns":["/admin/*"],"api":{"routeKeys":["GET /admin/{proxy+}"],"scopes":["admin/read"]}`, want: "POST /admin/ on the route"},
		"other paths":                {api: `"pathPatterns":["/web/*"],"api":{}`, admin: some},
		"no scopes":                  {api: `"api":{}`, admin: `"pathPatterns":["/admin/*"],"api":{"routeKeys":["GET /admin/report"]}`},
		"the same scopes":            {api: `"api":{"scopes":["admin/read"]}`, admin: some},
		"one of several scopes":      {api: `"api":{"scopes":["admin/read"]}`, admin: `"pathPatterns":["/admin/*"],"api":{"routeKeys":["GET /admin/x"],"scopes":["admin/write","admin/read"]}`},
		"a further scope":            {api: `"api":{"scopes":["admin/read","web/read"]}`, admin: some, want: "GET /admin/ on the route"},
		"a part of a path":           {api: `"api":{}`, admin: `"pathPatterns":["/admin/*"],"api":{"routeKeys":["ANY /admin/{id}","ANY /admin"],"scopes":["admin/read"]}`, want: "GET /admin/ on the route"},
		"a more specific route":      {api: `"api":{"routeKeys":["ANY /{proxy+}","GET /admin/{id}"]}`, admin: all, want: "GET /admin/x on the route GET /admin/{id}"},
		"an undocumented precedence": {api: `"api":{"routeKeys":["GET /{proxy+}"]}`, admin: all, want: "GET /admin/ on the route GET /{proxy+}"},
		"the same method": {api: `"api":{"routeKeys":["GET /{proxy+}"]}`,
			admin: `"pathPatterns":["/admin/*"],"api":{"routeKeys":["ANY /admin/{proxy+}","GET /admin/{proxy+}"],"scopes":["admin/read"]}`},
		"routes of a third service": {api: `"api":{}`, admin: some, third: `"pathPatterns":["/reports/*"],"api":{"routeKeys":["ANY /reports/{proxy+}","ANY /admin/{proxy+}"],"scopes":["admin/read"]}`},
		"a rule that comes later":   {api: `"pathPatterns":["/admin/new"],"api":{}`, admin: some},
		"a rule that comes first":   {api: `"pathPatterns":["/admin/new"],"priority":2,"api":{}`, admin: some + `,"priority":1`, want: "GET /admin/new on the route ANY /admin/new"},
		"a rule on a header first": {api: `"pathPatterns":["/admin/new"],"httpHeaders":[{"httpHeaderName":"A","values":["1"]}],"api":{}`, admin: some,
			want: "GET /admin/new on the route"},
		"a host": {api: `"api":{}`, admin: `"hostHeaders":["admin.internal"],` + some},
		"a name that every host has": {api: `"api":{}`, admin: `"hostHeaders":["admin.internal","*.com"],` + some,
			want: "GET /admin/ on the route"},
		"methods instead of ANY": {api: `"api":{}`, admin: all, values: map[string]string{"apiCorsAllowOrigins": `["*"]`}},
		"an open load balancer": {api: `"api":{"publicListener":true}`,
			admin: `"pathPatterns":["/admin/*"],"api":{"publicListener":true,"routeKeys":["GET /admin"],"scopes":["admin/read"]}`},
		"a load balancer for some networks": {api: `"api":{"publicListener":true}`, values: map[string]string{"ingressCidrBlocks": `["203.0.113.0/24"]`},
			admin: `"pathPatterns":["/admin/*"],"api":{"publicListener":true,"routeKeys":["GET /admin"],"scopes":["admin/read"]}`, want: "GET /admin/ on the route"},
		"two load balancers": {api: `"api":{"publicListener":true}`, admin: some},
	} {
		t.Run(name, func(t *testing.T) {
			list := []string{service("web", test.api), service("admin", test.admin)}
			if test.third != "" {
				list = append(list, service("reports", test.third))
			}
			values := map[string]string{"fargate-cd:services": services(list...)}
			for key, value := range test.values {
				values["fargate-cd:"+key] = value
			}
			err := Validate(enginetest.Project, "test", values)
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, `services[1].api.scopes: ["admin/read"] is not allowed: a client can avoid these scopes`)
			require.ErrorContains(t, err, "the API forwards requests such as "+test.want)
		})
	}
}

// The tokens of a guest's user pool must not reach the services of other stacks on the internal load balancer.
func TestTheAPIReachesOtherStacks(t *testing.T) {
	const web = `"api":{}`
	paths := elbtypes.RuleCondition{PathPatternConfig: &elbtypes.PathPatternConditionConfig{Values: []string{"/orders/*"}}}
	host := elbtypes.RuleCondition{HostHeaderConfig: &elbtypes.HostHeaderConditionConfig{Values: []string{"orders.internal"}}}
	expression := elbtypes.RuleCondition{PathPatternConfig: &elbtypes.PathPatternConditionConfig{RegexValues: []string{"^/orders/"}}}
	for name, test := range map[string]struct {
		service    string
		conditions []elbtypes.RuleCondition
		stack      string
		want       string // "" for success
	}{
		"a path below /*": {web, []elbtypes.RuleCondition{paths}, "payments",
			`services[0].api.routeKeys: "ANY /{proxy+}" is not allowed: the load balancer ` +
				`forwards requests such as GET /orders/ to the service of stack payments`},
		"a rule without tags":    {web, []elbtypes.RuleCondition{paths}, "", "GET /orders/ to the service of another stack"},
		"a route of one path":    {`"pathPatterns":["/web"],"api":{"routeKeys":["PUT /orders/{id}"]}`, []elbtypes.RuleCondition{paths}, "payments", "such as PUT /orders/x to"},
		"other paths":            {`"pathPatterns":["/web/*"],"api":{}`, []elbtypes.RuleCondition{paths}, "payments", ""},
		"other routes":           {`"api":{"routeKeys":["ANY /web/{proxy+}"]}`, []elbtypes.RuleCondition{paths}, "payments", ""},
		"a host of that stack":   {web, []elbtypes.RuleCondition{paths, host}, "payments", ""},
		"a rule of the stack":    {web, []elbtypes.RuleCondition{paths}, "web", ""},
		"a regular expression":   {web, []elbtypes.RuleCondition{expression}, "payments", ""},
		"the public listener":    {`"api":{"publicListener":true}`, []elbtypes.RuleCondition{paths}, "payments", ""},
		"a service without api":  {`"cpu":256`, []elbtypes.RuleCondition{paths}, "payments", ""},
		"a rule that comes last": {`"pathPatterns":["/orders/new"],"api":{}`, []elbtypes.RuleCondition{paths}, "payments", ""},
	} {
		t.Run(name, func(t *testing.T) {
			rule := elbtypes.Rule{RuleArn: pulumi.StringRef("rule"), Priority: pulumi.StringRef("47000"), Conditions: test.conditions}
			r := &enginetest.Engine{
				Stack: "web", Stacks: map[string]map[string]any{platform: platformOutputs(t)}, Rules: []elbtypes.Rule{rule},
				RuleTags: map[string]map[string]string{"rule": {"pulumi:project": enginetest.Project, "pulumi:stack": test.stack}},
			}
			config := map[string]string{"fargate-cd:environment": `{"stack":"platform"}`}
			config["fargate-cd:services"] = services(service("web", test.service))
			err := r.Run(Run, config)
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.want)
			require.Empty(t, r.All("fargate-cd:components:FargateService"))
		})
	}
}
