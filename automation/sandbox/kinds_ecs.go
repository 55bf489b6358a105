package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const (
	clusterType        = "aws:ecs/cluster:Cluster"
	capacityType       = "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"
	taskDefinitionType = "aws:ecs/taskDefinition:TaskDefinition"
	serviceType        = "aws:ecs/service:Service"
)

// toCluster returns a reference to a cluster by ARN or name.
func toCluster(path string) ref {
	return ref{path: path, to: clusterType, by: "arn name", absent: "ClusterNotFoundException: Cluster not found: %s",
		holds: "ClusterContainsServicesException: The Cluster cannot be deleted while Services are active."}
}

var ecsKinds = []kind{
	{
		new: ecs.NewCluster, name: named(255), fixed: "name", unique: &unique{"name", "ClusterAlreadyExists"},
		id: "{arn}", out: outputs{"arn": "arn:{partition}:ecs:{region}:{account}:cluster/{name}"},
	},
	{
		new:   ecs.NewClusterCapacityProviders,
		fixed: "clusterName", unique: &unique{"clusterName", "InvalidParameterException"},
		refs: []ref{{path: "clusterName", to: clusterType, by: "arn name", part: true, // an attribute of the cluster, deleted with it
			absent: "ClusterNotFoundException: Cluster not found: %s"}},
		id: "{clusterName}",
	},
	{
		new: ecs.NewTaskDefinition,
		fixed: "containerDefinitions cpu ephemeralStorage executionRoleArn family memory networkMode requiresCompatibilities " +
			"runtimePlatform taskRoleArn volumes",
		refs: []ref{ofRole("executionRoleArn"), ofRole("taskRoleArn")},
		rules: []rule{known("requiresCompatibilities[]", "FARGATE"), known("networkMode", "awsvpc"),
			needs("requiresCompatibilities", "networkMode"), whole(containers)},
		id: "{family}", key: "arn",
		out:  outputs{"arnWithoutRevision": "arn:{partition}:ecs:{region}:{account}:task-definition/{family}"},
		mint: mintRevision,
	},
	{
		new:  ecs.NewService,
		name: named(255), fixed: "capacityProviderStrategies cluster launchType name deploymentController.type",
		unique: &unique{"cluster name", "InvalidParameterException: Creation of service was not idempotent"},
		rules:  []rule{known("launchType", "FARGATE"), known("deploymentController.type", "ECS", "CODE_DEPLOY"), whole(codeDeployService)},
		refs: []ref{toCluster("cluster"),
			{path: "taskDefinition", to: taskDefinitionType, by: "arn family",
				absent: "ClientException: Unable to describe task definition: TaskDefinition not found: %s"},
			{path: "loadBalancers[].targetGroupArn", to: targetGroupType, by: "arn",
				absent: "InvalidParameterException: Unable to assume role and validate the specified targetGroupArn: " +
					"the target group %s does not exist."},
			inSubnets("networkConfiguration.subnets[]"), inGroups("networkConfiguration.securityGroups[]"),
			{path: "serviceConnectConfiguration.namespace", to: namespaceType, by: "arn",
				absent: "InvalidParameterException: The namespace %s does not exist",
				holds:  "ResourceInUse: Namespace has associated services; delete the services before deleting the namespace"}},
		admit: admitService, alter: alterService,
		id: "{arn}", out: outputs{"launchType": ""},
		mint: func(_ *account, p resource.PropertyMap) outputs {
			return outputs{"arn": "arn:{partition}:ecs:{region}:{account}:service/" + lastPart(text(p, "cluster")) + "/{name}"}
		},
	},
}

// mintRevision returns the number and the ARN of the next revision of the family.
func mintRevision(a *account, p resource.PropertyMap) outputs {
	last := 0
	if registered, err := a.mentioning(taskDefinitionType, text(p, "family")); err == nil {
		for _, it := range registered {
			if n, ok := number(it.Props, "revision"); ok && it.ID == text(p, "family") {
				last = max(last, int(n))
			}
		}
	}
	return outputs{"revision": last + 1, "arn": fmt.Sprintf("{arnWithoutRevision}:%d", last+1)}
}

func parseContainers(definitions string) ([]types.ContainerDefinition, error) {
	var list []types.ContainerDefinition
	decoder := json.NewDecoder(strings.NewReader(definitions))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&list); err != nil {
		return nil, fmt.Errorf("ECS Task Definition container_definitions is invalid: %w", err)
	}
	return list, nil
}

// containers checks the container definitions, which are JSON.
func containers(p resource.PropertyMap) []failure {
	definitions := text(p, "containerDefinitions")
	if definitions == "" {
		return nil
	}
	list, err := parseContainers(definitions)
	if err != nil {
		return []failure{{"containerDefinitions", err.Error()}}
	}
	var failures []failure
	fail := func(format string, args ...any) {
		failures = append(failures, failure{"containerDefinitions", fmt.Sprintf(format, args...)})
	}
	essential := false
	seen := map[string]bool{}
	for _, c := range list {
		name := aws.ToString(c.Name)
		if seen[name] {
			fail("has two containers called %q", name)
		}
		if aws.ToString(c.Image) == "" {
			fail("has container %q without an image", name)
		}
		if !p.HasValue("executionRoleArn") && c.LogConfiguration != nil && c.LogConfiguration.LogDriver == types.LogDriverAwslogs {
			fail("has container %q with log driver awslogs: Fargate requires task definition to have execution role ARN "+
				"to support log driver awslogs", name)
		}
		for _, m := range c.PortMappings {
			if host := aws.ToInt32(m.HostPort); host != 0 && host != aws.ToInt32(m.ContainerPort) {
				fail("has container %q with host port %d for container port %d; with awsvpc they must be the same",
					name, host, aws.ToInt32(m.ContainerPort))
			}
		}
		for _, m := range c.MountPoints {
			if volume := aws.ToString(m.SourceVolume); !slices.Contains(texts(p, "volumes[].name"), volume) {
				fail("has container %q with the unknown volume %q", name, volume)
			}
		}
		for _, other := range c.DependsOn {
			if !slices.ContainsFunc(list, func(each types.ContainerDefinition) bool {
				return aws.ToString(each.Name) == aws.ToString(other.ContainerName) && aws.ToString(other.ContainerName) != name
			}) {
				fail("has container %q that depends on the unknown container %q", name, aws.ToString(other.ContainerName))
			}
		}
		seen[name] = true
		essential = essential || c.Essential == nil || *c.Essential
	}
	if !essential {
		fail("has no essential container; allowed is a list with at least one")
	}
	return failures
}

// codeDeployService checks that a service that CodeDeploy deploys has a load balancer and no settings that ECS allows
// only for rolling deployments.
func codeDeployService(p resource.PropertyMap) []failure {
	if text(p, "deploymentController.type") != "CODE_DEPLOY" {
		return nil
	}
	var failures []failure
	if flag(p, "deploymentCircuitBreaker.enable") {
		failures = append(failures, failure{"deploymentCircuitBreaker",
			"is not allowed: deployment circuit breaker is only supported with the ECS deployment controller, not CODE_DEPLOY"})
	}
	if flag(p, "serviceConnectConfiguration.enabled") {
		failures = append(failures, failure{"serviceConnectConfiguration", "is not allowed: only services that use rolling deployments are supported with Service Connect"})
	}
	if flag(p, "alarms.enable") {
		failures = append(failures, failure{"alarms",
			"is not allowed with the deployment controller CODE_DEPLOY; put the alarms on the deployment group"})
	}
	if given, ok := p["loadBalancers"]; !ok || (given.IsArray() && len(given.ArrayValue()) == 0) {
		failures = append(failures, failure{"loadBalancers",
			"is required: a service with the deployment controller CODE_DEPLOY needs a load balancer"})
	}
	return failures
}

// admitService refuses a service whose container or target group cannot receive traffic, whose Service Connect port
// names do not exist, or whose cluster lacks its capacity providers.
func admitService(a *account, p resource.PropertyMap) error {
	if err := hasCapacity(a, text(p, "cluster"), texts(p, "capacityProviderStrategies[].capacityProvider")); err != nil {
		return err
	}
	task, found, err := a.find(taskDefinitionType, "arn family", text(p, "taskDefinition"))
	if err != nil {
		return err
	}
	var wrong []string
	each(p, "loadBalancers[]", func(_ string, v resource.PropertyValue) {
		lb := v.ObjectValue()
		if lacking := lacksPort(task, text(lb, "containerName"), lb); found && lacking != "" {
			wrong = append(wrong, lacking)
		}
		if group := text(lb, "targetGroupArn"); !foreign(group) && !a.attached(group) {
			wrong = append(wrong, fmt.Sprintf("The target group with targetGroupArn %s does not have an associated "+
				"load balancer.", group))
		}
	})
	each(p, "serviceConnectConfiguration.services[]", func(_ string, v resource.PropertyValue) {
		if name := text(v.ObjectValue(), "portName"); found && !namesPort(task, name) {
			wrong = append(wrong, fmt.Sprintf("The port name %s does not exist in the task definition.", name))
		}
	})
	if len(wrong) > 0 {
		return fmt.Errorf("InvalidParameterException: %s", strings.Join(wrong, " "))
	}
	return nil
}

// namesPort reports whether a task definition has a port with the given name.
func namesPort(task item, name string) bool {
	list, err := parseContainers(text(task.Props, "containerDefinitions"))
	return err == nil && slices.ContainsFunc(list, func(c types.ContainerDefinition) bool {
		return slices.ContainsFunc(c.PortMappings, func(m types.PortMapping) bool { return aws.ToString(m.Name) == name })
	})
}

// hasCapacity returns an error if a cluster lacks one of the capacity providers.
func hasCapacity(a *account, cluster string, providers []string) error {
	if len(providers) == 0 {
		return nil
	}
	association, found, err := a.find(capacityType, "clusterName", lastPart(cluster))
	if err != nil {
		return err
	}
	for _, provider := range providers {
		if !found || !slices.Contains(texts(association.Props, "capacityProviders[]"), provider) {
			return fmt.Errorf("InvalidParameterException: The specified capacity provider %s was not found in cluster %s", provider, lastPart(cluster))
		}
	}
	return nil
}

// lacksPort returns AWS's error if a task definition lacks the container or the port of a load balancer, or "".
func lacksPort(task item, name string, lb resource.PropertyMap) string {
	list, err := parseContainers(text(task.Props, "containerDefinitions"))
	if err != nil {
		return err.Error()
	}
	port, _ := number(lb, "containerPort")
	for _, c := range list {
		if aws.ToString(c.Name) != name {
			continue
		}
		for _, m := range c.PortMappings {
			if aws.ToInt32(m.ContainerPort) == int32(port) {
				return ""
			}
		}
		return fmt.Sprintf("The container %s did not have a container port %s defined.", name, decimal(port))
	}
	return fmt.Sprintf("The container %s does not exist in the task definition.", name)
}

// attached reports whether a listener or a rule forwards to a target group.
func (a *account) attached(group string) bool {
	users, err := a.forwarding(group)
	return err == nil && len(users) > 0
}

// alterService refuses changes that only CodeDeploy can make, and a new grace period for a service that had no load
// balancer (aws-cloudformation/cloudformation-coverage-roadmap#1313).
func alterService(old, p resource.PropertyMap) error {
	const grace = "healthCheckGracePeriodSeconds"
	if len(texts(old, "loadBalancers[].targetGroupArn")) == 0 && p.HasValue(grace) && !old[grace].DeepEquals(p[grace]) {
		return errors.New("InvalidParameterException: Health check grace period is only valid for services configured to use load balancers")
	}
	if text(p, "deploymentController.type") != "CODE_DEPLOY" {
		return nil
	}
	for _, part := range []struct{ property, words string }{
		{"taskDefinition", "task definition"}, {"loadBalancers", "load balancers"},
		{"networkConfiguration", "network parameters"}, {"platformVersion", "platform version"},
		{"capacityProviderStrategies", "capacity provider strategy"},
	} {
		key := resource.PropertyKey(part.property)
		if !old[key].DeepEquals(p[key]) {
			return fmt.Errorf("InvalidParameterException: Unable to update %s on services with a CODE_DEPLOY "+
				"deployment controller. Use AWS CodeDeploy to trigger a new deployment", part.words)
		}
	}
	return nil
}
