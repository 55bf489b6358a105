package apigateway

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"fargate-cd/components/environment"
	"fargate-cd/internal/problems"
)

// Spec holds the settings of an API that a stack file can set.
type Spec struct {
	// DomainPrefix is the prefix of the Cognito domain, which has the sign-in pages and the token endpoint. It must be
	// unique in the region, across all accounts. By default it consists of the names of project and stack and a hash of
	// the account's id.
	DomainPrefix string `json:"apiDomainPrefix"`
	// CallbackURLs are the URLs to which the sign-in pages may redirect a person with the authorization code. By
	// default the URL on which `automation token` listens.
	CallbackURLs []string `json:"apiCallbackUrls" default:"http://localhost:8400/callback"`
	// Mfa configures a second factor for sign-in, a code of an authenticator app: OPTIONAL (only for people who have
	// set one up), ON (for everyone), or OFF.
	Mfa string `json:"apiMfa" default:"OPTIONAL"`
	// CorsAllowOrigins are the web origins whose scripts may call the API, such as https://app.example.com, or * for
	// all. By default none.
	CorsAllowOrigins []string `json:"apiCorsAllowOrigins"`
	// CorsAllowHeaders are the request headers that the scripts of apiCorsAllowOrigins may set.
	CorsAllowHeaders []string `json:"apiCorsAllowHeaders" default:"authorization,content-type"`
}

// ServiceSpec holds the settings of a service behind the API that a stack file can set.
type ServiceSpec struct {
	// PublicListener also puts the service on the internet-facing load balancer, where no token is required. By
	// default only the API reaches the service.
	PublicListener bool `json:"publicListener"`
	// RouteKeys are the routes of the HTTP API, such as GET /web/{proxy+}. By default all methods of the service's path
	// patterns.
	RouteKeys []string `json:"routeKeys"`
	// Scopes are OAuth scopes, such as web/read. An access token needs at least one of them. By default every access
	// token of the user pool is accepted.
	Scopes []string `json:"scopes"`
}

// mfaOptional is the default of Mfa.
const mfaOptional = "OPTIONAL"

// Service is a service behind the API.
type Service struct {
	// Name is the name of the service.
	Name string
	ServiceSpec
	// PathPatterns are the path patterns of the service on its load balancer.
	PathPatterns []string
	// Host is the host name on which the service's listener rule has a condition. The API sets it in the requests that
	// it forwards. By default the rule accepts any host.
	Host string
}

// cognitoScopes are the scopes that Cognito defines ("Scopes, M2M, and API authorization with resource
// servers", Amazon Cognito Developer Guide).
var cognitoScopes = []string{"aws.cognito.signin.user.admin", "email", "openid", "phone", "profile"}

// MaxLinkSubnets is the maximum number of subnets of a VPC link, which uses the subnets of the tasks ("Quotas for
// configuring and running an HTTP API in API Gateway", API Gateway Developer Guide).
const MaxLinkSubnets = 10

// reservedInDomain are words that Cognito refuses in a domain prefix.
var reservedInDomain = []string{"aws", "amazon", "cognito"}

var (
	domainPattern   = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	callbackPattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:/[^\s#]*$`)
	webPattern      = regexp.MustCompile(`^(https://[^\s/#?]+|http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?)([/?]|$)`)
	originPattern   = regexp.MustCompile(`^(\*|https?://[^\s/?#*]+)$`)
	routeKeyPattern = regexp.MustCompile(`^(ANY|GET|HEAD|OPTIONS|PATCH|POST|PUT|DELETE) ` +
		`(/|(/([\w+.~$:@-]+|\{[\w.-]+\}))+(/\{[\w.-]+\+\})?|/\{[\w.-]+\+\})$`)
	scopePattern  = regexp.MustCompile(`^[\x21\x23-\x5B\x5D-\x7E]{1,64}$`)
	headerPattern = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")
)

func validateServices(args *Args, found *problems.List) {
	if len(args.Services) == 0 {
		found.Missing("services", "at least one service to which the API forwards")
	}
	owner := map[string]string{}
	for i, service := range args.Services {
		prefix := problems.Indexed("services", i) + "."
		service.ServiceSpec.Validate(prefix, service.PathPatterns, found)
		args.ValidateRoutes(prefix, &service.ServiceSpec, found)
		if balancer := service.balancer(args.Environment); balancer == nil {
			kind := environment.LoadBalancerInternal
			if service.PublicListener {
				kind = environment.LoadBalancerPublic
			}
			found.Add(prefix+"publicListener", service.PublicListener, "the environment has no %s load balancer", kind)
		} else if balancer.HTTPS() && balancer.ServerName == "" {
			found.Missing("environment", "a domain name by which the API verifies the certificate of the load balancer")
		}
		keys, _ := args.Routes(&service.ServiceSpec, service.PathPatterns) // Validate has reported the error
		for _, key := range keys {
			if other, taken := owner[key]; taken {
				found.Add(prefix+"routeKeys", key, "service %s already has this route", other)
			}
			owner[key] = service.Name
		}
	}
	ValidateScopes("services", args.Services, found)
}

// Validate reports the values that AWS would refuse, under keys that begin with the
// prefix. The default domain prefix contains the project and the name of the API.
func (s *Spec) Validate(prefix, project, name string, found *problems.List) {
	s.validateDomain(prefix+"apiDomainPrefix", project, name, found)
	found.OneOf(prefix+"apiMfa", s.Mfa, mfaOptional, "ON", "OFF")
	if n := len(s.CallbackURLs); n < 1 || n > 100 { // CreateUserPoolClient; the authorization code flow needs one
		found.Add(prefix+"apiCallbackUrls", s.CallbackURLs, "1 to 100 URLs")
	}
	for i, url := range s.CallbackURLs {
		key := prefix + problems.Indexed("apiCallbackUrls", i)
		web := strings.HasPrefix(strings.ToLower(url), "http:") || strings.HasPrefix(strings.ToLower(url), "https:")
		if !callbackPattern.MatchString(url) || web && !webPattern.MatchString(url) || len(url) > 1024 {
			found.Add(key, url, "an absolute URL without a fragment: https, or http on localhost, or the scheme of an app")
		}
		if slices.Contains(s.CallbackURLs[:i], url) {
			found.Add(key, url, "each URL only once")
		}
	}
	for i, origin := range s.CorsAllowOrigins {
		key := prefix + problems.Indexed("apiCorsAllowOrigins", i)
		found.Matches(key, origin, originPattern, "* or an origin such as https://app.example.com, without a path")
		if origin == "*" && len(s.CorsAllowOrigins) > 1 {
			found.Add(key, origin, "* alone, because it includes every origin")
		}
	}
	if !s.cors() {
		return
	}
	for i, header := range s.CorsAllowHeaders {
		found.Matches(prefix+problems.Indexed("apiCorsAllowHeaders", i), header, headerPattern, "the name of a header")
	}
	// The wildcard * does not include this header ("CORS protocol", Fetch Standard).
	if !slices.ContainsFunc(s.CorsAllowHeaders, func(h string) bool { return strings.EqualFold(h, "authorization") }) {
		found.Add(prefix+"apiCorsAllowHeaders", s.CorsAllowHeaders, "it must contain authorization, the header of the token; * does not include it")
	}
}

func (s *Spec) validateDomain(key, project, name string, found *problems.List) {
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
		found.Missing(key, fmt.Sprintf("the default begins with %q, from the names of project and stack, but Cognito requires %s", domainStem(project, name), allowed))
	default:
		found.Add(key, prefix, "%s", allowed)
	}
}

// ValidateUnused reports settings of the API in a stack without a service behind it.
func (s *Spec) ValidateUnused(prefix string, found *problems.List) {
	if s.DomainPrefix != "" {
		found.Add(prefix+"apiDomainPrefix", s.DomainPrefix, "it requires a service with api")
	}
	if s.Mfa != mfaOptional {
		found.Add(prefix+"apiMfa", s.Mfa, "it requires a service with api")
	}
	if s.cors() {
		found.Add(prefix+"apiCorsAllowOrigins", s.CorsAllowOrigins, "it requires a service with api")
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

// Validate reports the values that AWS would refuse, under keys that begin with the
// prefix. The path patterns are those of the service.
func (a *ServiceSpec) Validate(prefix string, pathPatterns []string, found *problems.List) {
	for i, key := range a.RouteKeys {
		found.Matches(prefix+problems.Indexed("routeKeys", i), key, routeKeyPattern,
			"a method or ANY, and a path, such as GET /web/{id} or GET /web/{proxy+}. {proxy+} must be the last part of the path, a "+
				"variable must be a whole part, and only the path / may end in a slash")
	}
	if len(a.Scopes) > 10 { // "Quotas for configuring and running an HTTP API in API Gateway", API Gateway Developer Guide
		found.Add(prefix+"scopes", len(a.Scopes), "10 scopes or fewer")
	}
	for i, scope := range a.Scopes {
		key := prefix + problems.Indexed("scopes", i)
		switch _, _, custom := splitScope(scope); {
		case !scopePattern.MatchString(scope): // CreateRoute allows 64 characters
			found.Add(key, scope, "an OAuth scope of up to 64 characters, such as web/read")
		case !custom && !slices.Contains(cognitoScopes, scope):
			found.Add(key, scope, "a resource server and its scope, such as web/read, or one of %s: no token has any other scope",
				strings.Join(cognitoScopes, ", "))
		case slices.Contains(a.Scopes[:i], scope):
			found.Add(key, scope, "each scope only once")
		}
	}
	if _, err := a.Routes(pathPatterns); err != nil {
		found.Missing(prefix+"routeKeys", err.Error())
	}
}

// ValidateScopes reports services that together have more scopes than a user pool client can have.
func ValidateScopes(key string, services []Service, found *problems.List) {
	if n := len(scopesOf(services).people()); n > 50 { // CreateUserPoolClient
		found.Add(key, n, "50 different scopes or fewer in all services together, including openid")
	}
}
