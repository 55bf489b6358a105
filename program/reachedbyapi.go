package program

import (
	"cmp"
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
	priority int
}

// apiHost matches the host name of an HTTP API. Requests have it unless the API sets another one.
const apiHost = "*.execute-api.*.amazonaws.com*"

// validateReachedByAPI reports services that a client can reach through the route of another service although its token
// does not suffice for them. Everybody can reach a service on an open internet-facing load balancer without a token.
// The other settings must be valid.
func (c *Config) validateReachedByAPI(prefix string, found *problems.List) {
	open := slices.Contains(c.IngressCidrBlocks, "0.0.0.0/0")
	for i := range c.Services {
		service := &c.Services[i]
		if !service.Internal() && open {
			continue
		}
		key := fmt.Sprintf("%sservices[%d].", prefix, i)
		for _, port := range service.portViews() {
			to := listenerRule{port.Spec, port.RulePriority(port.Name)}
			for j := range c.Services {
				other := &c.Services[j]
				if i == j || other.API == nil || other.Internal() != service.Internal() || admits(service.API, other.API) {
					continue
				}
				route, request := c.forwarded(other, &to, c.rulesBeside(other))
				switch {
				case route == "":
				case service.API == nil:
					found.Add(key+port.key+"pathPatterns", port.PathPatterns, "paths that no route of the API matches: the API forwards requests for service %[1]s "+
						"also to service %[2]s, such as %[3]s, with any token that service %[1]s accepts. Give %[2]s the key api, with scopes if needed, or hostHeaders",
						other.Name, service.Name, request)
				default:
					found.Add(key+"api.scopes", service.API.Scopes, "the scopes of all routes to the service: the API forwards requests such as %[1]s on the route %[2]s "+
						"of service %[3]s also to service %[4]s, without these scopes. Set the same scopes for both services, give %[4]s routeKeys for all its "+
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
	for i := range c.Services {
		service := &c.Services[i]
		if service.API == nil || !service.Internal() {
			continue
		}
		own := c.rulesBeside(service)
		for _, rule := range rules {
			theirs, complete := fargateservice.SpecOf(rule.Conditions)
			if rule.Own || !complete {
				continue
			}
			priority, _ := strconv.Atoi(rule.Priority)
			to := listenerRule{theirs, priority}
			if route, request := c.forwarded(service, &to, own); route != "" {
				found.Add(fmt.Sprintf("%sservices[%d].api.routeKeys", prefix, i), route, "a route whose requests no rule of another stack takes: the load balancer forwards "+
					"requests such as %s to the service of %s, so that the tokens of this stack admit to it. Set narrower pathPatterns or routeKeys, or set hostHeaders "+
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

// forwarded returns a route of a service, and the method and path of a request that the API forwards on this route and
// that another rule takes. rules are all rules of the stack on that load balancer. route is empty if there is no such
// request. A client can choose the headers and the query of a request, but not the host that the API sends.
func (c *Config) forwarded(service *Service, to *listenerRule, rules []listenerRule) (route, request string) {
	host := patterns.Wildcards(cmp.Or(strings.ToLower(service.Host()), apiHost))
	if !to.acceptsHost(host, patterns.Overlap) {
		return "", ""
	}
	var earlier []patterns.Pattern
	for i := range rules {
		rule := &rules[i]
		if rule.priority < to.priority && rule.acceptsHost(host, patterns.Covers) && len(rule.HttpHeaders)+len(rule.QueryStrings) == 0 {
			earlier = append(earlier, wildcards(rule.PathPatterns)...)
		}
	}
	others := c.routesExcept(service)
	keys, _ := c.Routes(service.API, service.PathPatterns) // ServiceSpec.Validate has reported the error
	for _, key := range keys {
		matched := apigateway.Paths(key)
		for _, taken := range wildcards(to.PathPatterns) {
			if !patterns.Overlap(matched, taken) {
				continue
			}
			elsewhere := func(paths patterns.Pattern) bool { return !patterns.Overlap(paths, taken) }
			rivals := slices.DeleteFunc(slices.Clone(others), func(other string) bool { return elsewhere(apigateway.Paths(other)) })
			for _, method := range apigateway.Methods(key) {
				none := slices.DeleteFunc(slices.Clone(earlier), elsewhere)
				for _, other := range rivals {
					if apigateway.Precedes(other, key, method) {
						none = append(none, apigateway.Paths(other))
					}
				}
				if example, exists := patterns.Example([]patterns.Pattern{matched, taken}, none); exists {
					return key, method + " " + example
				}
			}
		}
	}
	return "", ""
}

// wildcards returns the patterns of the values of a condition.
func wildcards(values []string) []patterns.Pattern {
	var out []patterns.Pattern
	for _, value := range values {
		out = append(out, patterns.Wildcards(value))
	}
	return out
}

// rulesBeside returns the rules of the services on the load balancer of a service.
func (c *Config) rulesBeside(service *Service) []listenerRule {
	var rules []listenerRule
	for i := range c.Services {
		if each := &c.Services[i]; each.Internal() == service.Internal() {
			for _, port := range each.portViews() {
				rules = append(rules, listenerRule{port.Spec, port.RulePriority(port.Name)})
			}
		}
	}
	return rules
}

// routesExcept returns the routes of the API to other services.
func (c *Config) routesExcept(service *Service) []string {
	var routes []string
	for i := range c.Services {
		if each := &c.Services[i]; each.API != nil && each != service {
			keys, _ := c.Routes(each.API, each.PathPatterns) // ServiceSpec.Validate has reported the error
			routes = append(routes, keys...)
		}
	}
	return routes
}

// acceptsHost reports whether the rule has no condition on the host, or one of its host names is in a relation to the
// host of the requests.
func (r *listenerRule) acceptsHost(host patterns.Pattern, relation func(name, host patterns.Pattern) bool) bool {
	return len(r.HostHeaders) == 0 || slices.ContainsFunc(r.HostHeaders, func(name string) bool {
		return relation(patterns.Wildcards(strings.ToLower(name)), host)
	})
}
