package program

import (
	"slices"
	"strings"

	"fargate-cd/internal/cycle"
	"fargate-cd/internal/problems"
)

// serviceConnect reports whether services reach each other by Service Connect.
func (c *Config) serviceConnect() bool {
	return slices.ContainsFunc(c.Services, func(s Service) bool { return s.ServiceConnect != nil })
}

// connectsTo returns the names of the services to which a service connects.
func (s *Service) connectsTo() []string {
	if s.ServiceConnect == nil {
		return nil
	}
	return s.ServiceConnect.ConnectsTo
}

// serviceIndex returns the index of the service with a name, or -1.
func (c *Config) serviceIndex(name string) int {
	return slices.IndexFunc(c.Services, func(s Service) bool { return s.Name == name })
}

// serversFirst returns the indexes of the services in the order of the configuration, except that each service comes
// after the services to which it connects.
func (c *Config) serversFirst() []int {
	var order []int
	var add func(i int)
	add = func(i int) {
		if i < 0 || slices.Contains(order, i) {
			return
		}
		for _, name := range c.Services[i].connectsTo() {
			add(c.serviceIndex(name))
		}
		order = append(order, i)
	}
	for i := range c.Services {
		add(i)
	}
	return order
}

// validateConnect reports client aliases that two services have, and invalid entries of connectsTo.
func (c *Config) validateConnect(prefix string, found *problems.List) {
	aliases := owners{}
	var servers []string
	for i := range c.Services {
		if connect := c.Services[i].ServiceConnect; connect != nil && connect.ClientAlias != "" {
			aliases.claim(prefix+problems.Indexed("services", i)+".serviceConnect.clientAlias", connect.ClientAlias, c.Services[i].Name, found)
			servers = append(servers, c.Services[i].Name)
		}
	}
	connectsTo := func(name string) []string {
		if i := c.serviceIndex(name); i >= 0 {
			return c.Services[i].connectsTo()
		}
		return nil
	}
	for i := range c.Services {
		names := c.Services[i].connectsTo()
		for k, name := range names {
			key := prefix + problems.Indexed("services", i) + ".serviceConnect." + problems.Indexed("connectsTo", k)
			if name == c.Services[i].Name || !slices.Contains(servers, name) || slices.Contains(names[:k], name) {
				others := slices.DeleteFunc(slices.Clone(servers), func(other string) bool { return other == c.Services[i].Name })
				found.Add(key, name, "another service with a clientAlias, each only once: %s", strings.Join(others, ", "))
			} else if path := cycle.Through(c.Services[i].Name, name, connectsTo); path != nil {
				found.Add(key, strings.Join(path, " → "), "no cycle: the tasks of a service see only the services that exist when they start")
			}
		}
	}
}
