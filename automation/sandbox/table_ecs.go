package sandbox

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const (
	clusterType        = "aws:ecs/cluster:Cluster"
	taskDefinitionType = "aws:ecs/taskDefinition:TaskDefinition"
	serviceType        = "aws:ecs/service:Service"
)

var ecsName = matches("name", `[A-Za-z0-9_-]{1,255}`, "at most 255 letters, digits, _ and -")

// toCluster is a reference that takes an ARN or a name.
func toCluster(path, holds string) ref {
	return ref{path: path, to: clusterType, by: "arn name", holds: holds,
		absent: "ClusterNotFoundException: Cluster not found: %s"}
}

var ecsKinds = []kind{
	{
		token: clusterType, args: ecs.ClusterArgs{}, state: ecs.ClusterState{},
		name: named(255), fixed: "name", later: "settings", unique: &unique{"name", "ClusterAlreadyExists"},
		rules: []rule{ecsName, oneOf("settings[].name", "containerInsights"),
			oneOf("settings[].value", "enabled", "disabled", "enhanced"),
			oneOf("configuration.executeCommandConfiguration.logging", "NONE", "DEFAULT", "OVERRIDE")},
		mint: func(a *account, p resource.PropertyMap) (string, outputs) {
			arn := a.arn("ecs", "cluster/"+text(p, "name"))
			return arn, outputs{"arn": arn}
		},
	},
	{
		token: taskDefinitionType, args: ecs.TaskDefinitionArgs{}, state: ecs.TaskDefinitionState{}, key: "arn",
		fixed: "containerDefinitions cpu ephemeralStorage executionRoleArn family inferenceAccelerators ipcMode memory " +
			"networkMode pidMode placementConstraints proxyConfiguration requiresCompatibilities runtimePlatform taskRoleArn volumes",
		later: "networkMode",
		refs:  []ref{ofRole("executionRoleArn"), ofRole("taskRoleArn")},
		rules: []rule{matches("family", `[A-Za-z0-9_-]{1,255}`, "at most 255 letters, digits, _ and -"),
			oneOf("networkMode", "awsvpc", "bridge", "host", "none"),
			oneOf("requiresCompatibilities[]", "EC2", "FARGATE", "EXTERNAL"),
			oneOf("runtimePlatform.cpuArchitecture", "X86_64", "ARM64"),
			between("ephemeralStorage.sizeInGib", 21, 200),
			whole(fargateSize), whole(containers)},
		mint: mintTaskDefinition,
	},
	{
		token: serviceType, args: ecs.ServiceArgs{}, state: ecs.ServiceState{},
		name: named(255), fixed: "cluster iamRole launchType name schedulingStrategy deploymentController.type",
		later:  "cluster iamRole launchType platformVersion triggers",
		need:   "alarms.alarmNames networkConfiguration.subnets",
		unique: &unique{"cluster name", "InvalidParameterException: Creation of service was not idempotent"},
		rules: []rule{ecsName, oneOf("launchType", "EC2", "FARGATE", "EXTERNAL"),
			oneOf("deploymentController.type", "ECS", "CODE_DEPLOY", "EXTERNAL"),
			oneOf("schedulingStrategy", "REPLICA", "DAEMON"), oneOf("propagateTags", "SERVICE", "TASK_DEFINITION", "NONE"),
			between("desiredCount", 0, 5000), between("healthCheckGracePeriodSeconds", 0, 2147483647),
			between("loadBalancers[].containerPort", 0, 65535),
			between("deploymentMinimumHealthyPercent", 0, 100), between("deploymentMaximumPercent", 100, 200),
			count("networkConfiguration.subnets", 1, 16), count("networkConfiguration.securityGroups", 0, 5),
			count("loadBalancers", 0, 5), exclusive("launchType", "capacityProviderStrategies"), whole(codeDeployService)},
		refs: []ref{
			toCluster("cluster", "ClusterContainsServicesException: The Cluster cannot be deleted while Services are active."),
			{path: "taskDefinition", to: taskDefinitionType, by: "arn family id",
				absent: "ClientException: Unable to describe task definition: TaskDefinition not found: %s"},
			{path: "loadBalancers[].targetGroupArn", to: targetGroupType, by: "arn",
				absent: "InvalidParameterException: Unable to assume role and validate the specified targetGroupArn: " +
					"the target group %s does not exist."},
			inSubnets("networkConfiguration.subnets[]"), inGroups("networkConfiguration.securityGroups[]")},
		admit: admitService, alter: alterService,
		mint: func(a *account, p resource.PropertyMap) (string, outputs) {
			cluster := text(p, "cluster")
			if cluster == "" {
				cluster = "default"
			}
			arn := a.arn("ecs", "service/"+lastPart(cluster)+"/"+text(p, "name"))
			return arn, outputs{"cluster": cluster, "launchType": "EC2", "platformVersion": "LATEST",
				"iamRole": "/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"}
		},
	},
}

// lastPart returns what follows the last slash, as in a cluster's ARN.
func lastPart(s string) string { return s[strings.LastIndex(s, "/")+1:] }

// mintTaskDefinition registers the next revision of the family.
func mintTaskDefinition(a *account, p resource.PropertyMap) (string, outputs) {
	family := text(p, "family")
	last := 0
	if registered, err := a.all(taskDefinitionType); err == nil {
		for _, it := range registered {
			if n, ok := number(it.Props, "revision"); ok && it.ID == family {
				last = max(last, int(n))
			}
		}
	}
	arn := a.arn("ecs", "task-definition/"+family)
	return family, outputs{"arn": fmt.Sprintf("%s:%d", arn, last+1), "arnWithoutRevision": arn, "revision": last + 1,
		"networkMode": "bridge"}
}

// admitService refuses a service whose container or target group cannot receive traffic.
func admitService(a *account, p resource.PropertyMap) error {
	task, ok, err := a.find(taskDefinitionType, "arn family", text(p, "taskDefinition"))
	if err != nil {
		return err
	}
	var faults []string
	each(p, "loadBalancers[]", func(_ string, v resource.PropertyValue) {
		lb := v.ObjectValue()
		if ok {
			if wrong := lacksPort(task, text(lb, "containerName"), lb); wrong != "" {
				faults = append(faults, wrong)
			}
		}
		if group := text(lb, "targetGroupArn"); group != "" && !attached(a, group) {
			faults = append(faults, fmt.Sprintf("The target group with targetGroupArn %s does not have an associated "+
				"load balancer.", group))
		}
	})
	if len(faults) > 0 {
		return fmt.Errorf("InvalidParameterException: %s", strings.Join(faults, " "))
	}
	return nil
}

func lacksPort(task item, name string, lb resource.PropertyMap) string {
	list, err := parseContainers(text(task.Props, "containerDefinitions"))
	if err != nil {
		return err.Error()
	}
	port, _ := number(lb, "containerPort")
	for _, c := range list {
		if c.Name != name {
			continue
		}
		for _, m := range c.PortMappings {
			if m.ContainerPort == int(port) {
				return ""
			}
		}
		return fmt.Sprintf("The container %s did not have a container port %s defined.", name, decimal(port))
	}
	return fmt.Sprintf("The container %s does not exist in the task definition.", name)
}

// attached tells whether a listener or a rule forwards to a target group.
func attached(a *account, group string) bool {
	for token, paths := range forwards {
		items, err := a.all(token)
		if err != nil {
			return false
		}
		for _, it := range items {
			for _, path := range paths {
				if slices.Contains(texts(it.Props, path), group) {
					return true
				}
			}
		}
	}
	return false
}

// alterService refuses what ECS leaves to CodeDeploy.
func alterService(_ *account, old, p resource.PropertyMap) (outputs, error) {
	if text(p, "deploymentController.type") != "CODE_DEPLOY" {
		return nil, nil
	}
	for _, part := range []struct{ property, words string }{
		{"taskDefinition", "task definition"}, {"loadBalancers", "load balancers"},
		{"networkConfiguration", "network parameters"}, {"platformVersion", "platform version"},
	} {
		key := resource.PropertyKey(part.property)
		if !old[key].DeepEquals(p[key]) {
			return nil, fmt.Errorf("InvalidParameterException: Unable to update %s on services with a CODE_DEPLOY "+
				"deployment controller. Use AWS CodeDeploy to trigger a new deployment", part.words)
		}
	}
	return nil, nil
}
