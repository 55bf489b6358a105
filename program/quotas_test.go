package program

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"fargate-cd/components/environment"
	"fargate-cd/internal/enginetest"
	"fargate-cd/internal/problems"
)

// many returns a list of services with additional keys. %d in the keys stands for the number of the service.
func many(count int, keys string) string {
	var all []string
	for i := range count {
		more := fmt.Sprintf(`"priority": %d, "pathPatterns": ["/%d"]`, i+1, i)
		if keys != "" {
			more += ", " + strings.ReplaceAll(keys, "%d", fmt.Sprint(i))
		}
		all = append(all, service(fmt.Sprintf("s%d", i), more))
	}
	return services(all...)
}

// networks returns a list of different networks.
func networks(count int) string {
	var all []string
	for i := range count {
		all = append(all, fmt.Sprintf(`"10.%d.0.0/16"`, i))
	}
	return "[" + strings.Join(all, ", ") + "]"
}

func TestQuotas(t *testing.T) {
	const blueGreen, behindAPI = `"deployment": {"strategy": "ECSAllAtOnce"}`, `"api": {}`
	const raised = `"rulesPerSecurityGroup": 200`
	const teams = "move services to another stack, such as one for each team"
	for name, test := range map[string]struct {
		services string
		config   map[string]string
		want     string // "": valid
	}{
		"as many services as the group of a load balancer has rules": {services: many(60, "")},
		"more services than that": {services: many(61, ""), want: `fargate-cd:services: 61 is not allowed: 60 ports of services or fewer on ` +
			`the public load balancer, the quota "Inbound or outbound rules per security group"; ` + teams +
			`, or raise it in Service Quotas and set quotas.rulesPerSecurityGroup`},
		"more ports than that": {services: many(31, `"additionalPorts": [{"containerPort": 9090, "pathPatterns": ["/%d/admin"], "priority": 1%d000}]`),
			want: "fargate-cd:services: 62 is not allowed: 60 ports of services or fewer on the public load balancer"},
		"with a raised quota": {services: many(100, ""), config: map[string]string{"quotas": "{" + raised + "}"}},
		"more rules": {services: many(101, ""), config: map[string]string{"quotas": "{" + raised + "}"},
			want: `fargate-cd:services: 101 is not allowed: 100 listener rules or fewer on the public load balancer, the quota ` +
				`"Rules per Application Load Balancer"; ` + teams + `, or raise it in Service Quotas and set quotas.rulesPerLoadBalancer`},
		"two target groups for a blue/green service": {services: many(50, blueGreen)},
		"more target groups": {services: many(51, blueGreen), want: `fargate-cd:services: 102 is not allowed: 100 target groups ` +
			`(a blue/green service has two) or fewer on the public load balancer, the quota "Target Groups per Application Load ` +
			`Balancer"; AWS does not raise it: ` + teams},
		"rules on the test listener, on the internal load balancer": {services: many(51, blueGreen+", "+behindAPI),
			config: map[string]string{"testListenerPort": "8080", "vpcCidrBlock": "10.0.0.0/16"},
			want:   "fargate-cd:services: 102 is not allowed: 100 listener rules or fewer on the internal load balancer"},
		"as many tasks as targets": {services: many(9, `"desiredCount": 100`)},
		"more tasks": {services: many(10, `"desiredCount": 100`), want: "fargate-cd:services: 1100 is not allowed: 1000 tasks, with " +
			`those of the largest service twice for a deployment, or fewer on the public load balancer, the quota "Targets per ` +
			`Application Load Balancer"; lower desiredCount, or ` + teams},
		"networks with a redirect": {services: minimal, config: map[string]string{"ingressCidrBlocks": networks(31),
			"domainName": "app.example.com", "hostedZoneId": "Z0123456789ABCDEFGHIJ"},
			want: "fargate-cd:ingressCidrBlocks: 62 is not allowed: 60 networks"},
		"networks": {services: minimal, config: map[string]string{"ingressCidrBlocks": networks(61)},
			want: "fargate-cd:ingressCidrBlocks: 61 is not allowed: 60 networks, those of all listeners and the API included, or fewer on the public"},
		// The error names the list that is too long, which need not be ingressCidrBlocks.
		"networks of the internal load balancer": {services: many(1, `"internalClients": true`),
			config: map[string]string{"internalIngressCidrBlocks": networks(61)},
			want:   "fargate-cd:internalIngressCidrBlocks: 61 is not allowed: 60 networks, those of all listeners and the API included, or fewer on the internal"},
		"networks of the test listener": {services: many(1, blueGreen+", "+behindAPI),
			config: map[string]string{"testListenerPort": "8080", "testIngressCidrBlocks": networks(60)},
			want:   "fargate-cd:testIngressCidrBlocks: 61 is not allowed: 60 networks"},
		"a test listener that the created network reaches": {services: many(1, blueGreen+`, "internalClients": true`),
			config: map[string]string{"testListenerPort": "8080", "internalIngressCidrBlocks": networks(60), "vpcCidrBlock": "10.0.0.0/16"},
			want:   "fargate-cd:internalIngressCidrBlocks: 61 is not allowed: 60 networks"},
		"ports": {services: many(1, `"egressPorts": [`+ports(61)+`]`),
			want: "fargate-cd:services[0].egressPorts: 61 is not allowed: 60 ports or fewer"},
		"routes": {services: many(51, behindAPI), config: map[string]string{"apiCorsAllowOrigins": `["https://a.example"]`},
			want: `fargate-cd:services: 306 is not allowed: 300 routes of the API or fewer in a stack, the quota "Routes per API"`},
		"resource servers": {services: many(26, `"api": {"scopes": ["s%d/read"]}`),
			want: `fargate-cd:services: 26 is not allowed: 25 resource servers in the scopes of all services or fewer in a stack`},
		"pipelines": {services: many(1001, ""), want: "fargate-cd:services: 1001 is not allowed: 1000 pipelines or fewer in a stack"},
		"a lower quota": {services: minimal, config: map[string]string{"quotas": `{"pipelines": 300}`},
			want: "fargate-cd:quotas.pipelines: 300 is not allowed: 1000 or more: AWS's default is 1000"},
	} {
		t.Run(name, func(t *testing.T) {
			values := map[string]string{"fargate-cd:services": test.services}
			for key, value := range test.config {
				values["fargate-cd:"+key] = value
			}
			_, err := parse(values)
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.want)
		})
	}
}

func ports(count int) string {
	var all []string
	for i := range count {
		all = append(all, fmt.Sprint(1000+i))
	}
	return strings.Join(all, ",")
}

// The checks count the resources that the components register.
func TestNeedsAreWhatIsRegistered(t *testing.T) {
	config, err := Parse(enginetest.Project, enginetest.Stack, stackFileConfig(t, twoOfEverything))
	require.NoError(t, err)
	engine := runStack(t, enginetest.Stack, twoOfEverything)
	for balancer, names := range map[string]struct{ listeners, group string }{
		environment.LoadBalancerPublic:   {"listener/" + enginetest.Stack + "-", enginetest.Stack + "-alb-securitygroup"},
		environment.LoadBalancerInternal: {"listener/" + enginetest.Stack + "-internal-", enginetest.Stack + "-internal-securitygroup"},
	} {
		var got balancerNeeds
		on := map[string]bool{} // the services on the load balancer
		for _, rule := range engine.All("lb.ListenerRule") {
			listener := fmt.Sprint(rule.Inputs["listenerArn"])
			if strings.Contains(listener, names.listeners) &&
				(balancer == environment.LoadBalancerInternal || !strings.Contains(listener, "-internal-")) {
				got.rules++
				on[rule.Parent] = true
			}
		}
		for _, group := range engine.All("lb.TargetGroup") {
			if on[group.Parent] {
				got.targetGroups++
			}
		}
		for _, rule := range engine.All("vpc.SecurityGroupEgressRule") {
			if rule.Inputs["securityGroupId"] == names.group {
				got.ports++
			}
		}
		for _, rule := range engine.All("vpc.SecurityGroupIngressRule") {
			if rule.Inputs["securityGroupId"] == names.group {
				got.networks++
			}
		}
		for _, service := range engine.All("ecs.Service") {
			if on[service.Parent] {
				count := int(service.Inputs["desiredCount"].(float64))
				got.tasks, got.largest = got.tasks+count, max(got.largest, count)
			}
		}
		require.Equal(t, got, config.needs(balancer), balancer)
	}
	require.Len(t, engine.All("codepipeline.Pipeline"), config.pipelines())
}

// The inline policies of an IAM role have at most 10,240 characters, without white space, and its trust policy has at
// most 2,048 ("IAM and AWS STS quotas", IAM User Guide). No policy grows with the number of services. The test allows
// only half of the quotas, which leaves room for longer names.
func TestPoliciesFit(t *testing.T) {
	engine := runStack(t, enginetest.Stack, twoOfEverything)
	length := func(policy any) int { return len(strings.Join(strings.Fields(fmt.Sprint(policy)), "")) }
	inline := map[any]int{}
	for _, policy := range engine.All("iam.RolePolicy") {
		inline[policy.Inputs["role"]] += length(policy.Inputs["policy"])
	}
	require.NotEmpty(t, inline)
	for role, sum := range inline {
		require.LessOrEqual(t, sum, 10240/2, "the inline policies of %s", role)
	}
	for _, role := range engine.All("iam.Role") {
		require.LessOrEqual(t, length(role.Inputs["assumeRolePolicy"]), 2048/2, "the trust policy of %s", role.Name)
	}
}

// Every rule of another stack stands for a port of a service, with a target group and a rule in the load balancer's group.
func TestQuotasThatStacksShare(t *testing.T) {
	const blueGreen = `"deployment": {"strategy": "ECSAllAtOnce"}`
	const own, end = "services: %d is not allowed: %s or fewer on the public load balancer of the stack platform, the quota %s; ", "other stacks have %d of them; "
	for name, test := range map[string]struct {
		services string
		others   int
		want     string // "": valid
	}{
		"as many ports as the group has rules": {services: many(10, ""), others: 50},
		"more ports": {services: many(10, ""), others: 51,
			want: fmt.Sprintf(own+end, 61, "60 ports of services", `"Inbound or outbound rules per security group"`, 51) + "move services to another stack"},
		"more target groups": {services: many(10, blueGreen), others: 81,
			want: fmt.Sprintf(own+end, 101, "100 target groups (a blue/green service has two)", `"Target Groups per Application Load Balancer"`, 81) + "AWS does not raise it"},
		"more rules": {services: many(10, ""), others: 91,
			want: fmt.Sprintf(own+end, 101, "100 listener rules", `"Rules per Application Load Balancer"`, 91) + "move services to another stack"},
	} {
		t.Run(name, func(t *testing.T) {
			config, err := parse(map[string]string{"fargate-cd:environment": `{"stack": "platform"}`, "fargate-cd:services": test.services})
			require.NoError(t, err)
			var found problems.List
			config.validateShared("services", environment.LoadBalancerPublic, test.others, &found)
			if test.want == "" {
				require.NoError(t, found.Err())
			} else {
				require.ErrorContains(t, found.Err(), test.want)
			}
		})
	}
}
