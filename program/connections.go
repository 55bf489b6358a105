package program

import (
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/codeconnection"
	"fargate-cd/components/environment"
)

// connections maps the provider of a source to the connection that the stack creates for it. All services with the
// provider share the connection, so that a person authorizes it only once.
type connections map[string]*codeconnection.Connection

// newConnections creates one connection for each provider whose sources need a connection.
func newConnections(ctx *pulumi.Context, services []Service, env *environment.Environment) (connections, error) {
	out := connections{}
	for i := range services {
		provider := services[i].Source.Provider
		if out[provider] != nil || !services[i].Source.NeedsConnection() {
			continue
		}
		var err error
		out[provider], err = codeconnection.New(ctx, codeconnection.Name(provider), &codeconnection.Args{Provider: provider, Account: env.Account})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// of returns the stack's connection for a service; nil if the source names a connection or needs none.
func (c connections) of(service *Service) *codeconnection.Connection {
	if !service.Source.NeedsConnection() {
		return nil
	}
	return c[service.Source.Provider]
}

// pending returns the console URLs where a person authorizes the pending connections, by provider.
func (c connections) pending() pulumi.MapOutput {
	providers := slices.Sorted(maps.Keys(c))
	var known pulumi.Array
	for _, provider := range providers {
		known = append(known, c[provider].Pending, c[provider].SetupURL)
	}
	return known.ToArrayOutput().ApplyT(func(known []any) map[string]any {
		out := map[string]any{}
		for i, provider := range providers {
			if known[2*i].(bool) {
				out[provider] = known[2*i+1]
			}
		}
		return out
	}).(pulumi.MapOutput)
}
