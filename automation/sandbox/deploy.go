package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Deploy simulates the deployment of an image by a pipeline. It registers a revision of the running task definition
// that has the image in the load balancer's container, and makes the service run it. With CodeDeploy, it also swaps the
// two target groups of the service. The cluster is a name or an ARN. Deploy returns an error when there is no such
// service. Only tests use it, because nothing builds images in the sandbox.
func (s *Sandbox) Deploy(cluster, service, image string) error {
	if s.store == nil {
		return errors.New("sandbox: Deploy needs the stand-in for AWS; this one serves only awsx")
	}
	err := s.store.exclusive(func() error {
		services, err := s.store.all(serviceType)
		if err != nil {
			return err
		}
		for _, it := range services {
			if it.isService(cluster, service) {
				return (&account{store: s.store, region: it.Region}).deploy(it, image)
			}
		}
		return fmt.Errorf("ServiceNotFoundException: no service %q in cluster %q", service, cluster)
	})
	if err != nil {
		return fmt.Errorf("deploying %s to %s: %w", image, service, err)
	}
	return nil
}

func (a *account) deploy(service item, image string) error {
	running, err := a.revision(text(service.Props, "taskDefinition"))
	if err != nil {
		return err
	}
	definitions, err := withImage(text(running.Props, "containerDefinitions"),
		text(service.Props, "loadBalancers[].containerName"), image)
	if err != nil {
		return err
	}
	next := item{Type: taskDefinitionType, Region: a.region, Props: maps.Clone(running.Props)}
	next.Props["containerDefinitions"] = resource.NewProperty(definitions)
	delete(next.Props, "arn")
	delete(next.Props, "revision")
	next.ID = kinds[taskDefinitionType].complete(a, next.Props)
	if err := a.store.put(next); err != nil {
		return err
	}
	service.Props = maps.Clone(service.Props)
	service.Props["taskDefinition"] = next.Props["arn"]
	if text(service.Props, "deploymentController.type") == "CODE_DEPLOY" {
		if err := a.reroute(service); err != nil {
			return err
		}
	}
	return a.store.put(service)
}

// withImage replaces the image of the named container.
func withImage(definitions, name, image string) (string, error) {
	var list []map[string]any
	if err := json.Unmarshal([]byte(definitions), &list); err != nil {
		return "", fmt.Errorf("reading the running containers: %w", err)
	}
	for _, c := range list {
		if c["name"] == name {
			c["image"] = image
			text, err := json.Marshal(list)
			return string(text), err
		}
	}
	return "", fmt.Errorf("the running task definition has no container %q", name)
}

// reroute swaps the two target groups of the service's deployment group: in the service, in the listeners and in their
// rules.
func (a *account) reroute(service item) error {
	groups, err := a.mentioning(groupType, text(service.Props, "name"))
	if err != nil {
		return err
	}
	at := slices.IndexFunc(groups, func(group item) bool {
		return service.isService(text(group.Props, "ecsService.clusterName"), text(group.Props, "ecsService.serviceName"))
	})
	if at < 0 {
		return fmt.Errorf("no deployment group deploys the service %s", text(service.Props, "name"))
	}
	group := groups[at]
	var arns []string
	for _, name := range texts(group.Props, targetPair+"targetGroups[].name") {
		target, ok, err := a.find(targetGroupType, "name", name)
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("target group %s does not exist", name)
		}
		arns = append(arns, target.ID)
	}
	if len(arns) != 2 {
		return fmt.Errorf("deployment group %s has %d target groups instead of 2", group.ID, len(arns))
	}
	listeners := append(texts(group.Props, targetPair+"prodTrafficRoute.listenerArns[]"),
		texts(group.Props, targetPair+"testTrafficRoute.listenerArns[]")...)
	service.Props["loadBalancers"] = exchange(service.Props["loadBalancers"], arns)
	blue, err := a.forwarding(arns[0])
	if err != nil {
		return err
	}
	green, err := a.forwarding(arns[1])
	if err != nil {
		return err
	}
	moved := map[string]bool{} // a listener or rule that forwards to both groups is in both lists
	for _, it := range append(blue, green...) {
		if moved[it.ID] || !slices.Contains(listeners, it.ID) && !slices.Contains(listeners, text(it.Props, "listenerArn")) {
			continue
		}
		moved[it.ID] = true
		actions := resource.PropertyKey("actions")
		if it.Type == listenerType {
			actions = "defaultActions"
		}
		it.Props = maps.Clone(it.Props)
		it.Props[actions] = exchange(it.Props[actions], arns)
		if err := a.store.put(it); err != nil {
			return err
		}
	}
	return nil
}

// exchange returns the value with the two strings of pair swapped.
func exchange(v resource.PropertyValue, pair []string) resource.PropertyValue {
	return transform(v, func(v resource.PropertyValue) resource.PropertyValue {
		switch {
		case v.IsString() && v.StringValue() == pair[0]:
			return resource.NewProperty(pair[1])
		case v.IsString() && v.StringValue() == pair[1]:
			return resource.NewProperty(pair[0])
		default:
			return v
		}
	})
}
