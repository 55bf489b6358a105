package program

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/apigateway"
	"fargate-cd/components/buildpipeline"
	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
	"fargate-cd/components/monitoring"
	"fargate-cd/internal/defaults"
	"fargate-cd/internal/policy"
	"fargate-cd/internal/problems"
)

//go:generate go run ../internal/configdocs ..

// EnvironmentSpec is the configuration of the stack's environment. The alias gives the embedded field a unique name.
type EnvironmentSpec = environment.Spec

// ApiGatewaySpec is the configuration of the stack's API. The alias gives the embedded field a unique name.
type ApiGatewaySpec = apigateway.Spec

// Config is the whole configuration of a stack. `go generate ./program` copies
// its keys, and those of the structs in it, to the documents of the project:
// Pulumi.yaml, README.md, docs/configuration.md and docs/stack.schema.json.
type Config struct {
	EnvironmentSpec
	ApiGatewaySpec
	MonitoringSpec
	// Environment shares the stack's network, cluster and load balancers with other stacks, or uses those of another
	// stack. By default the stack has its own environment and does not share it.
	Environment environment.SharingSpec `json:"environment"`
	// LogRetentionDays is the retention of all logs, in days.
	LogRetentionDays int `json:"logRetentionDays" default:"30"`
	// ForceDestroy lets `destroy` delete resources with data: images, artifacts, access logs, CodeCommit repositories
	// and users. By default AWS or Pulumi refuses to delete them. With forceDestroy, deletionProtection is false by
	// default.
	ForceDestroy bool `json:"forceDestroy"`
	// RetainRepositories keeps the ECR repositories and their images when the stack is destroyed. If neither
	// retainRepositories nor forceDestroy is set, a stack whose images another stack runs (release) cannot be
	// destroyed.
	RetainRepositories bool `json:"retainRepositories"`
	// PermissionsBoundaryArn is the ARN of a managed policy that limits every role of the stack. The policy must allow
	// the actions of the roles, including iam:PassRole for the pipelines.
	PermissionsBoundaryArn string `json:"permissionsBoundaryArn"`
	// SteadyTimeoutMinutes is the maximum time that an update waits until a service runs its desired number of healthy
	// tasks, in minutes.
	SteadyTimeoutMinutes int `json:"steadyTimeoutMinutes" default:"20"`
	// Quotas are the raised quotas of the AWS account. By default AWS's default quotas.
	Quotas Quotas `json:"quotas"`
	// Repository is the GitHub repository (owner/name) of a stack with a single service, instead of services. The
	// service gets the name of the repository and the default settings.
	Repository string `json:"repository"`
	// ConnectionArn is the ARN of the CodeConnections connection to that repository. By default the stack creates one,
	// and reports the page where a person authorizes it.
	ConnectionArn string `json:"connectionArn"`
	// Services are the services of the stack, at least one. Required without repository, unless other stacks use the
	// environment of the stack.
	Services []Service `json:"services"`
}

// Service is the configuration of a service and its pipeline.
type Service struct {
	// Name is the name of the service and of its container. Required.
	Name string `json:"name"`
	fargateservice.Spec
	// Source is the repository of the source code, or the stack whose releases are deployed. Required.
	Source buildpipeline.SourceSpec `json:"source"`
	buildpipeline.ExecutionSpec
	// Build is the configuration of the image build.
	Build buildpipeline.BuildSpec `json:"build"`
	// Approval makes each deployment wait until a person approves it; {} uses the defaults. By default a deployment
	// does not wait.
	Approval *buildpipeline.ApprovalSpec `json:"approval"`
	// SmokeTest tests each new version after its deployment. If it fails, the execution fails and nothing is released. By
	// default there is no test.
	SmokeTest *buildpipeline.SmokeTestSpec `json:"smokeTest"`
	// Release releases each deployed image to another stack in the same Region, where the service of the same name has
	// the source provider Release. A service that itself has this source can release its images only within one account.
	// By default nothing is released.
	Release *buildpipeline.ReleaseSpec `json:"release"`
	// Deployment is the configuration of the deployments that replace the old version with a new one.
	Deployment DeploymentSpec `json:"deployment"`
	// Alarms are the thresholds of the service's alarms. They require the key alarms of the stack.
	Alarms *monitoring.AlarmsSpec `json:"alarms"`
	// InternalClients puts the service on a load balancer with private addresses, which clients in
	// internalIngressCidrBlocks reach without a token. By default either the internet or only the API reaches the
	// service.
	InternalClients bool `json:"internalClients"`
	// API puts the service behind the HTTP API; {} uses the defaults. By default the service is on the internet-facing
	// load balancer, which requires no token.
	API *apigateway.ServiceSpec `json:"api"`
}

// pipelineArgs returns the arguments of the service's pipeline that the configuration sets.
func (s *Service) pipelineArgs() *buildpipeline.Args {
	return &buildpipeline.Args{
		Source: s.Source, ExecutionSpec: s.ExecutionSpec, Build: s.Build, Approval: s.Approval, SmokeTest: s.SmokeTest, Release: s.Release,
	}
}

// Internal reports whether the service is on the internal load balancer, where only the API and internal clients reach it.
func (s *Service) Internal() bool {
	return s.InternalClients || s.API != nil && !s.API.PublicListener
}

// loadBalancers returns the load balancers that the services need.
func (c *Config) loadBalancers() []string {
	balancers := []string{} // never nil, because nil means the default of an environment
	if c.Environment.Host() {
		balancers = append(balancers, c.Environment.LoadBalancers...)
	}
	for i := range c.Services {
		if c.Services[i].Worker() {
			continue
		}
		balancer := environment.LoadBalancerPublic
		if c.Services[i].Internal() {
			balancer = environment.LoadBalancerInternal
		}
		if !slices.Contains(balancers, balancer) {
			balancers = append(balancers, balancer)
		}
	}
	return balancers
}

// endpointServices returns the AWS services that tasks must reach to start, besides those that every task must reach.
func (c *Config) endpointServices() []string {
	var needed []string
	if c.Environment.Host() {
		needed = append(needed, c.Environment.EndpointServices...)
	}
	for i := range c.Services {
		needed = append(needed, c.Services[i].EndpointServices()...)
	}
	return needed
}

// capacityProviders reports whether a service has a capacity provider strategy, or a service of another stack can have one.
func (c *Config) capacityProviders() bool {
	return c.Environment.Host() || slices.ContainsFunc(c.Services, func(s Service) bool { return len(s.CapacityProviderStrategy) > 0 })
}

// exec reports whether a person may run commands in the tasks of a service, here or in another stack.
func (c *Config) exec() bool {
	return c.Environment.Host() && c.Environment.Exec || slices.ContainsFunc(c.Services, func(s Service) bool { return s.Exec })
}

// apiServices returns the services behind the API.
func (c *Config) apiServices() []apigateway.Service {
	var services []apigateway.Service
	for i := range c.Services {
		if service := &c.Services[i]; service.API != nil {
			services = append(services, apigateway.Service{
				Name: service.Name, ServiceSpec: *service.API, PathPatterns: service.PathPatterns, Host: service.Host(),
			})
		}
	}
	return services
}

// Load returns the configuration of the current stack, with all defaults. The error
// lists all problems of the configuration.
func Load(ctx *pulumi.Context) (*Config, error) {
	return Parse(ctx.Project(), ctx.Stack(), stackConfig(ctx))
}

// Parse returns the configuration of a stack, with all defaults. The values have the
// form in which Pulumi passes them to a program: keys with their namespace, such as
// fargate-cd:services, and structured values as JSON. The error lists all problems of
// the configuration.
func Parse(project, stack string, values map[string]string) (*Config, error) {
	config := &Config{}
	var found problems.List
	environment.ValidateName("stack", stack, &found) // the name of the environment is the stack's name
	defaults.Set(config)
	decode(project, values, config, &found)
	config.addOnlyService(project+":", &found)
	config.setErrorAlarms()
	config.validateSharing(project, stack, &found)
	config.validate(project+":", stack, &found)
	config.validateAPI(project, stack, &found)
	config.validateQuotas(project+":", &found)
	if err := found.Err(); err != nil {
		return nil, err
	}
	return config, nil
}

// Validate checks the values like Parse, but does not return the configuration.
func Validate(project, stack string, values map[string]string) error {
	_, err := Parse(project, stack, values)
	return err
}

func (c *Config) validate(prefix, stack string, found *problems.List) {
	if c.Environment.Guest() {
		c.Notifications.Validate(prefix+"notifications.", found)
	} else {
		c.EnvironmentSpec.Validate(prefix, found)
		c.ValidateTestIngress(prefix, c.loadBalancers(), found)
		c.ValidateInternalClients(prefix, c.internalClients(), found)
	}
	found.Retention(prefix+"logRetentionDays", c.LogRetentionDays)
	fargateservice.ValidateSteadyTimeout(prefix+"steadyTimeoutMinutes", c.SteadyTimeoutMinutes, found)
	if c.PermissionsBoundaryArn != "" {
		policy.ValidateManaged(prefix+"permissionsBoundaryArn", c.PermissionsBoundaryArn, found)
	}
	if len(c.Services) == 0 && c.Repository == "" && c.ConnectionArn == "" && !c.Environment.Host() {
		found.Missing(prefix+"services", "a list of services, each with a name and a source")
	}
	names, priorities, conditions, repositories, routes := owners{}, owners{}, owners{}, owners{}, owners{}
	for i := range c.Services {
		service := &c.Services[i]
		key := fmt.Sprintf("%sservices[%d].", prefix, i)
		service.validate(key, stack, found)
		c.validateAlarms(key, service, found)
		service.validateInternalClients(key, c.internalClients(), found)
		service.ValidateImages(key, c.EndpointsOnly(), found)
		if service.Name != "" {
			names.claim(key+"name", service.Name, service.Name, found)
		}
		c.validateDerivedNames(key+"name", service, found)
		for _, port := range service.portViews() {
			priorities.claimPriority(key+port.key+"priority", &port.Service, found)
			conditions.claimCondition(key+port.key+"pathPatterns", &port.Service, found)
		}
		c.validateHosts(key, service, found)
		c.validateProtocol(key, service, c.HTTPS() || c.Environment.Guest(), found)
		if service.Source.Provider == buildpipeline.SourceCodeCommit && !service.Source.ExistingRepository {
			repositories.claim(key+"source.repository", service.Source.Repository, service.Name, found)
		}
		if service.API != nil {
			c.ValidateRoutes(key+"api.", service.API, found)
			keys, _ := c.Routes(service.API, service.PathPatterns) // ServiceSpec.Validate has reported the error
			for _, route := range keys {
				routes.claim(key+"api.routeKeys", route, service.Name, found)
			}
		}
	}
	if found.Err() == nil {
		c.validateReachedByAPI(prefix, found)
	}
	c.validateRateLimit(prefix, found)
	c.validateConnect(prefix, found)
}

// validateRateLimit reports the default wafRateLimit in a stack whose API forwards to the internet-facing load balancer.
// The requests of all clients of the API come from the few addresses of its VPC link there ("Set up VPC links V2", API
// Gateway Developer Guide), so the limit for one client would block the API.
func (c *Config) validateRateLimit(prefix string, found *problems.List) {
	public := func(s Service) bool { return s.API != nil && s.API.PublicListener }
	if c.Waf && c.DefaultRateLimit() && slices.ContainsFunc(c.Services, public) {
		found.Add(prefix+"wafRateLimit", c.WafRateLimit, "with api.publicListener, the number of requests that all clients of the API together may send in "+
			"five minutes, other than the default: the load balancer gets them from the few addresses of the API; or leave publicListener out")
	}
}

// validateAPI checks the settings of the API and of the internal load balancer. The name of the API and of the environment is
// the stack's name.
func (c *Config) validateAPI(project, stack string, found *problems.List) {
	prefix := project + ":"
	services := c.apiServices()
	if !c.Environment.Guest() && slices.Contains(c.loadBalancers(), environment.LoadBalancerInternal) {
		c.ValidateInternal(prefix, "stack", stack, found)
	}
	if len(services) == 0 {
		c.ValidateUnused(prefix, found)
		return
	}
	c.ApiGatewaySpec.Validate(prefix, project, stack, found)
	apigateway.ValidateScopes(prefix+"services", services, found)
	c.ValidateServerName(prefix, found)
	key, subnets := c.TaskSubnets()
	apigateway.LinkSubnets(prefix+key, subnets, found)
}

func (s *Service) validate(prefix, stack string, found *problems.List) {
	if s.Name == "" {
		found.Missing(prefix+"name", "the name of the service")
	} else {
		fargateservice.ValidateName(prefix+"name", s.Name, found)
	}
	s.Spec.Validate(prefix, found)
	s.ValidateContainers(prefix, s.Name, found)
	s.ValidateDeployment(prefix, s.Deployment.BlueGreen(), found)
	if s.API != nil {
		s.ValidateReached(prefix, "behind the API, which forwards requests to the service", found)
		if n := len(s.AdditionalPorts); n > 0 {
			found.Add(prefix+"additionalPorts", n, "none behind the API, whose routes lead to containerPort")
		}
	}
	s.pipelineArgs().Validate(prefix, stack, found)
	s.ExecutionSpec.ValidateMode(prefix, s.Deployment.BlueGreen(), found)
	s.SmokeTest.ValidateDeployment(prefix+"smokeTest.", s.Deployment.BlueGreen(), found)
	s.Build.ValidateDeployment(prefix+"build.", s.Deployment.BlueGreen(), found)
	s.Deployment.validate(prefix, &s.Spec, found)
	if s.API != nil {
		s.API.Validate(prefix+"api.", s.PathPatterns, found)
	}
}

// validateDerivedNames reports a service whose name could collide with names of another service's tests, pipeline for
// pull requests, or layer cache.
func (c *Config) validateDerivedNames(key string, service *Service, found *problems.List) {
	refuse := func(beginning, what, owner string) {
		if service.Name == beginning || strings.HasPrefix(service.Name, beginning+"-") {
			found.Add(key, service.Name, "a name that does not begin with %s: the %s of service %s have such names", beginning, what, owner)
		}
	}
	for i := range c.Services {
		other := &c.Services[i]
		if cached := other.Name + "-layers"; other.Build.Cache == buildpipeline.CacheRegistry && service.Name == cached {
			found.Add(key, service.Name, "a name other than %s, which the layer cache of service %s has", cached, other.Name)
		}
		if len(other.Build.Tests) > 0 {
			refuse(other.Name+"-test", "tests", other.Name)
		}
		if other.Source.PullRequests != nil {
			refuse(other.Name+"-pr", "builds of pull requests", other.Name)
		}
	}
}
