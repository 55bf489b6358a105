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

// actions maps the types of listeners and rules to the paths of their actions.
var actions = map[string]string{listenerType: "defaultActions[]", ruleType: "actions[]"}

// toGroup returns a listener's or rule's reference to target groups.
func toGroup(token string) ref {
	return ref{path: actions[token] + ".targetGroupArn", to: targetGroupType, by: "arn",
		absent: "TargetGroupNotFound: Target groups '%s' not found",
		holds:  "ResourceInUse: Target group is currently in use by a listener or a rule"}
}

// actionRules returns rules that check the actions of a listener or rule.
func actionRules(token string) []rule {
	path := actions[token]
	return []rule{known(path+".type", "forward", "redirect", "fixed-response"), whole(func(p resource.PropertyMap) []failure {
		settings := map[string]resource.PropertyKey{"forward": "targetGroupArn", "redirect": "redirect", "fixed-response": "fixedResponse"}
		var failures []failure
		each(p, path, func(at string, v resource.PropertyValue) {
			kind := text(v.ObjectValue(), "type")
			if needed, ok := settings[kind]; ok && !v.ObjectValue().HasValue(needed) {
				failures = append(failures, failure{at, fmt.Sprintf("is of type %q without %s", kind, needed)})
			}
		})
		return failures
	})}
}

var lbKinds = []kind{
	{
		new: lb.NewLoadBalancer, name: named(32), fixed: "internal loadBalancerType name",
		unique: &unique{"name", "DuplicateLoadBalancerName"},
		rules:  []rule{known("loadBalancerType", "application")},
		refs:   []ref{inSubnets("subnets[]"), inGroups("securityGroups[]"), toBucket("accessLogs.bucket")},
		admit:  admitBalancer,
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
		new: lb.NewTargetGroup, name: named(32), fixed: "name port protocol protocolVersion targetType vpcId",
		unique: &unique{"name", "DuplicateTargetGroupName"},
		refs:   []ref{{path: "vpcId", to: vpcType, by: "id", absent: inVpc.absent}},
		rules:  []rule{known("targetType", "ip"), known("protocol", "HTTP"), needs("port", "protocol", "targetType", "vpcId")},
		id:     "{arn}",
		out: outputs{"arn": "arn:{partition}:elasticloadbalancing:{region}:{account}:{arnSuffix}",
			"arnSuffix": "targetgroup/{name}/{ec2}", "ipAddressType": "ipv4", "protocolVersion": "HTTP1"},
	},
	{
		new: lb.NewListener, fixed: "loadBalancerArn", unique: &unique{"loadBalancerArn port", "DuplicateListener"},
		rules: append(actionRules(listenerType), known("protocol", "HTTP", "HTTPS"), needs("protocol"), whole(secureListener)),
		refs: []ref{toGroup(listenerType), withCertificate("certificateArn", "ResourceInUseException: Certificate is in use"),
			{path: "loadBalancerArn", to: balancerType, by: "arn", part: true,
				absent: "LoadBalancerNotFound: One or more load balancers not found: %s"}},
		admit: func(a *account, p resource.PropertyMap) error { return oneBalancer(a, listenerType, p) },
		id:    "{arn}",
		mint: func(_ *account, p resource.PropertyMap) outputs {
			return outputs{"arn": strings.Replace(text(p, "loadBalancerArn"), ":loadbalancer/", ":listener/", 1) + "/{ec2}"}
		},
	},
	{
		new: lb.NewListenerRule, fixed: "listenerArn", unique: &unique{"listenerArn priority", "PriorityInUse"},
		rules: actionRules(ruleType),
		refs: []ref{toGroup(ruleType), {path: "listenerArn", to: listenerType, by: "arn", part: true,
			absent: "ListenerNotFound: One or more listeners not found: %s"}},
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
	for _, token := range sorted(actions) {
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
	return texts(p, actions[token]+".targetGroupArn")
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
