package summary

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// holding describes why the replacement or the deletion of a resource matters.
type holding struct {
	noun    string // the name of the resource type in words
	data    string // the data that it holds; "" if it serves traffic
	force   string // the property that makes AWS delete it with its content; "" if it has none
	lost    string // the consequence of its replacement, and of its deletion if deleted is ""
	gap     string // the consequence of a replacement until the new one is created
	deleted string // the consequence of its deletion without a successor
}

// holdings maps the resource types that hold data, or serve or inspect traffic. A task definition is neither: the program only
// adds revisions.
var holdings = map[string]holding{
	"aws:ecr/repository:Repository":                    {noun: "ECR repository", data: "images", force: "forceDelete"},
	"aws:s3/bucketV2:BucketV2":                         {noun: "S3 bucket", data: "pipeline artifacts", force: "forceDestroy"},
	"aws:codecommit/repository:Repository":             {noun: "CodeCommit repository", data: "source code", lost: "its content cannot be restored"},
	"aws:cognito/userPool:UserPool":                    {noun: "Cognito user pool", data: "users", lost: "all users must sign up again"},
	"aws:kms/key:Key":                                  {noun: "KMS key", data: "the key of encrypted artifacts", lost: "KMS deletes it after its waiting period, and nothing can read what it encrypted"},
	"aws:cloudwatch/logGroup:LogGroup":                 {noun: "log group", data: "logs", lost: "the logs go with it"},
	"aws:lb/loadBalancer:LoadBalancer":                 {noun: "load balancer", lost: "its address changes: every URL of its services, and every DNS record that points to it, stops working", deleted: "every URL of its services, and every DNS record that points to it, stops working"},
	"aws:lb/listener:Listener":                         {noun: "listener", gap: "its port answers nothing until the new one is there", deleted: "its port answers nothing any more"},
	"aws:lb/listenerRule:ListenerRule":                 {noun: "listener rule", gap: "its paths answer 404 while it is missing", deleted: "requests for its paths go to the next rule that matches, or get a 404"},
	"aws:lb/targetGroup:TargetGroup":                   {noun: "target group", lost: "tasks must register again before they get traffic", deleted: "no task gets traffic through it any more"},
	"aws:ecs/cluster:Cluster":                          {noun: "ECS cluster", lost: "every service in it stops"},
	"aws:servicediscovery/httpNamespace:HttpNamespace": {noun: "namespace", lost: "its services do not reach each other any more"},
	"aws:ecs/service:Service":                          {noun: "ECS service", lost: "its tasks stop"},
	"aws:apigatewayv2/api:Api":                         {noun: "HTTP API", lost: "its URL changes", deleted: "its URL stops working"},
	"aws:apigatewayv2/stage:Stage":                     {noun: "stage of the API", gap: "the API answers nothing while it is missing", deleted: "the API answers nothing any more"},
	"aws:apigatewayv2/route:Route":                     {noun: "route of the API", gap: "its path answers 404 while it is missing", deleted: "requests for its path go to the next route that matches, or get a 404"},
	"aws:apigatewayv2/integration:Integration":         {noun: "integration of the API", gap: "its routes answer nothing while it is missing", deleted: "its routes answer nothing any more"},
	"aws:apigatewayv2/vpcLink:VpcLink":                 {noun: "VPC link", gap: "the API does not reach the services while it is missing", deleted: "the API does not reach the services any more"},
	"aws:cognito/userPoolDomain:UserPoolDomain":        {noun: "sign-in domain", gap: "nobody can sign in while it is missing", deleted: "nobody can sign in any more"},
	"aws:cognito/userPoolClient:UserPoolClient":        {noun: "Cognito client", lost: "its id, and its secret if it has one, change: clients need the new ones", deleted: "applications that use it cannot sign in any more"},
	"aws:ec2/vpc:Vpc":                                  {noun: "VPC", lost: "everything in it is created again", deleted: "everything in it is deleted"},
	"aws:ec2/subnet:Subnet":                            {noun: "subnet", lost: "everything in it moves"},
	"aws:ec2/internetGateway:InternetGateway":          {noun: "internet gateway", gap: "the VPC has no internet access while it is missing", deleted: "the VPC has no internet access any more"},
	"aws:ec2/natGateway:NatGateway":                    {noun: "NAT gateway", gap: "private subnets have no internet access while it is missing", deleted: "private subnets that route to it have no internet access any more"},
	"aws:ec2/eip:Eip":                                  {noun: "public address", lost: "the address is given back, and allow lists that name it no longer match"},
	"aws:ec2/vpcEndpoint:VpcEndpoint":                  {noun: "VPC endpoint", gap: "its AWS service is not reachable through it while it is missing", deleted: "its AWS service is not reachable through it any more"},
	"aws:secretsmanager/secret:Secret":                 {noun: "secret", data: "a secret value", lost: "its value is lost"},
	"aws:acm/certificate:Certificate":                  {noun: "certificate", lost: "listeners that use it need another one"},
	"aws:route53/record:Record":                        {noun: "DNS record", gap: "its name does not resolve while it is missing", deleted: "its name does not resolve any more"},

	"aws:wafv2/webAcl:WebAcl":                       {noun: "web ACL", gap: "its rules inspect no requests while it is missing", deleted: "its rules no longer inspect requests"},
	"aws:wafv2/webAclAssociation:WebAclAssociation": {noun: "association of a web ACL", gap: "requests to the load balancer are not inspected while it is missing", deleted: "requests to the load balancer are no longer inspected"},

	"aws:codestarconnections/connection:Connection": {noun: "connection", lost: "no push starts a pipeline until a person authorizes the new one", deleted: "no push starts a pipeline through it any more"},
}

// Loss is the replacement or deletion of resources that hold data, or serve or inspect traffic.
type Loss struct {
	// Text is one sentence in Markdown.
	Text string
	// Data reports whether data is lost or at stake.
	Data bool
}

// losses returns the losses of a plan. A removed service is one loss. Other resources are one loss if they have the
// same type and are replaced or deleted in the same way for the same cause.
func losses(changes []*change, byURN changesByURN, removed []string) []Loss {
	var out []Loss
	for _, service := range removed {
		out = append(out, removal(service, changes, byURN))
	}
	groups := map[string][]*change{}
	var order []string
	for _, c := range changes {
		_, matters := holdings[c.kind()]
		if !matters || c.op != opReplace && c.op != opDelete || slices.Contains(removed, byURN.service(c)) {
			continue
		}
		key := fmt.Sprint(c.kind(), c.op, c.deletesFirst, c.stays(), forced(c), c.causes)
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], c)
	}
	var data, traffic []Loss
	for _, key := range order {
		if loss := lossOf(groups[key]); loss.Data {
			data = append(data, loss)
		} else {
			traffic = append(traffic, loss)
		}
	}
	return slices.Concat(out, data, traffic)
}

// forced reports whether AWS deletes the resource with its content.
func forced(c *change) bool {
	property := holdings[c.kind()].force
	return property != "" && c.old != nil && c.old.Inputs[property] == true
}

// lossOf returns the loss for a group of resources of one type that are replaced or deleted in the same way.
func lossOf(group []*change) Loss {
	c := group[0]
	h := holdings[c.kind()]
	noun, are := h.noun, "is"
	if len(group) > 1 {
		noun, are = plural(h.noun), "are"
	}
	text := upper(noun) + " " + listed(namesOf(group), 10)
	switch {
	case c.stays():
		return Loss{Text: fmt.Sprintf("**%s %s no longer managed.** AWS keeps what leaves the stack.", text, are)}
	case c.op == opReplace:
		text = fmt.Sprintf("**%s %s replaced**", text, are)
		if len(c.causes) > 0 {
			text += ", because of " + listed(c.causes, 5)
		}
		if c.deletesFirst {
			text += ": deleted first, then created again"
		} else {
			text += ": the new one is created before the old one is deleted"
		}
	default:
		text = fmt.Sprintf("**%s %s deleted**", text, are)
	}
	text += meaning(h, c)
	if len(group) > 1 {
		text = pluralizer.Replace(text)
	}
	return Loss{Text: text, Data: h.data != ""}
}

// pluralizer turns a sentence about one resource into a sentence about several.
var pluralizer = strings.NewReplacer(
	"the new one is", "the new ones are", "the old one is", "the old ones are",
	"it with its", "them with their", "while it is", "while they are", "unless it is", "unless they are", " it ", " them ", "Its ", "Their ", " its ", " their ",
)

// meaning returns the end of a loss's text: the data that the resource holds, and the consequences.
func meaning(h holding, c *change) string {
	var text string
	if h.data != "" {
		text = " Holds data: " + h.data + "."
	}
	switch {
	case h.force != "" && forced(c):
		text += fmt.Sprintf(" `%s` is on: AWS deletes it with its content.", h.force)
	case h.force != "":
		text += fmt.Sprintf(" `%s` is off: the update fails unless it is empty.", h.force)
	}
	consequences := []string{h.lost}
	switch {
	case c.op == opDelete:
		consequences = []string{cmp.Or(h.deleted, h.lost)}
	case c.deletesFirst:
		consequences = append(consequences, h.gap)
	}
	for _, consequence := range consequences {
		if consequence != "" {
			text += " " + upper(consequence) + "."
		}
	}
	return "." + text
}

// removal returns the loss of a service with all its resources.
func removal(service string, changes []*change, byURN changesByURN) Loss {
	var serves, holds, kept []string
	scheduled := slices.ContainsFunc(changes, func(c *change) bool { return c.kind() == scheduleKind && byURN.service(c) == service })
	for _, c := range changes {
		h, matters := holdings[c.kind()]
		if !matters || c.op != opDelete || byURN.service(c) != service || scheduled && c.kind() == serviceKind {
			continue
		}
		switch text := fmt.Sprintf("%s `%s`", h.noun, c.name()); {
		case c.stays():
			kept = append(kept, text)
		case h.data == "":
			serves = append(serves, text)
		case forced(c):
			holds = append(holds, text+" with its content ("+h.data+", `"+h.force+"` is on)")
		case h.force != "":
			holds = append(holds, text+" ("+h.data+"; the update fails unless it is empty)")
		default:
			holds = append(holds, text+" ("+h.data+")")
		}
	}
	text := fmt.Sprintf("**Service `%s` is removed** and stops serving.", service)
	if scheduled {
		text = fmt.Sprintf("**Service `%s` is removed**, and its schedule starts no more tasks.", service)
	}
	for _, part := range []struct {
		what string
		list []string
	}{{"Holds data and is deleted", holds}, {"Serves traffic and is deleted", serves}, {"Stays in AWS, no longer managed", kept}} {
		if len(part.list) > 0 {
			text += " " + part.what + ": " + strings.Join(part.list, ", ") + "."
		}
	}
	return Loss{Text: text, Data: len(holds) > 0}
}

func namesOf(changes []*change) []string {
	var names []string
	for _, c := range changes {
		names = append(names, c.name())
	}
	slices.Sort(names)
	return names
}

// listed formats names as code. It lists at most the given number of names, and counts the others.
func listed(names []string, limit int) string {
	var parts []string
	for _, name := range names[:min(len(names), limit)] {
		parts = append(parts, code(name))
	}
	text := strings.Join(parts, ", ")
	if more := len(names) - limit; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func upper(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

func plural(noun string) string {
	if base, of, found := strings.Cut(noun, " of "); found {
		return base + "s of " + of
	}
	switch {
	case strings.HasSuffix(noun, "s"):
		return noun + "es"
	case strings.HasSuffix(noun, "y"):
		return noun[:len(noun)-1] + "ies"
	default:
		return noun + "s"
	}
}
