package program

import (
	"fmt"

	"fargate-cd/components/apigateway"
	"fargate-cd/components/environment"
	"fargate-cd/internal/defaults"
	"fargate-cd/internal/problems"
)

// Quotas holds the quotas of an AWS account that a stack with many services can reach, and that AWS raises on request.
// The defaults are AWS's defaults. The program counts only the resources of the stack, so a quota for the whole account
// can still be exceeded together with other stacks.
type Quotas struct {
	// RulesPerLoadBalancer is the quota Rules per Application Load Balancer. Each service has a rule on the production
	// listener for each of its ports, and a blue/green service has another rule on the test listener.
	RulesPerLoadBalancer int `json:"rulesPerLoadBalancer" default:"100"`
	// TargetsPerLoadBalancer is the quota Targets per Application Load Balancer. Each task is a target; during a deployment
	// a service has twice its tasks.
	TargetsPerLoadBalancer int `json:"targetsPerLoadBalancer" default:"1000"`
	// RulesPerSecurityGroup is the quota Inbound or outbound rules per security group. The load balancer's group has an
	// outbound rule for each port of a service.
	RulesPerSecurityGroup int `json:"rulesPerSecurityGroup" default:"60"`
	// Pipelines is the quota of pipelines in an account and region. Each service has one pipeline, and a second one
	// with source.pullRequests.
	Pipelines int `json:"pipelines" default:"1000"`
	// RoutesPerAPI is the quota Routes per API. With apiCorsAllowOrigins a route for all methods counts as six.
	RoutesPerAPI int `json:"routesPerApi" default:"300"`
	// ResourceServersPerUserPool is the quota Resource servers per user pool. The part of a scope before its last slash is
	// a resource server.
	ResourceServersPerUserPool int `json:"resourceServersPerUserPool" default:"25"`
}

// targetGroupsPerLoadBalancer is the quota Target Groups per Application Load Balancer, which AWS does not raise ("Quotas for
// your Application Load Balancers", User Guide for Application Load Balancers).
const targetGroupsPerLoadBalancer = 100

// validateQuotas compares the numbers of the stack's resources with the quotas of the account, so that an update does
// not fail halfway. The names and the defaults are from these pages: "Quotas for your Application Load Balancers" (User
// Guide for Application Load Balancers), "Amazon VPC quotas" (Amazon VPC User Guide), "Quotas in AWS CodePipeline" (AWS
// CodePipeline User Guide), "Quotas for configuring and running an HTTP API in API Gateway" (API Gateway Developer
// Guide) and "Quotas in Amazon Cognito" (Amazon Cognito Developer Guide).
func (c *Config) validateQuotas(prefix string, found *problems.List) {
	c.Quotas.validate(prefix+"quotas.", found)
	for _, balancer := range c.loadBalancers() {
		c.validateBalancer(prefix, balancer, found)
	}
	check := func(count, quota int, what, name, key string) {
		if count > quota {
			found.Add(prefix+"services", count, "%d %s or fewer in a stack, the quota %s; %s", quota, what, name, remedyFor(key))
		}
	}
	check(c.pipelines(), c.Quotas.Pipelines, "pipelines", `"Total number of pipelines per Region in an AWS account"`, "pipelines")
	apis := c.apiServices()
	routes := 0
	for i := range apis {
		keys, _ := c.Routes(&apis[i].ServiceSpec, apis[i].PathPatterns) // ServiceSpec.Validate has reported the error
		routes += len(keys)
	}
	check(routes, c.Quotas.RoutesPerAPI, "routes of the API", `"Routes per API"`, "routesPerApi")
	check(len(apigateway.ResourceServers(apis)), c.Quotas.ResourceServersPerUserPool, "resource servers in the scopes of all services",
		`"Resource servers per user pool"`, "resourceServersPerUserPool")
	for i := range c.Services {
		if n := len(c.Services[i].EgressPorts); n > c.Quotas.RulesPerSecurityGroup {
			found.Add(fmt.Sprintf("%sservices[%d].egressPorts", prefix, i), n, "%d ports or fewer, the quota %s; %s",
				c.Quotas.RulesPerSecurityGroup, groupRules, `open fewer ports, or raise it in Service Quotas and set quotas.rulesPerSecurityGroup`)
		}
	}
}

// pipelines returns the number of pipelines of all services.
func (c *Config) pipelines() int {
	n := len(c.Services)
	for i := range c.Services {
		if c.Services[i].Source.PullRequests != nil {
			n++
		}
	}
	return n
}

// Texts of messages about quotas. The quota of rules per security group applies to each direction.
const (
	groupRules        = `"Inbound or outbound rules per security group"`
	rulesQuota        = `"Rules per Application Load Balancer"`
	targetGroupsQuota = `"Target Groups per Application Load Balancer"`
	portsOfServices   = "ports of services"
	targetGroups      = "target groups (a blue/green service has two)"
	notRaised         = "AWS does not raise it: move services to another stack, such as one for each team"
)

// remedyFor returns the advice for a quota that AWS raises. key is the key of the quota.
func remedyFor(key string) string {
	return "move services to another stack, such as one for each team, or raise it in Service Quotas and set quotas." + key
}

// balancerNeeds counts the resources that the services on a load balancer need.
type balancerNeeds struct {
	ports, rules, targetGroups, networks int
	tasks, largest                       int // of all services, and of the largest service; each task counts once for each port
}

// needs counts the resources that the services on a load balancer need.
func (c *Config) needs(balancer string) balancerNeeds {
	var n balancerNeeds
	linked := 0 // the rule that admits the API
	for i := range c.Services {
		service := &c.Services[i]
		if service.Worker() || service.Internal() != (balancer == environment.LoadBalancerInternal) {
			continue
		}
		ports := 1 + len(service.AdditionalPorts)
		n.ports, n.rules, n.targetGroups = n.ports+ports, n.rules+ports, n.targetGroups+ports
		if service.Deployment.BlueGreen() {
			n.targetGroups++
			if c.TestListenerPort != 0 {
				n.rules++
			}
		}
		n.tasks, n.largest = n.tasks+ports*service.MaxTasks(), max(n.largest, ports*service.MaxTasks())
		if service.API != nil {
			linked = 1
		}
	}
	rules, _ := c.networkRules(balancer)
	n.networks = linked + rules
	return n
}

// networkRules returns the number of rules that admit networks to the listeners of a load balancer, and the key of the list
// that needs most of them.
func (c *Config) networkRules(balancer string) (rules int, longest string) {
	largest := 0
	add := func(key string, count int) {
		rules += count
		if count > largest {
			largest, longest = count, key
		}
	}
	if balancer == environment.LoadBalancerPublic {
		count := len(c.IngressCidrBlocks)
		if c.HTTPS() { // these networks also reach the listener that redirects to HTTPS
			count *= 2
		}
		add("ingressCidrBlocks", count)
	} else if c.internalClients() {
		add("internalIngressCidrBlocks", len(c.InternalIngress()))
	}
	if c.TestListenerPort != 0 {
		add("testIngressCidrBlocks", len(c.TestIngress()))
	}
	return rules, longest
}

// validateBalancer compares the needs of the services on a load balancer with the quotas.
func (c *Config) validateBalancer(prefix, balancer string, found *problems.List) {
	needs := c.needs(balancer)
	check := func(key string, count, quota int, what, name, remedy string) {
		if count > quota {
			found.Add(prefix+key, count, "%d %s or fewer on the %s load balancer, the quota %s; %s", quota, what, balancer, name, remedy)
		}
	}
	check("services", needs.rules, c.Quotas.RulesPerLoadBalancer, "listener rules", rulesQuota, remedyFor("rulesPerLoadBalancer"))
	check("services", needs.targetGroups, targetGroupsPerLoadBalancer, targetGroups, targetGroupsQuota, notRaised)
	check("services", needs.tasks+needs.largest, c.Quotas.TargetsPerLoadBalancer, "tasks, with those of the largest service twice for a deployment,",
		`"Targets per Application Load Balancer"`, "lower desiredCount, or "+remedyFor("targetsPerLoadBalancer"))
	check("services", needs.ports, c.Quotas.RulesPerSecurityGroup, portsOfServices, groupRules, remedyFor("rulesPerSecurityGroup"))
	_, longest := c.networkRules(balancer)
	check(longest, needs.networks, c.Quotas.RulesPerSecurityGroup, "networks, those of all listeners and the API included,", groupRules,
		"merge networks into larger ones, or raise it in Service Quotas and set quotas.rulesPerSecurityGroup")
}

// validateShared compares the needs of this stack and of other stacks on a load balancer of the host with the quotas.
// others is the number of rules that other stacks have on its production listener. Each of these rules stands for a
// port of a service, which also has a target group and a rule in the load balancer's security group. The numbers of
// targets and of test listener rules of other stacks are unknown.
func (c *Config) validateShared(key, balancer string, others int, found *problems.List) {
	needs := c.needs(balancer)
	for _, each := range []struct {
		count, quota       int
		what, name, remedy string
	}{
		{needs.rules, c.Quotas.RulesPerLoadBalancer, "listener rules", rulesQuota, remedyFor("rulesPerLoadBalancer")},
		{needs.targetGroups, targetGroupsPerLoadBalancer, targetGroups, targetGroupsQuota, notRaised},
		{needs.ports, c.Quotas.RulesPerSecurityGroup, portsOfServices, groupRules, remedyFor("rulesPerSecurityGroup")},
	} {
		if n := each.count + others; n > each.quota {
			found.Add(key, n, "%d %s or fewer on the %s load balancer of the stack %s, the quota %s; other stacks have %d of them; %s",
				each.quota, each.what, balancer, c.Environment.Stack, each.name, others, each.remedy)
		}
	}
}

// validate reports a quota that is lower than AWS's default, because no account has a lower quota.
func (q *Quotas) validate(prefix string, found *problems.List) {
	var least Quotas
	defaults.Set(&least)
	for _, quota := range []struct {
		key          string
		value, least int
	}{
		{"rulesPerLoadBalancer", q.RulesPerLoadBalancer, least.RulesPerLoadBalancer},
		{"targetsPerLoadBalancer", q.TargetsPerLoadBalancer, least.TargetsPerLoadBalancer},
		{"rulesPerSecurityGroup", q.RulesPerSecurityGroup, least.RulesPerSecurityGroup},
		{"pipelines", q.Pipelines, least.Pipelines},
		{"routesPerApi", q.RoutesPerAPI, least.RoutesPerAPI},
		{"resourceServersPerUserPool", q.ResourceServersPerUserPool, least.ResourceServersPerUserPool},
	} {
		if quota.value < quota.least {
			found.Add(prefix+quota.key, quota.value, "%d or more: AWS's default is %d", quota.least, quota.least)
		}
	}
}
