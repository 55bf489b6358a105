package sandbox

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/codedeploy"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const (
	applicationType = "aws:codedeploy/application:Application"
	groupType       = "aws:codedeploy/deploymentGroup:DeploymentGroup"
)

// targetPair is the path of the target groups and listeners with which CodeDeploy shifts traffic.
const targetPair = "loadBalancerInfo.targetGroupPairInfo."

func toListeners(route string) ref {
	return ref{path: targetPair + route + ".listenerArns[]", to: listenerType, by: "arn",
		absent: "InvalidTrafficRoutingConfigurationException: The listener %s does not exist"}
}

var codedeployKinds = []kind{
	{
		new:  codedeploy.NewApplication,
		name: named(100), fixed: "computePlatform", unique: &unique{"name", "ApplicationAlreadyExistsException"},
		rules: []rule{longest("name", 100), oneOf("computePlatform", "ECS", "Lambda", "Server")},
		id:    "{uuid}", out: outputs{"applicationId": "{id}", "arn": "arn:{partition}:codedeploy:{region}:{account}:application:{name}"},
	},
	{
		new:    codedeploy.NewDeploymentGroup,
		unique: &unique{"appName deploymentGroupName", "DeploymentGroupAlreadyExistsException"},
		rules: []rule{longest("deploymentGroupName", 100),
			matches("deploymentConfigName", `CodeDeployDefault\.ECS(AllAtOnce|Canary10Percent(5|15)Minutes|Linear10PercentEvery[13]Minutes)`,
				"a predefined configuration for ECS, such as CodeDeployDefault.ECSAllAtOnce"),
			oneOf("deploymentStyle.deploymentType", "IN_PLACE", "BLUE_GREEN"),
			oneOf("deploymentStyle.deploymentOption", "WITH_TRAFFIC_CONTROL", "WITHOUT_TRAFFIC_CONTROL"),
			oneOf("autoRollbackConfiguration.events[]", "DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"),
			oneOf("blueGreenDeploymentConfig.deploymentReadyOption.actionOnTimeout", "CONTINUE_DEPLOYMENT", "STOP_DEPLOYMENT"),
			oneOf("blueGreenDeploymentConfig.terminateBlueInstancesOnDeploymentSuccess.action", "TERMINATE", "KEEP_ALIVE"),
			count("alarmConfiguration.alarms", 0, 10), count(targetPair+"prodTrafficRoute.listenerArns", 1, 1),
			count(targetPair+"testTrafficRoute.listenerArns", 1, 1), whole(ecsDeploymentGroup)},
		refs: []ref{
			ofRole("serviceRoleArn"),
			ref{path: "appName", to: applicationType, by: "name",
				absent: "ApplicationDoesNotExistException: No application found for name: %s"}.asPart(),
			{path: targetPair + "targetGroups[].name", to: targetGroupType, by: "name",
				absent: "InvalidTargetGroupPairException: The target group %s does not exist"},
			toListeners("prodTrafficRoute"), toListeners("testTrafficRoute"),
			{path: "ecsService.clusterName", to: clusterType, by: "arn name", absent: toCluster("").absent},
			{path: "ecsService.serviceName", to: serviceType, by: "name",
				absent: "InvalidECSServiceException: The Amazon ECS service %s does not exist"}},
		id: "{uuid}",
		out: outputs{"deploymentGroupId": "{id}", "computePlatform": "ECS",
			"arn": "arn:{partition}:codedeploy:{region}:{account}:deploymentgroup:{appName}/{deploymentGroupName}"},
	},
}

// ecsDeploymentGroup checks the inputs that a deployment group of an ECS service requires.
func ecsDeploymentGroup(p resource.PropertyMap) []failure {
	var failures []failure
	ready := "blueGreenDeploymentConfig.deploymentReadyOption."
	if wait, ok := number(p, ready+"waitTimeInMinutes"); ok && wait > 0 && text(p, ready+"actionOnTimeout") != "STOP_DEPLOYMENT" {
		failures = append(failures, failure{ready + "waitTimeInMinutes", "is only allowed with actionOnTimeout STOP_DEPLOYMENT"})
	}
	if !p.HasValue("ecsService") {
		return failures
	}
	if text(p, "deploymentStyle.deploymentType") != "BLUE_GREEN" ||
		text(p, "deploymentStyle.deploymentOption") != "WITH_TRAFFIC_CONTROL" {
		failures = append(failures, failure{"deploymentStyle", "must be BLUE_GREEN and WITH_TRAFFIC_CONTROL: For ECS deployment " +
			"group, deployment style must be blue/green with traffic control"})
	}
	if _, ok := value(p, "loadBalancerInfo.targetGroupPairInfo"); !ok && !p["loadBalancerInfo"].IsComputed() {
		failures = append(failures, failure{"loadBalancerInfo.targetGroupPairInfo",
			"is required: For ECS deployment group, load balancer info must be specified"})
	}
	if v, ok := value(p, targetPair+"targetGroups"); ok && v.IsArray() && len(v.ArrayValue()) != 2 {
		failures = append(failures, failure{targetPair + "targetGroups", "must be two target groups"})
	}
	return failures
}
