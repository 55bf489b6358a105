package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Deploy does to a service what a pipeline's deployment does: it registers a new revision of the running task
// definition with another image in the container that the balancer reaches, and points the service to it.
// Where CodeDeploy deploys the service, the two target groups of the listeners and of the service change
// places too.  The cluster is given by name or ARN.
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
			if text(it.Props, "name") == service && lastPart(text(it.Props, "cluster")) == lastPart(cluster) {
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
	next := item{Type: taskDefinitionType, Region: a.region, Props: maps.Clone(running.Props)}
	definitions, err := withImage(text(running.Props, "containerDefinitions"),
		text(service.Props, "loadBalancers[].containerName"), image)
	if err != nil {
		return err
	}
	var out outputs
	next.ID, out = mintTaskDefinition(a, next.Props)
	out["containerDefinitions"] = definitions
	set(next.Props, out)
	if err := a.store.put(next); err != nil {
		return err
	}
	service.Props["taskDefinition"] = next.Props["arn"]
	if text(service.Props, "deploymentController.type") == "CODE_DEPLOY" {
		if err := a.reroute(service); err != nil {
			return err
		}
	}
	return a.store.put(service)
}

// withImage replaces the image of the named container, or of the first when there is no name.
func withImage(definitions, name, image string) (string, error) {
	var list []map[string]any
	if err := json.Unmarshal([]byte(definitions), &list); err != nil {
		return "", fmt.Errorf("reading the running containers: %w", err)
	}
	for _, c := range list {
		if name == "" || c["name"] == name {
			c["image"] = image
			text, err := json.Marshal(list)
			return string(text), err
		}
	}
	return "", fmt.Errorf("the running task definition has no container %q", name)
}

// reroute exchanges the target groups of the deployment group that deploys the service.
func (a *account) reroute(service item) error {
	groups, err := a.all(groupType)
	if err != nil {
		return err
	}
	for _, group := range groups {
		if text(group.Props, "ecsService.serviceName") != text(service.Props, "name") {
			continue
		}
		const pair = "loadBalancerInfo.targetGroupPairInfo."
		var arns []string
		for _, name := range texts(group.Props, pair+"targetGroups[].name") {
			target, ok, err := a.find(targetGroupType, "name", name)
			if err != nil || !ok {
				return errors.Join(err, fmt.Errorf("target group %s does not exist", name))
			}
			arns = append(arns, target.ID)
		}
		if len(arns) != 2 {
			return fmt.Errorf("deployment group %s has %d target groups instead of 2", group.ID, len(arns))
		}
		listeners := append(texts(group.Props, pair+"prodTrafficRoute.listenerArns[]"),
			texts(group.Props, pair+"testTrafficRoute.listenerArns[]")...)
		service.Props["loadBalancers"] = exchange(service.Props["loadBalancers"], arns)
		return a.exchangeAll(listeners, arns)
	}
	return fmt.Errorf("no deployment group deploys the service %s", text(service.Props, "name"))
}

// exchangeAll exchanges two target groups in listeners and their rules.
func (a *account) exchangeAll(listeners, arns []string) error {
	for token, property := range map[string]resource.PropertyKey{listenerType: "defaultActions", ruleType: "actions"} {
		items, err := a.all(token)
		if err != nil {
			return err
		}
		for _, it := range items {
			if !slices.Contains(listeners, it.ID) && !slices.Contains(listeners, text(it.Props, "listenerArn")) {
				continue
			}
			it.Props[property] = exchange(it.Props[property], arns)
			if err := a.store.put(it); err != nil {
				return err
			}
		}
	}
	return nil
}

// exchange returns a value with the two given strings in each other's place.
func exchange(v resource.PropertyValue, pair []string) resource.PropertyValue {
	switch {
	case v.IsString() && v.StringValue() == pair[0]:
		return resource.NewProperty(pair[1])
	case v.IsString() && v.StringValue() == pair[1]:
		return resource.NewProperty(pair[0])
	case v.IsArray():
		var list []resource.PropertyValue
		for _, element := range v.ArrayValue() {
			list = append(list, exchange(element, pair))
		}
		return resource.NewProperty(list)
	case v.IsObject():
		object := resource.PropertyMap{}
		for key, element := range v.ObjectValue() {
			object[key] = exchange(element, pair)
		}
		return resource.NewProperty(object)
	default:
		return v
	}
}
