package apigateway

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/internal/problems"
)

var routeKeyPattern = regexp.MustCompile(`^(ANY|` + strings.Join(methods, "|") + `) ` +
	`(/|(/([\w+.~$:@-]+|\{[\w.-]+\}))+(/\{[\w.-]+\+\})?|/\{[\w.-]+\+\})$`)

func (a *ServiceSpec) validateRouteKeys(prefix string, found *problems.List) {
	for i, key := range a.RouteKeys {
		found.Matches(prefix+problems.Indexed("routeKeys", i), key, routeKeyPattern,
			"a method or ANY, and a path, such as GET /web/{id} or GET /web/{proxy+}. {proxy+} must be the last part of the path, a "+
				"variable must be a whole part, and only the path / may end in a slash")
	}
}

// ValidateRoutes reports routes of a service that conflict with the settings of the API,
// under keys that begin with the prefix.
func (s *Spec) ValidateRoutes(prefix string, api *ServiceSpec, found *problems.List) {
	for i, key := range api.RouteKeys {
		if s.cors() && strings.HasPrefix(key, "OPTIONS ") {
			found.Add(prefix+problems.Indexed("routeKeys", i), key, "another method: with apiCorsAllowOrigins the API answers OPTIONS itself")
		}
	}
}

func (g *ApiGateway) newRoutes(
	ctx *pulumi.Context, authorizer *apigatewayv2.Authorizer, integrations map[destination]*apigatewayv2.Integration,
) ([]pulumi.Resource, error) {
	var routes []pulumi.Resource
	for _, service := range g.args.Services {
		keys, err := g.args.Routes(&service.ServiceSpec, service.PathPatterns)
		if err != nil {
			return nil, err
		}
		for _, key := range keys {
			args := &apigatewayv2.RouteArgs{
				ApiId:             g.api.ID(),
				RouteKey:          pulumi.String(key),
				Target:            pulumi.Sprintf("integrations/%s", integrations[service.destination(g.args.Environment)].ID()),
				AuthorizationType: pulumi.String("JWT"),
				AuthorizerId:      authorizer.ID(),
			}
			if len(service.Scopes) > 0 {
				args.AuthorizationScopes = pulumi.ToStringArray(service.Scopes)
			}
			route, err := apigatewayv2.NewRoute(ctx, g.name+"-"+key, args, pulumi.Parent(g))
			if err != nil {
				return nil, fmt.Errorf("creating route %s: %w", key, err)
			}
			routes = append(routes, route)
		}
	}
	return routes, nil
}

// Routes returns the route keys of a service in the API. With CORS there is a route for each method instead of ANY. A
// route with ANY would also match the browser's preflight request and refuse it, because it has no token ("JWT
// authorizers and CORS", AWS re:Post). If no route matches it, API Gateway answers the preflight request itself
// ("Configure CORS for HTTP APIs in API Gateway", API Gateway Developer Guide). Routes returns the errors of
// ServiceSpec.Routes.
func (s *Spec) Routes(api *ServiceSpec, pathPatterns []string) ([]string, error) {
	keys, err := api.Routes(pathPatterns)
	if err != nil || !s.cors() {
		return keys, err
	}
	var explicit, expanded []string
	for _, key := range keys {
		if path, any := strings.CutPrefix(key, "ANY "); any {
			for _, method := range corsMethods {
				expanded = append(expanded, method+" "+path)
			}
		} else {
			explicit = append(explicit, key)
		}
	}
	for _, key := range expanded {
		if !slices.Contains(explicit, key) {
			explicit = append(explicit, key)
		}
	}
	return explicit, nil
}

// Routes returns the configured route keys. Without them it derives the route keys from the path patterns, so that the
// API forwards the requests that the load balancer's patterns match. It fails for a pattern that has no equivalent route.
func (a *ServiceSpec) Routes(pathPatterns []string) ([]string, error) {
	if len(a.RouteKeys) > 0 {
		return a.RouteKeys, nil
	}
	var keys []string
	for _, pattern := range pathPatterns {
		path, all := strings.CutSuffix(pattern, "/*")
		routes := []string{"ANY " + path}
		if all {
			routes = []string{"ANY " + path + "/{proxy+}"}
			if path == "" {
				routes = append(routes, "ANY /") // /* matches the root as well
			}
		}
		for _, key := range routes {
			// No route key ends in a slash after a segment (aws/serverless-application-model#1949).
			if strings.ContainsAny(path, "*?") || !routeKeyPattern.MatchString(key) || strings.HasSuffix(path, "/") && path != "/" {
				return nil, fmt.Errorf("the path pattern %s has no equivalent route of an HTTP API: name the routes", pattern)
			}
			keys = append(keys, key)
		}
	}
	return keys, nil
}
