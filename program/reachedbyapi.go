package program

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fargate-cd/components/apigateway"
	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/patterns"
	"fargate-cd/internal/problems"
)

// The API authorizes a request by its route, which belongs to a service. It forwards the request to a load balancer,
// which selects the service again, by its listener rules. So the token of a request that reaches a service may have
// been checked for another service. These checks report it.

// listenerRule is a listener rule of a service, or of another stack.
type listenerRule struct {
	fargateservice.Spec
	priority     int
	paths, hosts []patterns.Pattern // of the path patterns and the host headers
}

func newListenerRule(spec fargateservice.Spec, priority int) listenerRule {
	return listenerRule{Spec: spec, priority: priority, paths: wildcards(spec.PathPatterns), hosts: hostNames(spec.HostHeaders)}
}

// listenerRule returns the rule of a port of a service.
func (p *portView) listenerRule() listenerRule {
	return newListenerRule(p.Spec, p.RulePriority(p.Name))
}

// reach holds the routes of the API and the rules of the load balancers.
type reach struct {
	routes [][]route               // of each service, in the order of the configuration
	rules  map[bool][]listenerRule // of all services, by Service.Internal
}

// route is a route of the API.
type route struct {
	key   string
	paths patterns.Pattern
}

func (c *Config) newReach() *reach {
	r := &reach{rules: map[bool][]listenerRule{}}
	for i := range c.Services {
		service := &c.Services[i]
		var routes []route
		if service.API != nil {
			keys, _ := c.Routes(service.API, service.PathPatterns) // ServiceSpec.Validate has reported the error
			for _, key := range keys {
				routes = append(routes, route{key, apigateway.Paths(key)})
			}
		}
		r.routes = append(r.routes, routes)
		for _, port := range service.portViews() {
			r.rules[service.Internal()] = append(r.rules[service.Internal()], port.listenerRule())
		}
	}
	return r
}

// apiHosts match the host names of HTTP APIs. Requests have such a name unless the API sets another one.
var apiHosts = wildcards([]string{"*.execute-api.*.amazonaws.com", "*.execute-api.*.amazonaws.com.cn"})

// validateReachedByAPI reports services that a client can reach through the route of another service although its token
// does not suffice for them. Everybody can reach a service on an open internet-facing load balancer without a token.
// The other settings must be valid.
func (c *Config) validateReachedByAPI(prefix string, found *problems.List) {
	open := slices.Contains(c.IngressCidrBlocks, "0.0.0.0/0")
	r := c.newReach()
	for i := range c.Services {
		service := &c.Services[i]
		if !service.Internal() && open {
			continue
		}
		key := fmt.Sprintf("%sservices[%d].", prefix, i)
		for _, port := range service.portViews() {
			to := port.listenerRule()
			for j := range c.Services {
				other := &c.Services[j]
				if i == j || other.API == nil || other.Internal() != service.Internal() || admits(service.API, other.API) {
					continue
				}
				route, request := c.forwarded(j, &to, r)
				switch {
				case route == "":
				case service.API == nil:
					found.Add(key+port.key+"pathPatterns", port.PathPatterns, "paths that no route of the API matches: the API forwards requests for service %[1]s "+
						"also to service %[2]s, such as %[3]s, with any token that service %[1]s accepts. Give %[2]s the key api, with scopes if needed, or hostHeaders",
						other.Name, service.Name, request)
				default:
					found.Add(key+"api.scopes", service.API.Scopes, "a client can avoid these scopes: the API forwards requests such as %[1]s on the route %[2]s "+
						"of service %[3]s also to service %[4]s. Set the same scopes for both services, give %[4]s routeKeys for all its "+
						"requests that come before that route, or set hostHeaders for %[4]s", request, route, other.Name, service.Name)
				}
			}
		}
	}
}

// validateReachesStacks reports routes of the services on which the API forwards requests to a rule of another stack:
// the tokens of this stack's user pool would admit a client to the other stack's service. rules are the rules on the
// internal load balancer.
func (c *Config) validateReachesStacks(prefix string, rules []environment.Rule, found *problems.List) {
	r := c.newReach()
	for i := range c.Services {
		service := &c.Services[i]
		if service.API == nil || !service.Internal() {
			continue
		}
		for _, rule := range rules {
			theirs, complete := fargateservice.SpecOf(rule.Conditions)
			if rule.Own || !complete {
				continue
			}
			priority, _ := strconv.Atoi(rule.Priority)
			to := newListenerRule(theirs, priority)
			if route, request := c.forwarded(i, &to, r); route != "" {
				found.Add(fmt.Sprintf("%sservices[%d].api.routeKeys", prefix, i), route, "the load balancer forwards "+
					"requests such as %s to the service of %s, which then accepts the tokens of this stack. Set narrower pathPatterns or routeKeys, or set hostHeaders "+
					"in that stack", request, rule.Owner())
			}
		}
	}
}

// admits reports whether each token that suffices for one service also suffices for the other one. A token needs one of
// the scopes of a route ("Control access to HTTP APIs with JWT authorizers in API Gateway", API Gateway Developer
// Guide).
func admits(to, from *apigateway.ServiceSpec) bool {
	if to == nil {
		return false
	}
	foreign := func(scope string) bool { return !slices.Contains(to.Scopes, scope) }
	return len(to.Scopes) == 0 || len(from.Scopes) > 0 && !slices.ContainsFunc(from.Scopes, foreign)
}

// forwarded returns a route of the service with an index, and the method and path of a request that the API forwards on
// this route and that another rule takes. key is empty if there is no such request. A client can choose the headers and
// the query of a request, but not the host that the API sends.
func (c *Config) forwarded(index int, to *listenerRule, r *reach) (key, request string) {
	service := &c.Services[index]
	hosts := apiHosts
	if host := service.Host(); host != "" {
		hosts = hostNames([]string{host})
	}
	if !to.acceptsSome(hosts) {
		return "", ""
	}
	for _, each := range r.routes[index] {
		for _, taken := range to.paths {
			if !patterns.Overlap(each.paths, taken) {
				continue
			}
			earlier, rivals := r.earlier(service.Internal(), to, hosts, taken), r.rivals(index, taken)
			for _, method := range apigateway.Methods(each.key) {
				none := slices.Clone(earlier)
				for _, other := range rivals {
					if apigateway.Precedes(other.key, each.key, method) {
						none = append(none, other.paths)
					}
				}
				if example, exists := patterns.Example([]patterns.Pattern{each.paths, taken}, none); exists {
					return each.key, method + " " + example
				}
			}
		}
	}
	return "", ""
}

// earlier returns the paths of the rules that come before a rule and take all requests with the hosts, as far as they
// overlap the given paths.
func (r *reach) earlier(internal bool, to *listenerRule, hosts []patterns.Pattern, taken patterns.Pattern) []patterns.Pattern {
	var out []patterns.Pattern
	rules := r.rules[internal]
	for i := range rules {
		rule := &rules[i]
		if rule.priority >= to.priority || len(rule.HttpHeaders)+len(rule.QueryStrings) > 0 || !rule.acceptsAll(hosts) {
			continue
		}
		for _, paths := range rule.paths {
			if patterns.Overlap(paths, taken) {
				out = append(out, paths)
			}
		}
	}
	return out
}

// rivals returns the routes of the other services that overlap the given paths.
func (r *reach) rivals(index int, taken patterns.Pattern) []route {
	var out []route
	for i, routes := range r.routes {
		for _, each := range routes {
			if i != index && patterns.Overlap(each.paths, taken) {
				out = append(out, each)
			}
		}
	}
	return out
}

// wildcards returns the patterns of the values of a condition.
func wildcards(values []string) []patterns.Pattern {
	var out []patterns.Pattern
	for _, value := range values {
		out = append(out, patterns.Wildcards(value))
	}
	return out
}

// hostNames returns the patterns of host names, whose case does not matter.
func hostNames(names []string) []patterns.Pattern {
	lower := slices.Clone(names)
	for i := range lower {
		lower[i] = strings.ToLower(lower[i])
	}
	return wildcards(lower)
}

// acceptsSome reports whether the rule can take a request with one of the hosts.
func (r *listenerRule) acceptsSome(hosts []patterns.Pattern) bool {
	return slices.ContainsFunc(hosts, func(host patterns.Pattern) bool { return r.hasName(host, patterns.Overlap) })
}

// acceptsAll reports whether no condition on the host excludes a request with one of the hosts.
func (r *listenerRule) acceptsAll(hosts []patterns.Pattern) bool {
	return !slices.ContainsFunc(hosts, func(host patterns.Pattern) bool { return !r.hasName(host, patterns.Covers) })
}

// hasName reports whether the rule has no condition on the host, or one of its host names is in a relation to the host.
func (r *listenerRule) hasName(host patterns.Pattern, relation func(name, host patterns.Pattern) bool) bool {
	return len(r.hosts) == 0 || slices.ContainsFunc(r.hosts, func(name patterns.Pattern) bool { return relation(name, host) })
}
