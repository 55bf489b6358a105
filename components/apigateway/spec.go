package apigateway

import (
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
	// patterns. If a route of another service, such as ANY /{proxy+}, matches requests for a service with scopes, the
	// service needs routes for all of them, or hostHeaders.
	RouteKeys []string `json:"routeKeys"`
	// Scopes are OAuth scopes, such as web/read. An access token needs at least one of them. By default every token that
	// the user pool issues for the stack's clients is accepted, also an ID token, which is meant only for the client. Set
	// scopes to require an access token.
	Scopes []string `json:"scopes"`
}

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
	s.validateMfa(prefix, found)
	s.validateCallbacks(prefix, found)
	s.validateCors(prefix, found)
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

// Validate reports the values that AWS would refuse, under keys that begin with the
// prefix. The path patterns are those of the service.
func (a *ServiceSpec) Validate(prefix string, pathPatterns []string, found *problems.List) {
	a.validateRouteKeys(prefix, found)
	a.validateScopes(prefix, found)
	if _, err := a.Routes(pathPatterns); err != nil {
		found.Missing(prefix+"routeKeys", err.Error())
	}
}
