package graph

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fargate-cd/components/apigateway"
	"fargate-cd/program"
)

// The ids of shared boxes. The ids of a service's boxes begin with s and a number.
const (
	publicID   = "public"
	internalID = "internal"
	apiID      = "api"
	userPoolID = "userPool"
	usersID    = "users"
	clientsID  = "clients"
)

func network(project, stack, region string, config *program.Config) Box {
	box := Box{ID: "network", Kind: KindNetwork, Component: environmentComponent, Title: environmentComponent}
	box.fact("Region", region)
	if config.VpcID != "" {
		box.fact("Network", "existing "+config.VpcID)
		box.fact("Public subnets", strings.Join(config.PublicSubnetIDs, ", "))
		box.fact("Private subnets", strings.Join(config.PrivateSubnetIDs, ", "))
	} else {
		box.fact("Network", config.VpcCidrBlock+" in two zones")
		box.fact("Zones", strings.Join(config.AvailabilityZones, ", "))
		box.fact("NAT gateways", map[string]string{"None": "none", "Single": "one", "OnePerAz": "one in each zone"}[config.NatGatewayStrategy])
	}
	addresses := "private"
	if config.AssignPublicIP {
		addresses = "public"
	}
	box.fact("Addresses of tasks", addresses)
	box.fact("ECS cluster", project+"-"+stack)
	box.fact("Messages go to", strings.Join(slices.Concat(config.Notifications.EmailAddresses, config.Notifications.SubscriberArns), ", "))
	if config.Alarms {
		box.fact("Alarms", "on each service and the API, with a dashboard")
	}
	box.fact("Logs", fmt.Sprintf("kept %d days", config.LogRetentionDays))
	return box
}

// fact adds a fact that is not empty.
func (b *Box) fact(name, value string) {
	if value != "" {
		b.Facts = append(b.Facts, Fact{name, value})
	}
}

// line adds a fact that the picture shows in the box.
func (b *Box) line(name, value string) {
	if value != "" {
		b.Lines = append(b.Lines, value)
		b.fact(name, value)
	}
}

// addShared adds the boxes that services share, with the arrows between them.
func (d *drawing) addShared() {
	var public, internal, apiToPublic, machines bool
	var routes []Fact
	for _, service := range d.ordered() {
		internal = internal || service.Internal()
		public = public || !service.Internal() && !service.Worker()
		apiToPublic = apiToPublic || service.API != nil && !service.Internal()
		if service.API != nil {
			keys, _ := d.config.Routes(service.API, service.PathPatterns) // Parse has reported the error
			value := strings.Join(keys, ", ")
			// The stack has a client for machines if its services have scopes of their own.
			machines = machines || len(apigateway.ResourceServers([]apigateway.Service{{ServiceSpec: *service.API}})) > 0
			if len(service.API.Scopes) > 0 {
				value += " with scope " + strings.Join(service.API.Scopes, " or ")
			}
			routes = append(routes, Fact{"Routes of " + service.Name, value})
		}
	}
	add := func(box Box) { d.picture.Shared = append(d.picture.Shared, box) }
	if public {
		users := Box{ID: usersID, Kind: KindClients, Title: "Users"}
		users.line("From", networks(d.config.IngressCidrBlocks))
		add(users)
		add(d.balancer(publicID, "Load balancer", "internet-facing"))
		d.arrow(usersID, publicID, WayRequest, d.protocol())
	}
	if len(routes) > 0 {
		clients := Box{ID: clientsID, Kind: KindClients, Title: "API clients"}
		clients.line("With a token", "people")
		if machines {
			clients.line("With a token of their own", "machines")
		}
		add(clients)
		add(d.api(routes))
		add(d.userPool())
		d.arrow(clientsID, userPoolID, WayRequest, "sign in")
		d.arrow(clientsID, apiID, WayRequest, "token")
	}
	if internal {
		add(d.balancer(internalID, "Load balancer", "internal"))
		d.arrow(apiID, internalID, WayRequest, "VPC link")
	}
	if apiToPublic {
		d.arrow(apiID, publicID, WayRequest, "VPC link")
	}
}

// networks shows address ranges.
func networks(blocks []string) string {
	if slices.Contains(blocks, "0.0.0.0/0") {
		return "any network"
	}
	return strings.Join(blocks, ", ")
}

// protocol returns the protocol of the listeners.
func (d *drawing) protocol() string {
	if d.config.HTTPS() {
		return "HTTPS"
	}
	return "HTTP"
}

func (d *drawing) balancer(id, title, scheme string) Box {
	box := Box{ID: id, Kind: KindBalancer, Component: environmentComponent, Title: title}
	box.line("Scheme", scheme)
	box.line("Listener", d.protocol()+" :"+strconv.Itoa(d.config.ProductionPort()))
	if id == publicID {
		box.fact("Admits", networks(d.config.IngressCidrBlocks))
	} else {
		box.fact("Admits", "the VPC link of the API")
	}
	if d.config.TestListenerPort != 0 {
		box.line("Test listener", "test :"+strconv.Itoa(d.config.TestListenerPort))
		box.fact("Test listener admits", networks(d.config.TestIngress()))
	}
	switch {
	case d.config.Waf:
		box.fact("AWS WAF", "web ACL with rules of AWS")
	case d.config.WebAclArn != "":
		box.fact("AWS WAF", d.config.WebAclArn)
	}
	if d.config.Protected(d.config.ForceDestroy) {
		box.fact("Deletion protection", "on")
	}
	return box
}

func (d *drawing) api(routes []Fact) Box {
	box := Box{ID: apiID, Kind: KindAPI, Component: apiGatewayComponent, Title: "HTTP API"}
	box.line("Protocol", "HTTPS")
	box.line("Authorization", "token required")
	box.Facts = append(box.Facts, routes...)
	box.fact("CORS origins", strings.Join(d.config.CorsAllowOrigins, ", "))
	return box
}

func (d *drawing) userPool() Box {
	box := Box{ID: userPoolID, Kind: KindUserPool, Component: apiGatewayComponent, Title: "Cognito"}
	box.line("Holds", "user pool")
	box.fact("Domain prefix", d.config.DomainPrefix)
	box.fact("Callback URLs", strings.Join(d.config.CallbackURLs, ", "))
	return box
}
