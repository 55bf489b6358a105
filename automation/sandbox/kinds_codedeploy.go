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
		rules: []rule{known("computePlatform", "ECS")},
		id:    "{uuid}", out: outputs{"applicationId": "{id}", "arn": "arn:{partition}:codedeploy:{region}:{account}:application:{name}"},
	},
	{
		new:    codedeploy.NewDeploymentGroup,
		unique: &unique{"appName deploymentGroupName", "DeploymentGroupAlreadyExistsException"},
		rules: []rule{needs("deploymentStyle", "ecsService", "loadBalancerInfo.targetGroupPairInfo"),
			known("deploymentStyle.deploymentType", "BLUE_GREEN"), known("deploymentStyle.deploymentOption", "WITH_TRAFFIC_CONTROL"),
			count(targetPair+"targetGroups", 2, 2), whole(readyWait)},
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

// readyWait checks that only a deployment that stops after the wait waits for a person.
func readyWait(p resource.PropertyMap) []failure {
	const ready = "blueGreenDeploymentConfig.deploymentReadyOption."
	if wait, ok := number(p, ready+"waitTimeInMinutes"); ok && wait > 0 && text(p, ready+"actionOnTimeout") != "STOP_DEPLOYMENT" {
		return []failure{{ready + "waitTimeInMinutes", "is only allowed with actionOnTimeout STOP_DEPLOYMENT"}}
	}
	return nil
}
