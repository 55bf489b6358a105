package sandbox

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/require"
)

func TestDeployRegistersARevision(t *testing.T) {
	d := newDesk(t)
	s := d.site("ECS")
	inputs := d.serviceInputs(s)
	id, state := d.create(serviceType, "web", inputs)
	require.NoError(t, (&Sandbox{store: d.server.store}).Deploy(s.cluster, "web", "image:2"))

	running := d.service()
	require.Equal(t, "ACTIVE", *running.Status)
	require.Len(t, running.Deployments, 1)
	require.Equal(t, types.DeploymentRolloutStateCompleted, running.Deployments[0].RolloutState)
	require.Equal(t, "arn:aws:ecs:eu-central-1:123456789012:task-definition/web:2", *running.TaskDefinition)
	was, is := d.revision(s.task).ContainerDefinitions[0], d.revision(*running.TaskDefinition).ContainerDefinitions[0]
	require.Equal(t, "image:1", *was.Image)
	require.Equal(t, "image:2", *is.Image)
	was.Image = is.Image
	require.Equal(t, was, is, "only the image changes")

	now := d.read(serviceType, "web", id, state, inputs)
	require.Equal(t, *running.TaskDefinition, text(d.plain(now.GetInputs()), "taskDefinition"), "a refresh sees it")
}

func TestDeployByCodeDeployExchangesTargetGroups(t *testing.T) {
	d := newDesk(t)
	s := d.site("CODE_DEPLOY")
	d.create(serviceType, "web", d.serviceInputs(s))
	box := &Sandbox{store: d.server.store}
	require.ErrorContains(t, box.Deploy("main", "web", "image:2"), "no deployment group deploys the service web")

	d.codeDeploy("web", "main", s)
	require.NoError(t, box.Deploy("main", "web", "image:2"))

	require.Equal(t, []string{s.green, s.blue}, texts(d.only(listenerType).Props, "defaultActions[].forward.targetGroups[].arn"))
	require.Equal(t, s.green, text(d.only(serviceType).Props, "loadBalancers[].targetGroupArn"))
}

// codeDeploy creates a deployment group, with an application of the same name, for the service web of a cluster.
func (d *desk) codeDeploy(name, cluster string, s site) {
	d.t.Helper()
	_, role := d.create(roleType, name, props{"assumeRolePolicy": trust})
	d.create(applicationType, name, props{"name": name, "computePlatform": "ECS"})
	d.create(groupType, name, props{"appName": name, "deploymentGroupName": name, "serviceRoleArn": text(role, "arn"),
		"deploymentStyle": props{"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
		"ecsService":      props{"clusterName": cluster, "serviceName": "web"},
		"loadBalancerInfo": props{"targetGroupPairInfo": props{
			"prodTrafficRoute": props{"listenerArns": []any{s.listener}},
			"targetGroups":     []any{props{"name": text(d.get(targetGroupType, s.blue), "name")}, props{"name": text(d.get(targetGroupType, s.green), "name")}}}}})
}

// Services in two clusters may have the same name. A deployment changes only the target groups of its own service.
func TestDeployByCodeDeployInTwoClusters(t *testing.T) {
	d := newDesk(t)
	s := d.site("CODE_DEPLOY")
	other := s
	other.cluster, _ = d.create(clusterType, "other", props{"name": "other"})
	other.blue, _ = d.create(targetGroupType, "other-blue", d.groupInputs(s, "other-blue"))
	other.green, _ = d.create(targetGroupType, "other-green", d.groupInputs(s, "other-green"))
	other.listener, _ = d.create(listenerType, "other", props{"loadBalancerArn": s.balancer, "port": 81, "protocol": "HTTP",
		"defaultActions": []any{props{"type": "forward", "forward": props{"targetGroups": []any{
			props{"arn": other.blue, "weight": 100}, props{"arn": other.green, "weight": 0}}}}}})
	clusters := map[string]site{"main": s, "other": other}
	for name, s := range clusters {
		d.create(serviceType, "web-"+name, d.serviceInputs(s))
		d.codeDeploy(name, name, s)
	}
	for name, s := range clusters {
		require.NoError(t, (&Sandbox{store: d.server.store}).Deploy(name, "web", "image:2"))
		require.Equal(t, []string{s.green, s.blue}, texts(d.get(listenerType, s.listener), "defaultActions[].forward.targetGroups[].arn"))
	}
}

func TestDeployToNothing(t *testing.T) {
	require.ErrorContains(t, (&Sandbox{store: newDesk(t).server.store}).Deploy("main", "web", "image:1"), "ServiceNotFoundException")
	require.ErrorContains(t, (&Sandbox{}).Deploy("main", "web", "image:1"), "serves only awsx")
}
