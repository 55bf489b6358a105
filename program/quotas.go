package program

import (
	"fmt"

	"fargate-cd/components/apigateway"
	"fargate-cd/components/environment"
	"fargate-cd/internal/defaults"
	"fargate-cd/internal/problems"
)

// Quotas are those quotas of an AWS account that a stack with many services can reach, and that AWS raises on request. The
// defaults are AWS's own. A stack that uses less can still exceed a quota that it shares with others in its account.
type Quotas struct {
	// RulesPerLoadBalancer is the quota Rules per Application Load Balancer. Each service has a rule on the production
	// listener for each of its ports, and a blue/green service another one on the test listener.
	RulesPerLoadBalancer int `json:"rulesPerLoadBalancer" default:"100"`
	// TargetsPerLoadBalancer is the quota Targets per Application Load Balancer. Each task is a target; during a deployment
	// a service has twice its tasks.
	TargetsPerLoadBalancer int `json:"targetsPerLoadBalancer" default:"1000"`
	// RulesPerSecurityGroup is the quota Inbound or outbound rules per security group. The load balancer's group has an
	// outbound rule for each port of a service.
	RulesPerSecurityGroup int `json:"rulesPerSecurityGroup" default:"60"`
	// Pipelines is the quota of pipelines in an account and region. Each service has one, and
	// another one with source.pullRequests.
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

// validateQuotas checks how many of a kind the stack has against the quotas of the account, so that an update does not
// fail half way. The names and the defaults are from these pages: "Quotas for your Application Load Balancers" (User Guide
// for Application Load Balancers), "Amazon VPC quotas" (Amazon VPC User Guide), "Quotas in AWS CodePipeline" (AWS
// CodePipeline User Guide), "Quotas for configuring and running an HTTP API in API Gateway" (API Gateway Developer Guide)
// and "Quotas in Amazon Cognito" (Amazon Cognito Developer Guide).
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
		keys, _ := c.Routes(&apis[i].ServiceSpec, apis[i].PathPatterns) // its error is a problem already
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

// pipelines returns how many pipelines the services have.
func (c *Config) pipelines() int {
	n := len(c.Services)
	for i := range c.Services {
		if c.Services[i].Source.PullRequests != nil {
			n++
		}
	}
	return n
}

// What the messages say of quotas. That of a security group's rules applies to each direction.
const (
	groupRules        = `"Inbound or outbound rules per security group"`
	rulesQuota        = `"Rules per Application Load Balancer"`
	targetGroupsQuota = `"Target Groups per Application Load Balancer"`
	targetGroups      = "target groups (a blue/green service has two)"
	notRaised         = "AWS does not raise it: move services to another stack, such as one for each team"
)

// remedyFor returns the ways out of a quota that AWS raises.
func remedyFor(key string) string {
	return "move services to another stack, such as one for each team, or raise it in Service Quotas and set quotas." + key
}

// balancerNeeds are the numbers of what the services on a load balancer need of it.
type balancerNeeds struct {
	ports, rules, targetGroups, networks int
	tasks, largest                       int // of all services, and of the largest of them, once for each port
}

// needs returns what the services on one of the load balancers need of it.
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
		n.tasks, n.largest = n.tasks+ports*service.MostTasks(), max(n.largest, ports*service.MostTasks())
		if service.API != nil {
			linked = 1
		}
	}
	n.networks = linked + len(c.TestIngressCidrBlocks)
	if balancer == environment.LoadBalancerInternal && c.internalClients() {
		n.networks += len(c.InternalIngress())
	}
	if balancer == environment.LoadBalancerPublic {
		n.networks += len(c.IngressCidrBlocks)
		if c.HTTPS() { // they reach the redirect too
			n.networks += len(c.IngressCidrBlocks)
		}
	}
	return n
}

// validateBalancer checks what the services on one of the load balancers need of it.
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
	check("services", needs.ports, c.Quotas.RulesPerSecurityGroup, "services", groupRules, remedyFor("rulesPerSecurityGroup"))
	check("ingressCidrBlocks", needs.networks, c.Quotas.RulesPerSecurityGroup, "networks, testIngressCidrBlocks and the API included,", groupRules,
		"merge networks into larger ones, or raise it in Service Quotas and set quotas.rulesPerSecurityGroup")
}

// validateShared checks what the services on one of the host's load balancers need of it beside those of other stacks, which
// have a number of rules on its production listener. Each of these is for a port of a service, which has a target group, and
// a rule in the group of the load balancer. How many targets and how many rules on the test listener the others have is not
// known.
func (c *Config) validateShared(key, balancer string, others int, found *problems.List) {
	needs := c.needs(balancer)
	for _, each := range []struct {
		count, quota       int
		what, name, remedy string
	}{
		{needs.rules, c.Quotas.RulesPerLoadBalancer, "listener rules", rulesQuota, remedyFor("rulesPerLoadBalancer")},
		{needs.targetGroups, targetGroupsPerLoadBalancer, targetGroups, targetGroupsQuota, notRaised},
		{needs.ports, c.Quotas.RulesPerSecurityGroup, "ports of services", groupRules, remedyFor("rulesPerSecurityGroup")},
	} {
		if n := each.count + others; n > each.quota {
			found.Add(key, n, "%d %s or fewer on the %s load balancer of the stack %s, the quota %s; other stacks have %d of them; %s",
				each.quota, each.what, balancer, c.Environment.Stack, each.name, others, each.remedy)
		}
	}
}

// validate reports a quota that is lower than AWS's default, which no account has.
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
