package summary

import (
	"cmp"
	"strings"
)

// The places of created and deleted resources in the list of their component.
const (
	rankOpen    = iota // ingress rules that admit every address
	rankHolding        // types that hold data, or serve or inspect traffic
	rankWords          // other types that the summary has words for
	rankOther
)

// rank returns the place of a created or deleted resource.
func (c *change) rank() int {
	switch {
	case c.opens():
		return rankOpen
	case holdings[c.kind()].noun != "":
		return rankHolding
	case c.noun() != "":
		return rankWords
	default:
		return rankOther
	}
}

// noun returns the name of the resource type in words; "" if the summary has none.
func (c *change) noun() string { return cmp.Or(descriptions[c.kind()].noun, holdings[c.kind()].noun) }

// text describes a created or deleted resource: its type, its name, and the property that matters most.
func (c *change) text() string {
	what, inputs := "created", c.after
	switch {
	case c.op == opDelete && c.stays():
		what, inputs = "no longer managed", c.before
	case c.op == opDelete:
		what, inputs = "deleted", c.before
	}
	text := what + ": " + cmp.Or(c.noun(), shortType(c.kind())) + " " + code(c.name())
	if describe := descriptions[c.kind()].detail; describe != nil {
		if detail := describe(inputs); detail != "" {
			text += ": " + detail
		}
	}
	if c.opens() {
		text += ", **" + everyAddress(c.after) + "**"
	}
	return text
}

// description puts a type of resource into words.
type description struct {
	noun   string              // the name of the resource type in words; by default the one in holdings
	detail func(values) string // returns the property that matters most; "" if it is not known
}

// descriptions maps the types of resources whose text says more than that of other types.
var descriptions = map[string]description{
	ingressKind:  {noun: "ingress rule", detail: direction("from")},
	egressKind:   {noun: "egress rule", detail: direction("to")},
	listenerKind: {detail: property("port ", "port")},
	ruleKind:     {detail: func(rule values) string { return known(paths(rule) + " " + conditions(rule)) }},
	scheduleKind: {noun: "schedule", detail: property("", "scheduleExpression")},
	scalingKind:  {noun: "scaling", detail: limits},
	alarmKind:    {noun: "alarm", detail: property("", "metricName")},
	pipelineKind: {noun: "pipeline"},
	projectKind:  {noun: "build project"},

	"aws:apigatewayv2/route:Route": {detail: property("", "routeKey")},
	"aws:appautoscaling/policy:Policy": {
		noun:   "scaling policy",
		detail: property("", "targetTrackingScalingPolicyConfiguration.predefinedMetricSpecification.predefinedMetricType"),
	},
	"aws:appautoscaling/scheduledAction:ScheduledAction": {noun: "scheduled scaling", detail: property("", "schedule")},
	"aws:ec2/flowLog:FlowLog":                            {noun: "flow log"},
	"aws:ec2/securityGroup:SecurityGroup":                {noun: "security group"},
	"aws:ec2/subnet:Subnet":                              {detail: property("", "cidrBlock")},
	"aws:ec2/vpcEndpoint:VpcEndpoint":                    {detail: property("", "serviceName")},
	"aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": {
		noun: "capacity providers", detail: func(v values) string { return known(strings.Join(v.list("capacityProviders"), " ")) },
	},
	"aws:iam/role:Role":                                               {noun: "role"},
	"aws:iam/rolePolicy:RolePolicy":                                   {noun: "permissions of a role"},
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment":               {noun: "permissions of a role", detail: property("", "policyArn")},
	"aws:sns/topicSubscription:TopicSubscription":                     {noun: "subscription", detail: property("", "endpoint")},
	"aws:wafv2/webAclAssociation:WebAclAssociation":                   {detail: property("", "webAclArn")},
	"aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": {noun: "logging of a web ACL"},
}

// property returns a function that returns the value at a path after a label.
func property(label, path string) func(values) string {
	return func(inputs values) string {
		if text := inputs[path]; text != "" && text != unknown {
			return label + value(text, "")
		}
		return ""
	}
}

// known formats a text as code; "" if it is empty.
func known(text string) string {
	if text = strings.TrimSpace(text); text == "" {
		return ""
	}
	return code(text)
}

// limits returns the limits of scaling.
func limits(target values) string {
	return target["minCapacity"] + " to " + count(target["maxCapacity"], "task")
}
