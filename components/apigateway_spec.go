package components

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// ApiGatewaySpec is the part of an API that is plain configuration.
type ApiGatewaySpec struct {
	// DomainPrefix is the beginning of the address of the sign-in pages and of the token endpoint. It is unique in the
	// region, across all accounts. By default the names of project and stack, and a hash of the account's id.
	DomainPrefix string `json:"apiDomainPrefix"`
	// CallbackURLs are the URLs to which the sign-in pages may send a person with the authorization code. By default
	// the URL on which `automation token` listens.
	CallbackURLs []string `json:"apiCallbackUrls" default:"http://localhost:8400/callback"`
	// CorsAllowOrigins are the web origins whose scripts may call the API, such as https://app.example.com, or * for
	// all. By default none.
	CorsAllowOrigins []string `json:"apiCorsAllowOrigins"`
	// CorsAllowHeaders are the request headers that the scripts of apiCorsAllowOrigins may set.
	CorsAllowHeaders []string `json:"apiCorsAllowHeaders" default:"authorization,content-type"`
}

// corsMethods are all methods of a route but OPTIONS, which is the browser's preflight request.
var corsMethods = []string{"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"}

// corsMaxAgeSeconds is how long a browser may keep the answer to a preflight request.
const corsMaxAgeSeconds = 600

func (s *ApiGatewaySpec) cors() bool { return len(s.CorsAllowOrigins) > 0 }

// domainHashLength is the length of the hash in a default domain prefix.
const domainHashLength = 8

// domainStem begins the default domain prefix.
func domainStem(project, name string) string { return strings.ToLower(project + "-" + name) }

var (
	domainPattern   = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	callbackPattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:/[^\s#]*$`)
	webPattern      = regexp.MustCompile(`^(https://[^\s/#?]+|http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?)([/?]|$)`)
	originPattern   = regexp.MustCompile(`^(\*|https?://[^\s/?#*]+)$`)
	headerPattern   = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")
)

// Validate notes what AWS would refuse, under keys that begin with the prefix.
// The project and the name of the API make the default domain prefix.
func (s *ApiGatewaySpec) Validate(prefix, project, name string, faults *Faults) {
	s.validateDomain(prefix+"apiDomainPrefix", project, name, faults)
	if n := len(s.CallbackURLs); n < 1 || n > 100 { // CreateUserPoolClient; the code flow needs one
		faults.Add(prefix+"apiCallbackUrls", s.CallbackURLs, "1 to 100 URLs")
	}
	for i, url := range s.CallbackURLs {
		key := prefix + indexed("apiCallbackUrls", i)
		web := strings.HasPrefix(strings.ToLower(url), "http:") || strings.HasPrefix(strings.ToLower(url), "https:")
		if !callbackPattern.MatchString(url) || web && !webPattern.MatchString(url) || len(url) > 1024 {
			faults.Add(key, url, "an absolute URL without a fragment: https, or http on localhost, or the scheme of an app")
		}
		if slices.Contains(s.CallbackURLs[:i], url) {
			faults.Add(key, url, "a URL that is named once")
		}
	}
	for i, origin := range s.CorsAllowOrigins {
		key := prefix + indexed("apiCorsAllowOrigins", i)
		faults.matches(key, origin, originPattern, "* or an origin such as https://app.example.com, without a path")
		if origin == "*" && len(s.CorsAllowOrigins) > 1 {
			faults.Add(key, origin, "* alone: it has every origin")
		}
	}
	if !s.cors() {
		return
	}
	for i, header := range s.CorsAllowHeaders {
		faults.matches(prefix+indexed("apiCorsAllowHeaders", i), header, headerPattern, "the name of a header")
	}
	// The wildcard * does not stand for this header ("CORS protocol", Fetch Standard).
	if !slices.ContainsFunc(s.CorsAllowHeaders, func(h string) bool { return strings.EqualFold(h, "authorization") }) {
		faults.Add(prefix+"apiCorsAllowHeaders", s.CorsAllowHeaders, "a list with authorization, the header of the token, which * does not stand for")
	}
}

// reservedInDomain are words that Cognito refuses in a domain prefix.
var reservedInDomain = []string{"aws", "amazon", "cognito"}

func (s *ApiGatewaySpec) validateDomain(key, project, name string, faults *Faults) {
	prefix, isDefault := s.DomainPrefix, s.DomainPrefix == ""
	if isDefault {
		prefix = domainStem(project, name) + "-" + strings.Repeat("0", domainHashLength)
	}
	valid := domainPattern.MatchString(prefix)
	for _, word := range reservedInDomain {
		valid = valid && !strings.Contains(prefix, word)
	}
	const allowed = "1 to 63 lower-case letters, digits and hyphens, with no hyphen at either end, and without the words aws, amazon and cognito"
	switch {
	case valid:
	case isDefault:
		faults.Missing(key, fmt.Sprintf("the default begins with %q, from the names of project and stack, and Cognito takes %s", domainStem(project, name), allowed))
	default:
		faults.Add(key, prefix, "%s", allowed)
	}
}

// ValidateUnused notes settings of an API that no service is behind.
func (s *ApiGatewaySpec) ValidateUnused(prefix string, faults *Faults) {
	if s.DomainPrefix != "" {
		faults.Add(prefix+"apiDomainPrefix", s.DomainPrefix, "it requires a service with api")
	}
	if s.cors() {
		faults.Add(prefix+"apiCorsAllowOrigins", s.CorsAllowOrigins, "it requires a service with api")
	}
}

// Routes returns the route keys of a service, as the API has them. With CORS it
// has a route for each method in place of ANY. A route of ANY takes the browser's
// preflight request too, and refuses it, as it has no token ("JWT authorizers and
// CORS", AWS re:Post). Where no route takes it, API Gateway answers it ("Configure
// CORS for HTTP APIs in API Gateway", API Gateway Developer Guide).
func (s *ApiGatewaySpec) Routes(api *APISpec, pathPatterns []string) ([]string, error) {
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

// ValidateRoutes notes routes of a service that the API cannot have beside its
// other settings. The prefix begins the keys of the service's api.
func (s *ApiGatewaySpec) ValidateRoutes(prefix string, api *APISpec, faults *Faults) {
	for i, key := range api.RouteKeys {
		if s.cors() && strings.HasPrefix(key, "OPTIONS ") {
			faults.Add(prefix+indexed("routeKeys", i), key, "another method: with apiCorsAllowOrigins the API answers OPTIONS itself")
		}
	}
}

// APISpec puts a service behind the API.
type APISpec struct {
	// PublicListener also puts the service on the internet-facing load balancer, where no token is required. By
	// default only the API reaches the service.
	PublicListener bool `json:"publicListener"`
	// RouteKeys are the routes of the HTTP API, such as GET /web/{proxy+}. By default every method of the service's
	// path patterns.
	RouteKeys []string `json:"routeKeys"`
	// Scopes are OAuth scopes, such as web/read, of which an access token needs one. By default any access token of
	// the user pool suffices.
	Scopes []string `json:"scopes"`
}

// cognitoScopes are the scopes that Cognito itself defines ("Scopes, M2M, and API authorization with resource
// servers", Amazon Cognito Developer Guide).
var cognitoScopes = []string{"aws.cognito.signin.user.admin", "email", "openid", "phone", "profile"}

// Validate notes what AWS would refuse, under keys that begin with the prefix.
// The path patterns are those of the service.
func (a *APISpec) Validate(prefix string, pathPatterns []string, faults *Faults) {
	for i, key := range a.RouteKeys {
		faults.matches(prefix+indexed("routeKeys", i), key, routeKeyPattern,
			"a method or ANY, and a path such as GET /web/{proxy+}, which ends in a slash only if it is the root")
	}
	if len(a.Scopes) > 10 { // "Quotas for configuring and running an HTTP API in API Gateway", API Gateway Developer Guide
		faults.Add(prefix+"scopes", len(a.Scopes), "10 scopes or fewer")
	}
	for i, scope := range a.Scopes {
		key := prefix + indexed("scopes", i)
		switch _, _, custom := splitScope(scope); {
		case !scopePattern.MatchString(scope): // CreateRoute takes 64 characters
			faults.Add(key, scope, "an OAuth scope of up to 64 characters, such as web/read")
		case !custom && !slices.Contains(cognitoScopes, scope):
			faults.Add(key, scope, "a resource server and a scope of it, such as web/read, or one of %s: no token carries any other scope",
				strings.Join(cognitoScopes, ", "))
		case slices.Contains(a.Scopes[:i], scope):
			faults.Add(key, scope, "a scope that is named once")
		}
	}
	if _, err := a.Routes(pathPatterns); err != nil {
		faults.Missing(prefix+"routeKeys", err.Error())
	}
}

// Routes returns the route keys, derived from the path patterns unless they are configured: those whose requests
// the load balancer's patterns match. The error says which pattern has no route of its kind.
func (a *APISpec) Routes(pathPatterns []string) ([]string, error) {
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
				return nil, fmt.Errorf("an API has no route like the path pattern %s: name the routes", pattern)
			}
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// splitScope returns the resource server and the name of a custom scope. A
// scope's name has no slash (ResourceServerScopeType).
func splitScope(scope string) (server, name string, custom bool) {
	i := strings.LastIndex(scope, "/")
	if i < 1 || i == len(scope)-1 {
		return "", "", false
	}
	return scope[:i], scope[i+1:], true
}

// APIService is a service behind the API.
type APIService struct {
	// Name of the service.
	Name string
	APISpec
	// PathPatterns are those of the service.
	PathPatterns []string
}

// balancer returns the load balancer on which the API reaches the service; nil when the environment has none.
func (s *APIService) balancer(environment *Environment) *LoadBalancer {
	if s.PublicListener {
		return environment.Public
	}
	return environment.Internal
}

// apiScopes are the scopes of all services.
type apiScopes struct {
	cognito  []string            // Cognito's own, sorted
	byServer map[string][]string // resource server → sorted names of its scopes
}

func scopesOf(services []APIService) apiScopes {
	// The scopes email, phone and profile include openid (OAuthScope, AWS CDK Reference).
	scopes := apiScopes{cognito: []string{"openid"}, byServer: map[string][]string{}}
	for _, service := range services {
		for _, scope := range service.Scopes {
			if server, name, custom := splitScope(scope); custom {
				scopes.byServer[server] = append(scopes.byServer[server], name)
			} else {
				scopes.cognito = append(scopes.cognito, scope)
			}
		}
	}
	unique := func(list []string) []string {
		slices.Sort(list)
		return slices.Compact(list)
	}
	scopes.cognito = unique(scopes.cognito)
	for server, names := range scopes.byServer {
		scopes.byServer[server] = unique(names)
	}
	return scopes
}

// custom returns the scopes of the resource servers.
func (s apiScopes) custom() []string {
	var all []string
	for _, server := range sortedKeys(s.byServer) {
		for _, name := range s.byServer[server] {
			all = append(all, server+"/"+name)
		}
	}
	return all
}

// people returns the scopes that a person can get.
func (s apiScopes) people() []string { return slices.Concat(s.cognito, s.custom()) }

// ValidateScopes notes more scopes than a client can have.
func ValidateScopes(key string, services []APIService, faults *Faults) {
	if n := len(scopesOf(services).people()); n > 50 { // CreateUserPoolClient
		faults.Add(key, n, "50 different scopes or fewer in all services together, openid included")
	}
}
