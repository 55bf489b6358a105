package program

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"fargate-cd/components/environment"
	"fargate-cd/components/fargateservice"
	"fargate-cd/internal/defaults"
	"fargate-cd/internal/problems"
)

// notificationsKey is the only key of EnvironmentSpec that a guest may set, because a guest has its own topic.
const notificationsKey = "notifications"

// validateSharing checks the key environment against the other keys.
func (c *Config) validateSharing(project, stack string, found *problems.List) {
	prefix := project + ":"
	c.Environment.Validate(prefix+"environment.", project, stack, &c.EnvironmentSpec, found)
	if !c.Environment.Guest() {
		return
	}
	var defaultSpec EnvironmentSpec
	defaults.Set(&defaultSpec)
	fields, defaultFields := fieldsOf(reflect.ValueOf(&c.EnvironmentSpec).Elem()), fieldsOf(reflect.ValueOf(&defaultSpec).Elem())
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if value := fields[key]; key != notificationsKey && !isDefault(value, defaultFields[key]) {
			found.Add(prefix+key, value.Interface(), "it belongs to the stack %s, whose environment this stack uses", c.Environment.Stack)
		}
	}
}

// isDefault reports whether a value is the default of its key. A guest may have default values, because Pulumi.yaml
// also sets them.
func isDefault(value, fallback reflect.Value) bool {
	if value.Kind() == reflect.Slice && value.Len()+fallback.Len() == 0 {
		return true
	}
	return reflect.DeepEqual(value.Interface(), fallback.Interface())
}

// newEnvironment registers the environment of the stack, and reads the state of each service. For a guest, it reads the
// environment of the host, and checks the configuration and the services against it before it creates resources.
func newEnvironment(ctx *pulumi.Context, config *Config) (*environment.Environment, []*fargateservice.State, error) {
	fixedName := ctx.Project() + "-" + ctx.Stack()
	if !config.Environment.Guest() {
		env, err := environment.New(ctx, ctx.Stack(), &environment.Args{
			Spec:          config.EnvironmentSpec,
			ClusterName:   fixedName,
			LoadBalancers: config.loadBalancers(),

			EndpointServices:  config.endpointServices(),
			CapacityProviders: config.capacityProviders(),
			Exec:              config.exec(),
			ServiceConnect:    config.serviceConnect(),
			InternalClients:   config.internalClients(),
			ForceDestroy:      config.ForceDestroy, LogRetentionDays: config.LogRetentionDays,
			Alarms: config.Alarms,
		})
		if err != nil {
			return nil, nil, err
		}
		states, err := readServices(ctx, config.Services, env)
		return env, states, err
	}
	var states []*fargateservice.State
	env, err := environment.NewGuest(ctx, ctx.Stack(), &environment.GuestArgs{
		Stack: config.Environment.Stack, FixedName: fixedName,
		Notifications: config.Notifications, Alarms: config.Alarms, ServiceConnect: config.serviceConnect(),
		Check: func(env *environment.Environment) (err error) {
			config.EnvironmentSpec = env.Spec()
			var found problems.List
			config.validateGuest(ctx.Project()+":", env, &found)
			if err := config.validateRules(ctx, env, &found); err != nil {
				return err
			}
			if err := found.Err(); err != nil {
				return err
			}
			states, err = readServices(ctx, config.Services, env)
			return err
		},
	})
	return env, states, err
}

// validateGuest checks the settings that depend on the environment of the host. EnvironmentSpec already holds the
// host's settings.
func (c *Config) validateGuest(prefix string, env *environment.Environment, found *problems.List) {
	if len(c.apiServices()) > 0 {
		c.ValidateServerName(prefix, found)
	}
	for i := range c.Services {
		service := &c.Services[i]
		key := fmt.Sprintf("%sservices[%d].", prefix, i)
		host := c.Environment.Stack
		// Both components check this too, but only a stack file can name the host and the key.
		if balancer, kind := service.balancer(env); balancer == nil && !service.Worker() {
			found.Missing(key+"name", fmt.Sprintf("the stack %s has no %s load balancer for the service: add it to environment.loadBalancers there, "+
				"and run up on it", host, kind))
		}
		if service.InternalClients && !env.InternalClients() {
			found.Add(key+"internalClients", true, "false, or set internalIngressCidrBlocks in the stack %s, and run up on it", host)
		} else if !c.internalClients() { // otherwise validate has checked the service
			service.validateInternalClients(key, env.InternalClients(), found)
		}
		c.validateHosts(key, service, found)
		c.validateProtocol(key, service, c.HTTPS(), found)
		service.ValidateImages(key, c.EndpointsOnly(), found)
		service.ValidateExecIn(key, env, fmt.Sprintf("set environment.exec: true in the stack %s, and run up on it", host), found)
		for _, needed := range service.EndpointServices() {
			if c.EndpointsOnly() && !slices.Contains(env.EndpointServices(), needed) {
				found.Missing(key+"name", fmt.Sprintf("the tasks need an interface endpoint for %s: add it to environment.endpointServices of the stack %s, "+
					"and run up on it", needed, host))
			}
		}
	}
}

// validateRules checks the services against the rules on the host's load balancers.
func (c *Config) validateRules(ctx *pulumi.Context, env *environment.Environment, found *problems.List) error {
	rulesOf := map[*environment.LoadBalancer][]environment.Rule{}
	for i := range c.Services {
		service := &c.Services[i]
		if service.Worker() {
			continue
		}
		balancer, kind := service.balancer(env)
		rules, read := rulesOf[balancer]
		if !read {
			var err error
			if rules, err = env.Rules(ctx.Context(), balancer, ctx.Project(), ctx.Stack()); err != nil {
				return err
			}
			rulesOf[balancer] = rules
			others := slices.DeleteFunc(slices.Clone(rules), func(each environment.Rule) bool { return each.Own })
			c.validateShared(ctx.Project()+":services", kind, len(others), found)
		}
		for _, port := range service.portViews() {
			port.ValidateRules(fmt.Sprintf("%s:services[%d].%s", ctx.Project(), i, port.key), port.Name, rules, found)
		}
	}
	c.validateReachesStacks(ctx.Project()+":", rulesOf[env.Internal], found)
	return nil
}

// balancer returns the load balancer of a service and its kind. The load balancer is nil if the environment does not
// have it.
func (s *Service) balancer(env *environment.Environment) (*environment.LoadBalancer, string) {
	if s.Internal() {
		return env.Internal, environment.LoadBalancerInternal
	}
	return env.Public, environment.LoadBalancerPublic
}
