package program

import (
	"strconv"
	"strings"
	"sync"
	"testing"

	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/enginetest"
)

// platform is the full name of the stack of Pulumi.platform.yaml.
const platform = "organization/" + enginetest.Project + "/platform"

// platformOutputs returns the outputs of the stack platform.
var platformOutputs = func() func(t *testing.T) map[string]any {
	var once sync.Once
	var found map[string]any
	return func(t *testing.T) map[string]any {
		once.Do(func() {
			found = outputsOf(t, "platform", read(t, "../examples/shared-environment/Pulumi.platform.yaml"))
		})
		return found
	}
}()

// outputsOf runs the program and returns the output that guests read, as Pulumi stores it.
func outputsOf(t *testing.T, stack, file string) map[string]any {
	t.Helper()
	r := &enginetest.Engine{Stack: stack}
	all := map[string]any{}
	require.NoError(t, r.Run(func(ctx *pulumi.Context) error {
		config, err := Load(ctx)
		if err != nil {
			return err
		}
		outputs, err := Deploy(ctx, config)
		if err != nil {
			return err
		}
		if shared, exists := outputs[environment.OutputName].(pulumi.Map); exists {
			shared.ToMapOutput().ApplyT(func(value map[string]any) any {
				all[environment.OutputName] = value
				return nil
			})
		}
		return nil
	}, stackFileConfig(t, file)))
	return all
}

const ordersFile = `
config:
  fargate-cd:environment: { stack: platform }
  fargate-cd:services:
    - { name: orders, pathPatterns: [/orders/*], source: { provider: CodeCommit, repository: orders } }
`

// A host has the load balancers and the capacity providers for its guests, although it has no service.
func TestHost(t *testing.T) {
	r := runStack(t, "platform", `
config:
  fargate-cd:environment: { loadBalancers: [internal, public], exec: true }
  fargate-cd:alarms: true
`)
	require.ElementsMatch(t, []string{"platform-alb", "platform-internal"}, enginetest.Names(r.All("lb.LoadBalancer")))
	require.Len(t, r.All("ecs.ClusterCapacityProviders"), 1)
	require.NotNil(t, r.One(t, "ecs.Cluster", "platform-cluster").Inputs["configuration"], "for exec in other stacks")
	require.Empty(t, r.All("ecs.Service"))
	require.Empty(t, r.All("cloudwatch.MetricAlarm"))
}

// A guest creates only resources for its services. Its fixed names contain its own stack name. Its rules and tasks use
// the listeners, the cluster and the subnets of the host.
func TestGuest(t *testing.T) {
	r := runStack(t, "payments", read(t, "../examples/shared-environment/Pulumi.payments.yaml"))
	for _, kind := range []string{"awsx:ec2:Vpc", "ecs.Cluster", "lb.LoadBalancer", "lb.Listener"} {
		require.Empty(t, r.All(kind), kind)
	}
	service := r.One(t, "ecs.Service", "payments")
	require.Equal(t, "arn:aws:ecs:eu-central-1:111122223333:cluster/fargate-cd-platform", service.Inputs["cluster"])
	require.Equal(t, list{"subnet-private-1", "subnet-private-2"}, service.Inputs["networkConfiguration"].(object)["subnets"])
	require.Equal(t, "fargate-cd-payments-payments", r.One(t, "ecs.TaskDefinition", "payments").Inputs["family"])
	listeners := map[string]any{}
	for _, rule := range r.All("lb.ListenerRule") {
		listeners[rule.Name] = rule.Inputs["listenerArn"]
	}
	const arn = "arn:aws:lb:eu-central-1:111122223333:listener/platform-"
	require.Equal(t, map[string]any{
		"payments-production": arn + "production", "payments-test": arn + "test", "ledger-production": arn + "internal-production",
	}, listeners)
	require.Equal(t, arn+"internal-production", r.One(t, "apigatewayv2.Integration", "payments-internal").Inputs["integrationUri"])
	require.Equal(t, "/aws/vendedlogs/apigateway/fargate-cd-payments", r.One(t, "cloudwatch.LogGroup", "payments-access").Inputs["name"])
	require.Equal(t, "platform-internal-securitygroup",
		r.One(t, "vpc.SecurityGroupIngressRule", "payments-link-internal").Inputs["securityGroupId"])
	require.Len(t, r.All("sns.Topic"), 1, "a guest has a topic of its own")
}

// If the host lacks something that a service needs, the program fails before it registers a service.
func TestGuestNeedsItsHost(t *testing.T) {
	host := func(change func(shared map[string]any)) map[string]map[string]any {
		shared := outputsOf(t, "platform", `
config:
  fargate-cd:environment: { loadBalancers: [public] }
  fargate-cd:natGatewayStrategy: None
`)
		change(shared[environment.OutputName].(map[string]any))
		return map[string]map[string]any{platform: shared}
	}
	same := func(map[string]any) {}
	for name, test := range map[string]struct {
		stacks  map[string]map[string]any
		service string
		want    []string
	}{
		"no such stack": {stacks: nil, want: []string{`environment.stack: the outputs of the stack "platform" cannot be read`, "run up on that stack first"}},
		"no host": {stacks: map[string]map[string]any{platform: {"clusterName": "x"}},
			want: []string{`the stack "platform" has no output "environment": set environment.loadBalancers`}},
		"an older host": {stacks: host(func(shared map[string]any) { delete(shared, "vpcId") }), want: []string{"has no vpcId: run up on it"}},
		"a host without what the service needs": {
			stacks: host(same),
			service: ", api: {}, exec: true, readonlyRootFilesystem: false, image: 111122223333.dkr.ecr.eu-central-1.amazonaws.com/web:1," +
				" secrets: { A: arn:aws:secretsmanager:eu-central-1:111122223333:secret:a-AbCdEf }",
			want: []string{
				"services[0].name: is missing: the stack platform has no internal load balancer", "services[0].exec: true is not allowed",
				"an interface endpoint for secretsmanager",
			},
		},
		"HTTP/2 without HTTPS":  {stacks: host(same), service: ", protocolVersion: HTTP2", want: []string{"services[0].protocolVersion"}},
		"images from elsewhere": {stacks: host(same), want: []string{"services[0].image: is missing"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := &enginetest.Engine{Stack: "orders", Stacks: test.stacks}
			err := r.Run(Run, stackFileConfig(t, strings.Replace(ordersFile, "repository: orders }", "repository: orders }"+test.service, 1)))
			for _, want := range test.want {
				require.ErrorContains(t, err, want)
			}
			require.Empty(t, r.All("fargate-cd:components:FargateService"))
		})
	}
}

// AWS refuses a priority that a rule of another stack has. AWS accepts two rules with the same conditions, although one
// of them gets no requests.
func TestRulesOfOtherStacks(t *testing.T) {
	config := stackFileConfig(t, ordersFile)
	first := "1"
	computed := strconv.Itoa((&fargateservice.Spec{PathPatterns: []string{"/orders/*"}}).RulePriority("orders"))
	for name, test := range map[string]struct {
		priority, path, stack, configured string
		others                            int    // how many such rules there are; 0 for one
		want                              string // "" for success
	}{
		"no collision":          {priority: first, path: "/other/*", stack: "payments"},
		"the same paths":        {priority: first, path: "/orders/*", stack: "payments", want: `["/orders/*"] is not allowed: a rule of stack payments on the load balancer has the same conditions`},
		"the computed priority": {priority: computed, path: "/other/*", stack: "payments", want: "the computed priority " + computed + " is also the priority of a rule of stack payments"},
		"a given priority":      {priority: "7", path: "/other/*", configured: "7", want: "services[0].priority: 7 is not allowed: it must be unique on the load balancer, and a rule of another stack"},
		"the quota":             {priority: first, path: "/other/*", stack: "payments", others: 100, want: "services: 101 is not allowed: 100 listener rules or fewer on the public load balancer of the stack platform"},
		"its own rule":          {priority: first, path: "/orders/*", stack: "orders"},
	} {
		t.Run(name, func(t *testing.T) {
			rule := elbtypes.Rule{
				RuleArn: pulumi.StringRef("rule"), Priority: &test.priority,
				Conditions: []elbtypes.RuleCondition{{PathPatternConfig: &elbtypes.PathPatternConditionConfig{Values: []string{test.path}}}},
			}
			standard := elbtypes.Rule{RuleArn: pulumi.StringRef("default"), IsDefault: pulumi.BoolRef(true)}
			r := &enginetest.Engine{
				Stack: "orders", Stacks: map[string]map[string]any{platform: platformOutputs(t)}, Rules: []elbtypes.Rule{rule, standard},
				RuleTags: map[string]map[string]string{"rule": {"pulumi:project": enginetest.Project, "pulumi:stack": test.stack}},
			}
			for range test.others - 1 {
				r.Rules = append(r.Rules, rule)
			}
			given := map[string]string{}
			for key, value := range config {
				given[key] = value
			}
			if test.configured != "" {
				given["fargate-cd:services"] = strings.Replace(given["fargate-cd:services"], `"name"`, `"priority":`+test.configured+`,"name"`, 1)
			}
			err := r.Run(Run, given)
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.want)
			require.Empty(t, r.All("fargate-cd:components:FargateService"))
		})
	}
}

func TestSharingIsValidated(t *testing.T) {
	for name, test := range map[string]struct {
		values map[string]string
		want   []string
	}{
		"keys of the network in a guest": {
			map[string]string{"environment": `{"stack":"platform"}`, "vpcCidrBlock": "10.1.0.0/16", "waf": "true", "notifications": `{"emailAddresses":["a@example.com"]}`},
			[]string{`vpcCidrBlock: "10.1.0.0/16" is not allowed: it belongs to the stack platform`, "waf: true is not allowed"},
		},
		"itself":         {map[string]string{"environment": `{"stack":"test"}`}, []string{"this is the stack itself"}},
		"itself in full": {map[string]string{"environment": `{"stack":"acme/fargate-cd/test"}`}, []string{"this is the stack itself"}},
		"not a name":     {map[string]string{"environment": `{"stack":"a/b"}`}, []string{`environment.stack: "a/b" is not allowed`}},
		"both a host and a guest": {
			map[string]string{"environment": `{"stack":"platform","loadBalancers":["public"],"exec":true,"endpointServices":["ssm"]}`},
			[]string{"environment.loadBalancers", "environment.exec", "environment.endpointServices"},
		},
		"neither":              {map[string]string{"environment": `{"exec":true}`}, []string{"environment.loadBalancers: is missing"}},
		"unknown balancers":    {map[string]string{"environment": `{"loadBalancers":["private","public","public"]}`}, []string{"one of public, internal", "each load balancer only once"}},
		"endpoints beside NAT": {map[string]string{"environment": `{"loadBalancers":["public"],"endpointServices":["ssm"]}`}, []string{"none in a network with internet access"}},
		"a host's test listener": {
			map[string]string{"environment": `{"loadBalancers":["public"]}`, "testListenerPort": "8080"}, []string{"testIngressCidrBlocks: is missing"}},
	} {
		t.Run(name, func(t *testing.T) {
			given := map[string]string{"fargate-cd:services": stackFileConfig(t, ordersFile)["fargate-cd:services"]}
			for key, value := range test.values {
				given["fargate-cd:"+key] = value
			}
			err := Validate(enginetest.Project, "test", given)
			for _, want := range test.want {
				require.ErrorContains(t, err, want)
			}
			require.NotContains(t, err.Error(), "notifications")
		})
	}
}
