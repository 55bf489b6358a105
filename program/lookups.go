package program

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/concurrent"
)

// maxLookups is the maximum number of services that the program reads at the same time. ECS accepts a burst of requests
// and throttles further requests ("Request throttling for the Amazon ECS API", Amazon ECS API Reference).
const maxLookups = 10

// readServices reads the state of each service from ECS, before any service is registered. The error names every
// service that could not be read.
func readServices(ctx *pulumi.Context, services []Service, env *environment.Environment) ([]*fargateservice.State, error) {
	return concurrent.Map(maxLookups, services, func(service Service) (*fargateservice.State, error) {
		return fargateservice.Read(ctx.Context(), env, service.Name)
	})
}
