package program

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components"
)

//go:generate go run ../internal/configdocs ..

// Config is the whole configuration of a stack. `go generate ./program` copies
// its keys, and those of the structs in it, to the documents of the project:
// Pulumi.yaml, README.md, docs/configuration.md and docs/stack.schema.json.
type Config struct {
	components.EnvironmentSpec
	components.ApiGatewaySpec
	// LogRetentionDays is how long every log is kept, in days.
	LogRetentionDays int `json:"logRetentionDays" default:"30"`
	// ForceDestroy lets `destroy` delete what holds data: images, artifacts, CodeCommit repositories and users. By
	// default AWS or Pulumi refuses to.
	ForceDestroy bool `json:"forceDestroy"`
	// RetainRepositories keeps the ECR repositories and their images when the stack is destroyed.
	RetainRepositories bool `json:"retainRepositories"`
	// SteadyTimeoutMinutes is how long an update waits until a service runs as many healthy tasks as it should, in
	// minutes.
	SteadyTimeoutMinutes int `json:"steadyTimeoutMinutes" default:"20"`
	// Services are the services of the stack, at least one. Required.
	Services []Service `json:"services"`
}

// Service is one service with its pipeline.
type Service struct {
	// Name is the name of the service and of its container. Required.
	Name string `json:"name"`
	components.ServiceSpec
	// Source is where the source code comes from. Required.
	Source components.SourceSpec `json:"source"`
	// Build is how the image is built.
	Build components.BuildSpec `json:"build"`
	// Deployment is how a new version replaces the old one.
	Deployment components.DeploymentSpec `json:"deployment"`
	// API puts the service behind the HTTP API; {} takes the defaults. By default the service is on the internet-facing
	// load balancer, where no token is required.
	API *components.APISpec `json:"api"`
}

// internal reports whether only the API reaches the service.
func (s *Service) internal() bool { return s.API != nil && !s.API.PublicListener }

// loadBalancers returns the load balancers that the services need.
func (c *Config) loadBalancers() []string {
	var needed []string
	for i := range c.Services {
		balancer := components.LoadBalancerPublic
		if c.Services[i].internal() {
			balancer = components.LoadBalancerInternal
		}
		if !slices.Contains(needed, balancer) {
			needed = append(needed, balancer)
		}
	}
	return needed
}

// apiServices returns the services behind the API.
func (c *Config) apiServices() []components.APIService {
	var services []components.APIService
	for i := range c.Services {
		if service := &c.Services[i]; service.API != nil {
			services = append(services, components.APIService{
				Name: service.Name, APISpec: *service.API, PathPatterns: service.PathPatterns,
			})
		}
	}
	return services
}

// Load is the configuration of the stack that runs, complete with defaults.
// The error tells all its faults.
func Load(ctx *pulumi.Context) (*Config, error) {
	return Parse(ctx.Project(), ctx.Stack(), stackConfig(ctx))
}

// Parse is the configuration of a stack from its values as Pulumi hands them
// to a program: keys with their namespace, such as fargate-cd:services, and
// structured values as JSON. The error tells all its faults.
func Parse(project, stack string, values map[string]string) (*Config, error) {
	config := &Config{}
	var faults components.Faults
	components.ValidateEnvironmentName("stack", stack, &faults) // the environment has the stack's name
	components.SetDefaults(config)
	decode(project, values, config, &faults)
	config.validate(project+":", &faults)
	config.validateAPI(project, stack, &faults)
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return config, nil
}

// Validate is Parse for who wants to know only whether the values are valid.
func Validate(project, stack string, values map[string]string) error {
	_, err := Parse(project, stack, values)
	return err
}

func (c *Config) validate(prefix string, faults *components.Faults) {
	c.EnvironmentSpec.Validate(prefix, faults)
	c.ValidateTestIngress(prefix, c.loadBalancers(), faults)
	faults.Retention(prefix+"logRetentionDays", c.LogRetentionDays)
	faults.SteadyTimeout(prefix+"steadyTimeoutMinutes", c.SteadyTimeoutMinutes)
	if len(c.Services) == 0 {
		faults.Missing(prefix+"services", "a list of services, each with a name and a source")
	}
	names, priorities, repositories, routes := owners{}, owners{}, owners{}, owners{}
	for i := range c.Services {
		service := &c.Services[i]
		key := fmt.Sprintf("%sservices[%d].", prefix, i)
		service.validate(key, faults)
		if service.Name != "" {
			names.claim(key+"name", service.Name, service.Name, faults)
		}
		priorities.claim(key+"priority", service.Priority, service.Name, faults)
		if service.Source.Provider == components.SourceCodeCommit {
			repositories.claim(key+"source.repository", service.Source.Repository, service.Name, faults)
		}
		if service.API != nil {
			c.ValidateRoutes(key+"api.", service.API, faults)
			keys, _ := c.Routes(service.API, service.PathPatterns) // its error is a fault already
			for _, route := range keys {
				routes.claim(key+"api.routeKeys", route, service.Name, faults)
			}
		}
	}
}

// validateAPI notes what is wrong with the API as a whole. Its name, like the environment's, is the stack's.
func (c *Config) validateAPI(project, stack string, faults *components.Faults) {
	prefix := project + ":"
	services := c.apiServices()
	if len(services) == 0 {
		c.ValidateUnused(prefix, faults)
		return
	}
	c.ApiGatewaySpec.Validate(prefix, project, stack, faults)
	components.ValidateScopes(prefix+"services", services, faults)
	if slices.Contains(c.loadBalancers(), components.LoadBalancerInternal) {
		c.ValidateInternal(prefix, "stack", stack, faults)
	}
}

func (s *Service) validate(prefix string, faults *components.Faults) {
	if s.Name == "" {
		faults.Missing(prefix+"name", "the name of the service")
	} else {
		components.ValidateServiceName(prefix+"name", s.Name, faults)
	}
	s.ServiceSpec.Validate(prefix, faults)
	s.Source.Validate(prefix+"source.", faults)
	s.Build.Validate(prefix+"build.", faults)
	s.Deployment.Validate(prefix+"deployment.", faults)
	if s.API != nil {
		s.API.Validate(prefix+"api.", s.PathPatterns, faults)
	}
}

// owners tells who has a value of which a stack has one only.
type owners map[any]string

func (o owners) claim(key string, value any, service string, faults *components.Faults) {
	if other, taken := o[value]; taken {
		faults.Add(key, value, "unique in the stack, and service %s has it already", other)
		return
	}
	o[value] = service
}
