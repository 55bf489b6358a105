package apigateway

import (
	"maps"
	"slices"
	"strings"
)

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
