package graph

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fargate-cd/components/apigateway"
	"fargate-cd/components/environment"
	"fargate-cd/internal/problems"
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
	insidersID = "insiders"
)

func network(project, stack, region string, config *program.Config) Box {
	box := Box{ID: "network", Kind: KindNetwork, Component: environmentComponent, Title: environmentComponent}
	box.fact("Region", region)
	if config.Environment.Guest() {
		box.Title = environmentComponent + " of stack " + config.Environment.Stack
		box.fact("Network", "from stack "+config.Environment.Stack)
		box.fact("ECS cluster", "from stack "+config.Environment.Stack)
	} else {
		box.ownNetwork(config)
		box.fact("ECS cluster", project+"-"+stack)
	}
	if config.Environment.Host() {
		box.fact("Other stacks use", "the network, the cluster and the load balancers "+strings.Join(config.Environment.LoadBalancers, " and "))
	}
	box.fact("Notifications to", strings.Join(slices.Concat(config.Notifications.EmailAddresses, config.Notifications.SubscriberArns), ", "))
	if config.Alarms {
		box.fact("Alarms", "on each service and the API, with a dashboard")
	}
	box.fact("Logs", fmt.Sprintf("kept %d days", config.LogRetentionDays))
	return box
}

// ownNetwork adds the facts of a network that does not belong to another stack.
func (b *Box) ownNetwork(config *program.Config) {
	if vpc, _ := problems.KnownText(config.VpcID); vpc != "" { // the values of a stack file are known
		public, _ := problems.KnownTexts(config.PublicSubnetIDs)
		private, _ := problems.KnownTexts(config.PrivateSubnetIDs)
		b.fact("Network", "existing "+vpc)
		b.fact("Public subnets", strings.Join(public, ", "))
		b.fact("Private subnets", strings.Join(private, ", "))
	} else {
		b.fact("Network", config.VpcCidrBlock+" in two zones")
		b.fact("Zones", strings.Join(config.AvailabilityZones, ", "))
		b.fact("NAT gateways", map[string]string{"None": "none", "Single": "one", "OnePerAz": "one in each zone"}[config.NatGatewayStrategy])
	}
	addresses := "private"
	if config.AssignPublicIP {
		addresses = "public"
	}
	b.fact("Addresses of tasks", addresses)
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
	if host := &d.config.Environment; host.Host() {
		public = public || slices.Contains(host.LoadBalancers, environment.LoadBalancerPublic)
		internal = internal || slices.Contains(host.LoadBalancers, environment.LoadBalancerInternal)
	}
	add := func(box Box) { d.picture.Shared = append(d.picture.Shared, box) }
	if public {
		users := Box{ID: usersID, Kind: KindClients, Title: "Users"}
		if !d.config.Environment.Guest() {
			users.line("From", networks(d.config.IngressCidrBlocks))
		}
		add(users)
		add(d.balancer(publicID, "Load balancer", "internet-facing"))
		d.arrow(usersID, publicID, WayRequest, d.protocol())
	}
	if len(routes) > 0 {
		clients := Box{ID: clientsID, Kind: KindClients, Title: "API clients"}
		clients.line("User tokens", "people")
		if machines {
			clients.line("Client credentials", "machines")
		}
		add(clients)
		add(d.api(routes))
		add(d.userPool())
		d.arrow(clientsID, userPoolID, WayRequest, "sign in")
		d.arrow(clientsID, apiID, WayRequest, "token")
	}
	if internal {
		add(d.balancer(internalID, "Load balancer", "internal"))
		if len(routes) > 0 {
			d.arrow(apiID, internalID, WayRequest, "VPC link")
		}
		if d.internalClients() {
			insiders := Box{ID: insidersID, Kind: KindClients, Title: "Internal clients"}
			if !d.config.Environment.Guest() {
				insiders.line("From", networks(d.config.InternalIngress()))
			}
			add(insiders)
			d.arrow(insidersID, internalID, WayRequest, d.protocol())
		}
	}
	if apiToPublic {
		d.arrow(apiID, publicID, WayRequest, "VPC link")
	}
}

// internalClients reports whether clients in the allowed networks reach a service on the internal load balancer.
func (d *drawing) internalClients() bool {
	return slices.ContainsFunc(d.config.Services, func(s program.Service) bool { return s.InternalClients })
}

// networks formats address ranges.
func networks(blocks []string) string {
	if slices.Contains(blocks, "0.0.0.0/0") {
		return "any network"
	}
	return strings.Join(blocks, ", ")
}

// protocol returns the protocol of the listeners; empty for those of another stack, whose configuration is not known.
func (d *drawing) protocol() string {
	if d.config.Environment.Guest() {
		return ""
	}
	if d.config.HTTPS() {
		return "HTTPS"
	}
	return "HTTP"
}

func (d *drawing) balancer(id, title, scheme string) Box {
	box := Box{ID: id, Kind: KindBalancer, Component: environmentComponent, Title: title}
	box.line("Scheme", scheme)
	if d.config.Environment.Guest() {
		box.line("Belongs to", "stack "+d.config.Environment.Stack)
		return box
	}
	box.line("Listener", d.protocol()+" :"+strconv.Itoa(d.config.ProductionPort()))
	if id == publicID {
		box.fact("Allowed sources", networks(d.config.IngressCidrBlocks))
	} else if d.internalClients() {
		box.fact("Allowed sources", networks(d.config.InternalIngress()))
	} else {
		box.fact("Allowed sources", "the VPC link of the API")
	}
	if d.config.TestListenerPort != 0 {
		box.line("Test listener", "test :"+strconv.Itoa(d.config.TestListenerPort))
		box.fact("Allowed test sources", networks(d.config.TestIngress()))
	}
	switch {
	case d.config.Waf:
		box.fact("AWS WAF", "web ACL with AWS managed rules")
	case problems.Given(d.config.WebAclArn):
		box.fact("AWS WAF", fmt.Sprint(d.config.WebAclArn))
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
