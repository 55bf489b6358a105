package apigateway

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"fargate-cd/internal/problems"
)

// cognitoScopes are the scopes that Cognito defines ("Scopes, M2M, and API authorization with resource
// servers", Amazon Cognito Developer Guide).
var cognitoScopes = []string{"aws.cognito.signin.user.admin", "email", "openid", "phone", "profile"}

var scopePattern = regexp.MustCompile(`^[\x21\x23-\x5B\x5D-\x7E]{1,64}$`)

func (a *ServiceSpec) validateScopes(prefix string, found *problems.List) {
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
}

// ValidateScopes reports services that together have more scopes than a user pool client can have.
func ValidateScopes(key string, services []Service, found *problems.List) {
	if n := len(scopesOf(services).people()); n > 50 { // CreateUserPoolClient
		found.Add(key, n, "50 different scopes or fewer in all services together, including openid")
	}
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

// scopeSet holds the scopes of all services.
type scopeSet struct {
	cognito  []string            // scopes that Cognito defines, sorted
	byServer map[string][]string // resource server → sorted names of its scopes
}

func scopesOf(services []Service) scopeSet {
	// The scopes email, phone and profile include openid (OAuthScope, AWS CDK Reference).
	scopes := scopeSet{cognito: []string{"openid"}, byServer: map[string][]string{}}
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

// ResourceServers returns the resource servers in the scopes of the services, sorted.
func ResourceServers(services []Service) []string { return scopesOf(services).servers() }

// servers returns the resource servers, sorted.
func (s scopeSet) servers() []string { return slices.Sorted(maps.Keys(s.byServer)) }

// custom returns the scopes of the resource servers.
func (s scopeSet) custom() []string {
	var all []string
	for _, server := range s.servers() {
		for _, name := range s.byServer[server] {
			all = append(all, server+"/"+name)
		}
	}
	return all
}

// people returns the scopes that a person can get.
func (s scopeSet) people() []string { return slices.Concat(s.cognito, s.custom()) }
