package sandbox

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const (
	balancerType    = "aws:lb/loadBalancer:LoadBalancer"
	targetGroupType = "aws:lb/targetGroup:TargetGroup"
	listenerType    = "aws:lb/listener:Listener"
	ruleType        = "aws:lb/listenerRule:ListenerRule"
)

// forwards maps the types of listeners and rules to the paths of the inputs that name target groups.
var forwards = map[string][]string{
	listenerType: {"defaultActions[].targetGroupArn", "defaultActions[].forward.targetGroups[].arn"},
	ruleType:     {"actions[].targetGroupArn", "actions[].forward.targetGroups[].arn"},
}

// toGroups returns a listener's or rule's references to target groups.
func toGroups(token string) []ref {
	var refs []ref
	for _, path := range forwards[token] {
		refs = append(refs, ref{path: path, to: targetGroupType, by: "arn",
			absent: "TargetGroupNotFound: Target groups '%s' not found",
			holds:  "ResourceInUse: Target group is currently in use by a listener or a rule"})
	}
	return refs
}

// balancerName allows the names of load balancers and target groups.
var balancerName = matches("name", `[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?`,
	"at most 32 letters, digits and hyphens, with no hyphen at either end")

// actionRules returns rules that check the actions at a path.
func actionRules(path string) []rule {
	return []rule{
		oneOf(path+".type", "forward", "redirect", "fixed-response", "authenticate-cognito", "authenticate-oidc"),
		matches(path+".fixedResponse.statusCode", `[245]\d\d`, "a status 2xx, 4xx or 5xx"),
		oneOf(path+".fixedResponse.contentType", "text/plain", "text/css", "text/html", "application/javascript", "application/json"),
		longest(path+".fixedResponse.messageBody", 1024),
		between(path+".forward.targetGroups[].weight", 0, 999), count(path+".forward.targetGroups", 1, 5),
		whole(func(p resource.PropertyMap) []failure { return completeActions(p, path) }),
	}
}

// completeActions checks that each action has the settings that its type requires.
func completeActions(p resource.PropertyMap, path string) []failure {
	needs := map[string][]resource.PropertyKey{
		"forward": {"targetGroupArn", "forward"}, "redirect": {"redirect"}, "fixed-response": {"fixedResponse"}}
	var failures []failure
	each(p, path, func(at string, v resource.PropertyValue) {
		kind := text(v.ObjectValue(), "type")
		if keys, known := needs[kind]; known && !slices.ContainsFunc(keys, v.ObjectValue().HasValue) {
			failures = append(failures, failure{at, fmt.Sprintf("is of type %q without %s", kind, keys[0])})
		}
	})
	return failures
}

var lbKinds = []kind{
	{
		new:  lb.NewLoadBalancer,
		name: named(32), fixed: "customerOwnedIpv4Pool internal loadBalancerType name namePrefix",
		unique: &unique{"name", "DuplicateLoadBalancerName"},
		rules: []rule{balancerName, lacks("name", `^internal-`, "a name that does not begin with internal-"),
			oneOf("loadBalancerType", "application"), whole(balancerSubnets), between("idleTimeout", 1, 4000),
			oneOf("desyncMitigationMode", "monitor", "defensive", "strictest")},
		refs:  []ref{inSubnets("subnets[]"), inGroups("securityGroups[]"), toBucket("accessLogs.bucket")},
		admit: admitBalancer,
		release: func(_ *account, it item) error {
			if flag(it.Props, "enableDeletionProtection") {
				return fmt.Errorf("OperationNotPermitted: Load balancer '%s' cannot be deleted because deletion "+
					"protection is enabled; set enableDeletionProtection to false and run up first", it.ID)
			}
			return nil
		},
		id: "{arn}",
		out: outputs{"arn": "arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/{arnSuffix}",
			"arnSuffix": "app/{name}/{ec2}", "zoneId": "Z{hex13}", "ipAddressType": "ipv4", "internal": false,
			"dnsName": "{name}-{hex10}.{region}.elb.amazonaws.com"},
		mint: func(_ *account, p resource.PropertyMap) outputs {
			if flag(p, "internal") {
				return outputs{"dnsName": "internal-{name}-{hex10}.{region}.elb.amazonaws.com"}
			}
			return nil
		},
	},
	{
		new:  lb.NewTargetGroup,
		name: named(32), fixed: "ipAddressType name namePrefix port protocol protocolVersion targetType vpcId",
		unique: &unique{"name", "DuplicateTargetGroupName"},
		refs:   []ref{{path: "vpcId", to: vpcType, by: "id", absent: inVpc.absent}},
		rules: []rule{balancerName, oneOf("targetType", "instance", "ip", "lambda", "alb"),
			oneOf("protocol", "HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP", "GENEVE"), oneOf("protocolVersion", "HTTP1", "HTTP2", "GRPC"),
			between("stickiness.cookieDuration", 1, 604800), between("slowStart", 0, 900), whole(completeGroup)},
		id: "{arn}",
		out: outputs{"arn": "arn:{partition}:elasticloadbalancing:{region}:{account}:{arnSuffix}",
			"arnSuffix": "targetgroup/{name}/{ec2}", "ipAddressType": "ipv4", "protocolVersion": "HTTP1"},
	},
	{
		new:   lb.NewListener,
		fixed: "loadBalancerArn", unique: &unique{"loadBalancerArn port", "DuplicateListener"},
		rules: append(actionRules("defaultActions[]"), oneOf("protocol", "HTTP", "HTTPS"), count("defaultActions", 1, 5),
			matches("sslPolicy", `ELBSecurityPolicy-[A-Za-z0-9-]+`, "the name of a security policy"), whole(secureListener)),
		refs: append(toGroups(listenerType), withCertificate("certificateArn", "ResourceInUseException: Certificate is in use"), ref{path: "loadBalancerArn", to: balancerType, by: "arn", part: true,
			absent: "LoadBalancerNotFound: One or more load balancers not found: %s"}),
		admit: func(a *account, p resource.PropertyMap) error { return oneBalancer(a, listenerType, p) },
		id:    "{arn}",
		mint: func(_ *account, p resource.PropertyMap) outputs {
			return outputs{"arn": strings.Replace(text(p, "loadBalancerArn"), ":loadbalancer/", ":listener/", 1) + "/{ec2}"}
		},
	},
	{
		new:   lb.NewListenerRule,
		fixed: "listenerArn", unique: &unique{"listenerArn priority", "PriorityInUse"},
		rules: append(actionRules("actions[]"), count("actions", 1, 5), count("conditions", 1, 5),
			matches("conditions[].pathPattern.values[]", `[^\s]{1,128}`, "at most 128 characters without spaces")),
		refs: append(toGroups(ruleType), ref{path: "listenerArn", to: listenerType, by: "arn", part: true,
			absent: "ListenerNotFound: One or more listeners not found: %s"}),
		admit: func(a *account, p resource.PropertyMap) error { return oneBalancer(a, ruleType, p) },
		id:    "{arn}",
		mint: func(_ *account, p resource.PropertyMap) outputs {
			return outputs{"arn": strings.Replace(text(p, "listenerArn"), ":listener/", ":listener-rule/", 1) + "/{ec2}"}
		},
	},
}

// secureListener checks that an HTTPS listener has a certificate, and that an HTTP listener has none.
func secureListener(p resource.PropertyMap) []failure {
	secure, given := text(p, "protocol") == "HTTPS", p.HasValue("certificateArn")
	switch {
	case p["protocol"].IsComputed() || secure == given:
		return nil
	case secure:
		return []failure{{"certificateArn", "is required for HTTPS: A certificate must be specified for HTTPS listeners"}}
	default:
		return []failure{{"certificateArn", "is allowed for HTTPS only: A certificate cannot be specified for HTTP listeners"}}
	}
}

// balancerSubnets checks that a load balancer has at least two subnets.
func balancerSubnets(p resource.PropertyMap) []failure {
	if subnets, ok := p["subnets"]; ok && subnets.IsArray() && len(subnets.ArrayValue()) < 2 {
		return []failure{{"subnets", "ValidationError: At least two subnets in two different Availability Zones must be specified"}}
	}
	return nil
}

// admitBalancer refuses a load balancer with two subnets in the same zone.
func admitBalancer(a *account, p resource.PropertyMap) error {
	taken := map[string]string{}
	for _, id := range texts(p, "subnets[]") {
		subnet, ok, err := a.find(subnetType, "id", id)
		if err != nil {
			return err
		}
		if !ok {
			continue // an existing subnet of the user
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
	for _, group := range forwardsTo(token, p) {
		users, err := a.forwarding(group)
		if err != nil {
			return err
		}
		for _, user := range users {
			if balancer := balancerOf(a, user.Type, user.Props); balancer != "" && balancer != wanted {
				return fmt.Errorf("TargetGroupAssociationLimit: The following target groups cannot be associated with "+
					"more than one load balancer: %s", group)
			}
		}
	}
	return nil
}

// forwarding returns the listeners and rules that forward to a target group.
func (a *account) forwarding(group string) ([]item, error) {
	var users []item
	for _, token := range sorted(forwards) {
		items, err := a.mentioning(token, group)
		if err != nil {
			return nil, err
		}
		for _, it := range items {
			if slices.Contains(forwardsTo(token, it.Props), group) {
				users = append(users, it)
			}
		}
	}
	return users, nil
}

// forwardsTo returns the target groups that a listener or rule names.
func forwardsTo(token string, p resource.PropertyMap) []string {
	var groups []string
	for _, path := range forwards[token] {
		groups = append(groups, texts(p, path)...)
	}
	return groups
}

// balancerOf returns the load balancer of a listener or rule, or "" if the sandbox does not know it.
func balancerOf(a *account, token string, p resource.PropertyMap) string {
	if token == ruleType {
		listener, _, err := a.find(listenerType, "arn", text(p, "listenerArn"))
		if err != nil {
			return ""
		}
		p = listener.Props
	}
	return text(p, "loadBalancerArn")
}

// completeGroup checks that a target group has the inputs that its target type requires.
func completeGroup(p resource.PropertyMap) []failure {
	if text(p, "targetType") == "lambda" {
		return nil
	}
	var failures []failure
	for _, name := range []string{"port", "protocol", "vpcId"} {
		if !p.HasValue(resource.PropertyKey(name)) {
			failures = append(failures, failure{name, "is required unless targetType is lambda"})
		}
	}
	return failures
}
