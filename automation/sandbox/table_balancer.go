package sandbox

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const (
	balancerType    = "aws:lb/loadBalancer:LoadBalancer"
	targetGroupType = "aws:lb/targetGroup:TargetGroup"
	listenerType    = "aws:lb/listener:Listener"
	ruleType        = "aws:lb/listenerRule:ListenerRule"
)

// forwards are the places where listeners and rules name target groups.
var forwards = map[string][]string{
	listenerType: {"defaultActions[].targetGroupArn", "defaultActions[].forward.targetGroups[].arn"},
	ruleType:     {"actions[].targetGroupArn", "actions[].forward.targetGroups[].arn"},
}

// toGroups are the references of a listener or rule to target groups.
func toGroups(token string) []ref {
	var refs []ref
	for _, path := range forwards[token] {
		refs = append(refs, ref{path: path, to: targetGroupType, by: "arn",
			absent: "TargetGroupNotFound: Target groups '%s' not found",
			holds:  "ResourceInUse: Target group is currently in use by a listener or a rule"})
	}
	return refs
}

func balancerName() []rule {
	return []rule{
		matches("name", `[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?`,
			"at most 32 letters, digits and hyphens, with no hyphen at either end"),
		matches("namePrefix", `[A-Za-z0-9][A-Za-z0-9-]{0,5}`, "at most 6 letters, digits and hyphens"),
	}
}

// actionRules check the actions at a path, which listeners and rules have in common.
func actionRules(path string) []rule {
	return []rule{
		oneOf(path+".type", "forward", "redirect", "fixed-response", "authenticate-cognito", "authenticate-oidc"),
		between(path+".order", 1, 50000),
		matches(path+".fixedResponse.statusCode", `[245]\d\d`, "a status 2xx, 4xx or 5xx"),
		oneOf(path+".fixedResponse.contentType", "text/plain", "text/css", "text/html", "application/javascript", "application/json"),
		longest(path+".fixedResponse.messageBody", 1024),
		oneOf(path+".redirect.statusCode", "HTTP_301", "HTTP_302"),
		between(path+".forward.targetGroups[].weight", 0, 999),
		count(path+".forward.targetGroups", 1, 5),
		between(path+".forward.stickiness.duration", 1, 604800),
		whole(func(p resource.PropertyMap) []failure { return completeActions(p, path) }),
	}
}

// completeActions checks that each action has what its type needs.
func completeActions(p resource.PropertyMap, path string) []failure {
	needs := map[string][]resource.PropertyKey{"forward": {"targetGroupArn", "forward"}, "redirect": {"redirect"},
		"fixed-response": {"fixedResponse"}, "authenticate-cognito": {"authenticateCognito"},
		"authenticate-oidc": {"authenticateOidc"}}
	var faults []failure
	each(p, path, func(at string, v resource.PropertyValue) {
		action := v.ObjectValue()
		given := false
		for _, key := range needs[text(action, "type")] {
			given = given || action.HasValue(key)
		}
		if kind := text(action, "type"); kind != "" && !given {
			faults = append(faults, failure{at, fmt.Sprintf("is of type %q without %s", kind, needs[kind][0])})
		}
	})
	return faults
}

var balancerKinds = []kind{
	{
		token: balancerType, args: lb.LoadBalancerArgs{}, state: lb.LoadBalancerState{},
		name: named(32), fixed: "customerOwnedIpv4Pool internal loadBalancerType name namePrefix",
		later: "enforceSecurityGroupInboundRulesOnPrivateLinkTraffic internal ipAddressType namePrefix securityGroups " +
			"subnetMappings subnets",
		unique: &unique{"name", "DuplicateLoadBalancerName"},
		rules: append(balancerName(), lacks("name", `^internal-`, "a name that does not begin with internal-"),
			oneOf("loadBalancerType", "application", "network", "gateway"), between("idleTimeout", 1, 4000),
			oneOf("ipAddressType", "ipv4", "dualstack", "dualstack-without-public-ipv4"),
			oneOf("desyncMitigationMode", "monitor", "defensive", "strictest"),
			exclusive("subnets", "subnetMappings"), whole(zonesOfBalancer)),
		refs:  []ref{inSubnets("subnets[]"), inSubnets("subnetMappings[].subnetId"), inGroups("securityGroups[]")},
		admit: admitBalancer,
		release: func(_ *account, it item) error {
			if flag(it.Props, "enableDeletionProtection") {
				return fmt.Errorf("OperationNotPermitted: Load balancer '%s' cannot be deleted because deletion "+
					"protection is enabled; set enableDeletionProtection to false and run up first", it.ID)
			}
			return nil
		},
		mint: mintBalancer,
	},
	{
		token: targetGroupType, args: lb.TargetGroupArgs{}, state: lb.TargetGroupState{},
		name: named(32), fixed: "ipAddressType name namePrefix port protocol protocolVersion targetType vpcId",
		later: "connectionTermination healthCheck ipAddressType loadBalancingAlgorithmType loadBalancingAnomalyMitigation " +
			"loadBalancingCrossZoneEnabled namePrefix preserveClientIp protocolVersion stickiness targetFailovers " +
			"targetGroupHealth targetHealthStates",
		unique: &unique{"name", "DuplicateTargetGroupName"}, refs: []ref{nearVpc},
		rules: append(balancerName(), between("port", 1, 65535), oneOf("targetType", "instance", "ip", "lambda", "alb"),
			oneOf("protocol", "HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP", "GENEVE"),
			oneOf("loadBalancingAlgorithmType", "round_robin", "least_outstanding_requests", "weighted_random"),
			between("deregistrationDelay", 0, 3600), between("healthCheck.interval", 5, 300),
			between("healthCheck.timeout", 2, 120), between("healthCheck.healthyThreshold", 2, 10),
			between("healthCheck.unhealthyThreshold", 2, 10),
			matches("healthCheck.path", `/.*`, "a path that begins with /"), longest("healthCheck.path", 1024),
			matches("healthCheck.matcher", `[0-9,-]+`, "status codes such as 200, 200-299 or 200,202"),
			whole(targetGroupNumbers)),
		mint: func(a *account, p resource.PropertyMap) (string, outputs) {
			suffix := "targetgroup/" + text(p, "name") + "/" + Mark + randomHex(10)
			arn := a.arn("elasticloadbalancing", suffix)
			return arn, outputs{"arn": arn, "arnSuffix": suffix, "ipAddressType": "ipv4", "protocolVersion": "HTTP1",
				"loadBalancingAlgorithmType": "round_robin"}
		},
	},
	{
		token: listenerType, args: lb.ListenerArgs{}, state: lb.ListenerState{},
		fixed: "loadBalancerArn", later: "mutualAuthentication protocol sslPolicy",
		need: "defaultActions defaultActions[].forward.targetGroups", unique: &unique{"loadBalancerArn port", "DuplicateListener"},
		rules: append(actionRules("defaultActions[]"), between("port", 1, 65535),
			oneOf("protocol", "HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP"), whole(secureListener)),
		refs: append(toGroups(listenerType), ref{path: "loadBalancerArn", to: balancerType, by: "arn",
			absent: "LoadBalancerNotFound: One or more load balancers not found: %s"}),
		admit: func(a *account, p resource.PropertyMap) error { return oneBalancer(a, listenerType, p) },
		mint:  mintListener,
	},
	{
		token: ruleType, args: lb.ListenerRuleArgs{}, state: lb.ListenerRuleState{},
		fixed: "listenerArn", later: "priority",
		need: "actions conditions actions[].forward.targetGroups conditions[].hostHeader.values " +
			"conditions[].httpHeader.values conditions[].httpRequestMethod.values conditions[].pathPattern.values " +
			"conditions[].sourceIp.values",
		unique: &unique{"listenerArn priority", "PriorityInUse"},
		rules: append(actionRules("actions[]"), between("priority", 1, 50000), count("conditions", 1, 5),
			matches("conditions[].pathPattern.values[]", `[^\s]{1,128}`, "at most 128 characters without spaces")),
		refs: append(toGroups(ruleType), ref{path: "listenerArn", to: listenerType, by: "arn",
			absent: "ListenerNotFound: One or more listeners not found: %s"}),
		admit: func(a *account, p resource.PropertyMap) error { return oneBalancer(a, ruleType, p) },
		mint:  mintRule,
	},
}

// zonesOfBalancer checks the number of subnets.
func zonesOfBalancer(p resource.PropertyMap) []failure {
	if kind := text(p, "loadBalancerType"); kind != "" && kind != "application" {
		return nil
	}
	if subnets, ok := p["subnets"]; ok && subnets.IsArray() && len(subnets.ArrayValue()) < 2 {
		return []failure{{"subnets", "ValidationError: At least two subnets in two different Availability Zones must be specified"}}
	}
	return nil
}

// admitBalancer refuses two subnets of one zone.
func admitBalancer(a *account, p resource.PropertyMap) error {
	taken := map[string]string{}
	for _, id := range texts(p, "subnets[]") {
		subnet, ok, err := a.find(subnetType, "id", id)
		if err != nil {
			return err
		}
		if !ok {
			continue // the user's own
		}
		zone := text(subnet.Props, "availabilityZone")
		if other, ok := taken[zone]; ok {
			return fmt.Errorf("InvalidConfigurationRequest: A load balancer cannot be attached to multiple subnets in the "+
				"same Availability Zone (%s and %s are in %s)", other, id, zone)
		}
		taken[zone] = id
	}
	return nil
}

// oneBalancer refuses a listener or rule that forwards to a target group of another load balancer.
func oneBalancer(a *account, token string, p resource.PropertyMap) error {
	wanted := balancerOf(a, token, p)
	groups := forwardsTo(token, p)
	for other := range forwards {
		users, err := a.all(other)
		if err != nil {
			return err
		}
		for _, user := range users {
			balancer := balancerOf(a, other, user.Props)
			if balancer == "" || balancer == wanted {
				continue
			}
			for _, group := range forwardsTo(other, user.Props) {
				if slices.Contains(groups, group) {
					return fmt.Errorf("TargetGroupAssociationLimit: The following target groups cannot be associated with "+
						"more than one load balancer: %s", group)
				}
			}
		}
	}
	return nil
}

// forwardsTo are the target groups that a listener or rule names.
func forwardsTo(token string, p resource.PropertyMap) []string {
	var groups []string
	for _, path := range forwards[token] {
		groups = append(groups, texts(p, path)...)
	}
	return groups
}

// balancerOf is the load balancer of a listener or rule; "" for one that the sandbox does not know.
func balancerOf(a *account, token string, p resource.PropertyMap) string {
	if token == ruleType {
		listener, ok, err := a.find(listenerType, "arn", text(p, "listenerArn"))
		if !ok || err != nil {
			return ""
		}
		p = listener.Props
	}
	return text(p, "loadBalancerArn")
}

// targetGroupNumbers checks what depends on other inputs.
func targetGroupNumbers(p resource.PropertyMap) []failure {
	var faults []failure
	if kind := text(p, "targetType"); kind != "lambda" {
		for _, name := range []string{"port", "protocol", "vpcId"} {
			if !p.HasValue(resource.PropertyKey(name)) {
				faults = append(faults, failure{name, "is required unless targetType is lambda"})
			}
		}
	}
	timeout, hasTimeout := number(p, "healthCheck.timeout")
	interval, hasInterval := number(p, "healthCheck.interval")
	if hasTimeout && hasInterval && timeout >= interval {
		faults = append(faults, failure{"healthCheck.timeout",
			fmt.Sprintf("is %s; allowed is less than the interval, %s", decimal(timeout), decimal(interval))})
	}
	if start, ok := number(p, "slowStart"); ok && start != 0 && (start < 30 || start > 900) {
		faults = append(faults, failure{"slowStart", fmt.Sprintf("is %s; allowed is 0 or 30 to 900", decimal(start))})
	}
	return faults
}

// secureListener checks that a certificate goes with the protocol.
func secureListener(p resource.PropertyMap) []failure {
	secure := text(p, "protocol") == "HTTPS" || text(p, "protocol") == "TLS"
	if secure && !p.HasValue("certificateArn") {
		return []failure{{"certificateArn", "is required for a listener with protocol " + text(p, "protocol")}}
	}
	if !secure && p.HasValue("certificateArn") && p.HasValue("protocol") && !p["protocol"].IsComputed() {
		return []failure{{"certificateArn", "is not allowed for a listener with protocol " + text(p, "protocol")}}
	}
	return nil
}

func mintBalancer(a *account, p resource.PropertyMap) (string, outputs) {
	class, scheme := "app", ""
	if text(p, "loadBalancerType") == "network" {
		class = "net"
	}
	if flag(p, "internal") {
		scheme = "internal-"
	}
	suffix := class + "/" + text(p, "name") + "/" + Mark + randomHex(10)
	arn := a.arn("elasticloadbalancing", "loadbalancer/"+suffix)
	out := outputs{"arn": arn, "arnSuffix": suffix, "zoneId": "Z" + upper(13), "ipAddressType": "ipv4", "internal": false,
		"dnsName": fmt.Sprintf("%s%s-%d.%s.elb.amazonaws.com", scheme, text(p, "name"), tenDigits(), a.region)}
	if ids := texts(p, "subnets[]"); len(ids) > 0 {
		if subnet, ok, err := a.find(subnetType, "id", ids[0]); ok && err == nil {
			out["vpcId"] = text(subnet.Props, "vpcId")
		}
	}
	return arn, out
}

func mintListener(a *account, p resource.PropertyMap) (string, outputs) {
	arn := childArn(a, p, "loadBalancerArn", "listener")
	out := outputs{"arn": arn}
	if text(p, "protocol") == "HTTPS" {
		out["sslPolicy"] = "ELBSecurityPolicy-2016-08"
	}
	return arn, out
}

func mintRule(a *account, p resource.PropertyMap) (string, outputs) {
	arn := childArn(a, p, "listenerArn", "listener-rule")
	last := 0
	if rules, err := a.all(ruleType); err == nil {
		for _, it := range rules {
			if n, ok := number(it.Props, "priority"); ok && text(it.Props, "listenerArn") == text(p, "listenerArn") {
				last = max(last, int(n))
			}
		}
	}
	return arn, outputs{"arn": arn, "priority": last + 1}
}
